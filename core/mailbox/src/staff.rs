//! How a staff member's private keys rest on the server without being the server's.
//!
//! Owns the account secret, the derivation from passphrase and account secret, the login proof and the
//! wrapped identity. Refuses Argon2id parameters below the floor (a server could ask for weak ones to
//! guess at what it stores) and above a ceiling (it could ask for all memory of the machine).

use argon2::{Algorithm, Argon2, Params, Version};
use handrail_wire::account::{Argon2Params, NewStaff};
use handrail_wire::codec::{Blob, Text};
use handrail_wire::id::Digest;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto;
use crate::directory::RootKey;
use crate::identity::StaffIdentity;
use crate::local::{self, LocalError};
use crate::printed::{self, PrintedError};

const SALT: &[u8] = b"handrail/staff/v1";
const WRAP_LABEL: &[u8] = b"handrail/wrap/v1";
const KIND: &str = "account";
const CHECK: usize = 4;

/// The least that a client works with: 19 MiB, 2 passes, 1 lane (the smallest set that OWASP names for
/// Argon2id).
pub const FLOOR: Argon2Params = Argon2Params {
    memory_kib: 19_456,
    passes: 2,
    lanes: 1,
};

/// What new accounts get: 64 MiB, 3 passes, 1 lane.
pub const DEFAULT: Argon2Params = Argon2Params {
    memory_kib: 65_536,
    passes: 3,
    lanes: 1,
};

/// The most that a client works with: 1 GiB, 16 passes, 4 lanes.
pub const CEILING: Argon2Params = Argon2Params {
    memory_kib: 1_048_576,
    passes: 16,
    lanes: 4,
};

/// Why an identity was not unwrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// Argon2id parameters below [`FLOOR`]: the server is not to be trusted with this passphrase.
    #[error("weak-parameters")]
    WeakParameters,
    /// Argon2id parameters above [`CEILING`], or more memory than there is.
    #[error("heavy-parameters")]
    HeavyParameters,
    /// Wrapped by a newer program.
    #[error("wrap-unknown-version")]
    UnknownVersion,
    /// Wrong passphrase, wrong account secret, another login name, or altered bytes: they cannot be
    /// told apart.
    #[error("wrap-not-authentic")]
    NotAuthentic,
}

/// 128 random bits made in the browser and kept there and on a printed card. Without them a stolen
/// database cannot be guessed at.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct AccountSecret([u8; 16]);

impl AccountSecret {
    /// A new card.
    pub fn make() -> Self {
        Self(crypto::random())
    }

    /// From the browser's storage.
    pub fn from_bytes(bytes: &[u8; 16]) -> Self {
        Self(*bytes)
    }

    /// For the browser's storage.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 16]> {
        Zeroizing::new(self.0)
    }

    /// Eight groups of four letters, four bytes of checksum included.
    pub fn print(&self) -> Zeroizing<String> {
        printed::print(KIND, &self.0, CHECK)
    }

    /// As typed from the card: any case, any spacing.
    pub fn parse(typed: &str) -> Result<Self, PrintedError> {
        printed::parse(KIND, typed, CHECK).map(|bytes| Self(*bytes))
    }
}

/// What a staff member's browser holds while logged in.
pub struct StaffSecret {
    /// Their keys.
    pub identity: StaffIdentity,
    /// The clinic's root public key, from which the directory is built.
    pub clinic_root: [u8; 32],
    /// The root key itself, when this is an administrator.
    pub root: Option<RootKey>,
}

#[derive(Encode, Decode)]
struct RawStaff {
    #[n(0)]
    seeds: ByteArray<64>,
    #[n(1)]
    clinic_root: ByteArray<32>,
    #[n(2)]
    root: Option<ByteArray<32>>,
}

impl Drop for RawStaff {
    fn drop(&mut self) {
        self.seeds.zeroize();
        if let Some(root) = &mut self.root {
            root.zeroize();
        }
    }
}

impl StaffSecret {
    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(handrail_wire::encode(&RawStaff {
            seeds: (*self.identity.to_bytes()).into(),
            clinic_root: self.clinic_root.into(),
            root: self.root.as_ref().map(|root| (*root.to_bytes()).into()),
        }))
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let raw: RawStaff = handrail_wire::decode(bytes).ok()?;
        let root = raw.root.as_ref().map(|seed| RootKey::from_bytes(seed));
        if root
            .as_ref()
            .is_some_and(|root| root.public() != *raw.clinic_root)
        {
            return None;
        }
        Some(Self {
            identity: StaffIdentity::from_bytes(&raw.seeds),
            clinic_root: *raw.clinic_root,
            root,
        })
    }
}

/// A salt for a new account or a new passphrase.
pub fn make_salt() -> [u8; 16] {
    crypto::random()
}

/// What passphrase and account secret derive: the login proof and the wrapping key.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct LoginKeys {
    proof: [u8; 32],
    wrap: [u8; 32],
}

/// Argon2id (RFC 9106, version 0x13) of the passphrase's UTF-8 bytes exactly as typed, mixed with the
/// account secret. Takes a good part of a second on purpose; keep it off the main thread.
///
/// The passphrase is not normalised: the same person types it on the same kind of keyboard, and a
/// table of Unicode rules that changes would lock people out.
pub fn derive_login(
    passphrase: &str,
    account: &AccountSecret,
    salt: &[u8; 16],
    params: Argon2Params,
) -> Result<LoginKeys, WrapError> {
    let Argon2Params {
        memory_kib,
        passes,
        lanes,
    } = params;
    if memory_kib < FLOOR.memory_kib || passes < FLOOR.passes || lanes < FLOOR.lanes {
        return Err(WrapError::WeakParameters);
    }
    if memory_kib > CEILING.memory_kib || passes > CEILING.passes || lanes > CEILING.lanes {
        return Err(WrapError::HeavyParameters);
    }
    let params =
        Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| WrapError::HeavyParameters)?;
    let mut ikm = Zeroizing::new([0; 48]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut ikm[..32])
        .map_err(|_| WrapError::HeavyParameters)?;
    ikm[32..].copy_from_slice(&account.0);
    Ok(LoginKeys {
        proof: crypto::hkdf(SALT, &*ikm, &[b"login"]),
        wrap: crypto::hkdf(SALT, &*ikm, &[b"wrap"]),
    })
}

impl LoginKeys {
    /// What the server checks at login.
    pub fn proof(&self) -> &[u8; 32] {
        &self.proof
    }

    /// What the server stores of the proof: its SHA-256.
    pub fn proof_digest(&self) -> Digest {
        Digest(crypto::sha256(&[&self.proof]))
    }

    /// Wraps the private identity. `login` is the name as the server stores it, lower case.
    pub fn wrap(&self, login: &str, secret: &StaffSecret) -> Vec<u8> {
        self.wrap_with(login, secret, &crypto::random())
    }

    /// [`LoginKeys::wrap`] with a nonce that the caller answers for: vectors only.
    pub(crate) fn wrap_with(&self, login: &str, secret: &StaffSecret, nonce: &[u8; 12]) -> Vec<u8> {
        local::wrap(&self.wrap, &aad(login), &secret.encode(), nonce)
    }

    /// Unwraps the private identity that the server handed out.
    pub fn unwrap(&self, login: &str, wrapped: &[u8]) -> Result<StaffSecret, WrapError> {
        let plain = local::unwrap(&self.wrap, &aad(login), wrapped);
        let plain = plain.map_err(|error| match error {
            LocalError::UnknownVersion => WrapError::UnknownVersion,
            LocalError::TooShort | LocalError::NotAuthentic => WrapError::NotAuthentic,
        })?;
        StaffSecret::decode(&plain).ok_or(WrapError::NotAuthentic)
    }
}

/// A new account as the server keeps it, with a fresh salt and the [`DEFAULT`] parameters.
pub fn make_account(
    login: &str,
    passphrase: &str,
    account: &AccountSecret,
    secret: &StaffSecret,
) -> Result<NewStaff, WrapError> {
    let salt = make_salt();
    let keys = derive_login(passphrase, account, &salt, DEFAULT)?;
    Ok(NewStaff {
        login: Text::from(login),
        identity: secret.identity.identity(),
        salt,
        params: DEFAULT,
        proof_digest: keys.proof_digest(),
        wrapped: Blob(keys.wrap(login, secret)),
        admin: secret.root.is_some(),
    })
}

fn aad(login: &str) -> Vec<u8> {
    [WRAP_LABEL, login.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
