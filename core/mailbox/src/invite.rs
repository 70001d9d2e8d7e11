//! Invites: how a phone gets its keys past a server that must not read them.
//!
//! Owns the link, the code, what both derive, the sealed bundle and the redemption. Refuses links to
//! plain http except loopback, and bundles of another clinic than the link names. The server learns
//! the proof's digest, then the proof; neither gives the bundle's key.

mod bundle;

use data_encoding::BASE64URL_NOPAD;
use handrail_wire::account::Grant;
use handrail_wire::id::{Digest, InviteId};
use handrail_wire::invite::{NewInvite, RedeemRequest};
use handrail_wire::limits;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto;
use crate::directory::derive_fingerprint;
use crate::identity::DeviceIdentity;
use crate::local;

pub use bundle::{Bundle, BundleMailbox, BundleRole};

const SALT: &[u8] = b"handrail/invite/v1";
const BUNDLE_LABEL: &[u8] = b"handrail/bundle/v1";
const REDEEM_LABEL: &[u8] = b"handrail/redeem/v1";
/// Version, invite id, secret, fingerprint.
const FRAGMENT: usize = 1 + 16 + 32 + 16;
/// The path of every invite link; [`handrail_wire::path::ENROL_PAGE`].
const PATH: &str = "/e#";

/// Why an invite did not work: plain answers for a person, each with another thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InviteError {
    /// Not an invite link, or one that a newer program made, or to a host that may not be used.
    #[error("invite-link-malformed")]
    LinkMalformed,
    /// The six digits are wrong.
    #[error("invite-wrong-code")]
    WrongCode,
    /// Another phone has used it.
    #[error("invite-used")]
    Used,
    /// Its time has passed.
    #[error("invite-expired")]
    Expired,
    /// Taken back by staff, or after five wrong codes.
    #[error("invite-revoked")]
    Revoked,
    /// What the server handed out is not what the clinic's console made.
    #[error("invite-tampered")]
    Tampered,
    /// The server does not know this invite, or its keys are another clinic's.
    #[error("invite-wrong-clinic")]
    WrongClinic,
}

impl InviteError {
    /// From a problem code of the server ([`handrail_wire::problem::Code`]); `None` when the code is
    /// not about the invite.
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "invite-wrong-code" => Self::WrongCode,
            "invite-used" => Self::Used,
            "invite-expired" => Self::Expired,
            "invite-revoked" => Self::Revoked,
            "invite-unknown" => Self::WrongClinic,
            "signature-invalid" => Self::Tampered,
            _ => return None,
        })
    }
}

/// Why an invite could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MakeInviteError {
    /// The origin is not `https://HOST[:PORT]` (or http to loopback).
    #[error("invite-bad-origin")]
    BadOrigin,
    /// More keys than a bundle holds, or a name that is too long.
    #[error("invite-bundle-too-large")]
    BundleTooLarge,
}

/// An invite link, read. Holds the one-time secret.
#[derive(ZeroizeOnDrop)]
pub struct Link {
    #[zeroize(skip)]
    origin: String,
    #[zeroize(skip)]
    invite: InviteId,
    secret: [u8; 32],
    #[zeroize(skip)]
    fingerprint: [u8; 16],
}

impl Link {
    /// The server: `https://HOST[:PORT]`, lower case.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The invite.
    pub fn invite(&self) -> InviteId {
        self.invite
    }

    /// The whole link again.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; FRAGMENT]);
        bytes[0] = 1;
        bytes[1..17].copy_from_slice(&self.invite.0);
        bytes[17..49].copy_from_slice(&self.secret);
        bytes[49..].copy_from_slice(&self.fingerprint);
        let fragment = Zeroizing::new(BASE64URL_NOPAD.encode(&*bytes));
        Zeroizing::new([&self.origin, PATH, &fragment].concat())
    }

    /// HKDF-SHA256 with salt `"handrail/invite/v1"` over secret and code.
    fn derive(&self, code: &Code, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut ikm = Zeroizing::new([0; 38]);
        ikm[..32].copy_from_slice(&self.secret);
        ikm[32..].copy_from_slice(&code.0);
        Zeroizing::new(crypto::hkdf(SALT, &*ikm, &[purpose]))
    }

    fn bundle_aad(&self) -> Vec<u8> {
        [BUNDLE_LABEL, &self.invite.0].concat()
    }
}

/// Six ASCII digits.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Code([u8; 6]);

impl Code {
    /// Each of the million codes with the same chance.
    fn make() -> Self {
        loop {
            let number = u32::from_be_bytes(crypto::random());
            if number < 4_294_000_000 {
                let text = Zeroizing::new(format!("{:06}", number % 1_000_000));
                return Self(text.as_bytes().try_into().expect("six digits"));
            }
        }
    }

    /// As typed: spaces and hyphens do not count.
    pub(crate) fn parse(typed: &str) -> Result<Self, InviteError> {
        let kept = typed.bytes().filter(|sign| !matches!(sign, b' ' | b'-'));
        let digits = Zeroizing::new(kept.collect::<Vec<u8>>());
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(InviteError::WrongCode);
        }
        let six = digits.as_slice().try_into();
        six.map(Self).map_err(|_| InviteError::WrongCode)
    }

    fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.iter().map(|digit| char::from(*digit)).collect())
    }
}

/// An invite, made.
pub struct MadeInvite {
    /// To be sent or shown as a QR code.
    pub link: Zeroizing<String>,
    /// Six digits, to be told separately.
    pub code: Zeroizing<String>,
    /// For the server.
    pub new: NewInvite,
}

/// Makes an invite for a bundle. `expires_at` is epoch milliseconds, at most 72 hours ahead (the
/// server checks); `grants` is what the server lets the phone use.
pub fn make_invite(
    bundle: &Bundle,
    expires_at: i64,
    grants: Vec<Grant>,
) -> Result<MadeInvite, MakeInviteError> {
    let link = Link {
        origin: parse_origin(&bundle.origin).ok_or(MakeInviteError::BadOrigin)?,
        invite: InviteId(crypto::random()),
        secret: crypto::random(),
        fingerprint: derive_fingerprint(&bundle.clinic_root),
    };
    make_with(
        &link,
        &Code::make(),
        bundle,
        expires_at,
        grants,
        &crypto::random(),
    )
}

/// [`make_invite`] with link, code and nonce that the caller answers for: vectors only.
pub(crate) fn make_with(
    link: &Link,
    code: &Code,
    bundle: &Bundle,
    expires_at: i64,
    grants: Vec<Grant>,
    nonce: &[u8; 12],
) -> Result<MadeInvite, MakeInviteError> {
    let plain = bundle.encode();
    if Bundle::decode(&plain).is_none() {
        return Err(MakeInviteError::BundleTooLarge);
    }
    let key = link.derive(code, b"bundle");
    let sealed = local::wrap(&key, &link.bundle_aad(), &plain, nonce);
    if sealed.len() > limits::BUNDLE {
        return Err(MakeInviteError::BundleTooLarge);
    }
    Ok(MadeInvite {
        link: link.to_text(),
        code: code.to_text(),
        new: NewInvite {
            invite: link.invite,
            subject: bundle.subject,
            proof_digest: Digest(crypto::sha256(&[&*link.derive(code, b"proof")])),
            bundle: sealed.into(),
            expires_at,
            grants: grants.into(),
        },
    })
}

/// `https://HOST[:PORT]`, or `http://` to `localhost`, `127.0.0.1` or `[::1]`; returned in lower case.
/// No user, path, query or trailing slash.
pub fn parse_origin(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let (scheme, rest) = text.split_once("://")?;
    let (host, port) = if let Some(inner) = rest.strip_prefix('[') {
        let (address, after) = inner.split_once(']')?;
        address.parse::<std::net::Ipv6Addr>().ok()?;
        (&rest[..address.len() + 2], after)
    } else {
        let end = rest.find(':').unwrap_or(rest.len());
        let host = &rest[..end];
        let plain = |sign: u8| sign.is_ascii_alphanumeric() || sign == b'.' || sign == b'-';
        if host.is_empty() || host.len() > 253 || !host.bytes().all(plain) {
            return None;
        }
        (host, &rest[end..])
    };
    if !port.is_empty() {
        let number = port.strip_prefix(':')?;
        let digits = number.bytes().all(|sign| sign.is_ascii_digit());
        if !digits || number.parse::<u16>().ok()? == 0 {
            return None;
        }
    }
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match scheme {
        "https" => Some(text),
        "http" if loopback => Some(text),
        _ => None,
    }
}

/// Reads an invite link as pasted or scanned.
pub fn parse_link(text: &str) -> Result<Link, InviteError> {
    const BAD: InviteError = InviteError::LinkMalformed;
    let (origin, fragment) = text.trim().split_once(PATH).ok_or(BAD)?;
    let bytes = BASE64URL_NOPAD.decode(fragment.as_bytes());
    let bytes = Zeroizing::new(bytes.map_err(|_| BAD)?);
    if bytes.len() != FRAGMENT || bytes[0] != 1 {
        return Err(BAD);
    }
    Ok(Link {
        origin: parse_origin(origin).ok_or(BAD)?,
        invite: InviteId::try_from(&bytes[1..17]).map_err(|_| BAD)?,
        secret: bytes[17..49].try_into().expect("32 bytes"),
        fingerprint: bytes[49..].try_into().expect("16 bytes"),
    })
}

/// A phone's access token: 256 random bits, made by the phone before it redeems.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct AccessToken([u8; 32]);

impl AccessToken {
    /// A new one.
    pub fn make() -> Self {
        Self(crypto::random())
    }

    /// From wrapped storage.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// To be wrapped before it is stored.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }

    /// As it stands in `Authorization: Bearer ...`: base64url without padding, 43 letters.
    pub fn bearer(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(&self.0))
    }

    /// SHA-256 of the 32 bytes (not of their text).
    pub fn digest(&self) -> Digest {
        Digest(crypto::sha256(&[&self.0]))
    }
}

fn redeem_message(request: &RedeemRequest) -> Vec<u8> {
    let RedeemRequest {
        invite,
        proof,
        identity,
        token_digest,
        ..
    } = request;
    [REDEEM_LABEL, &invite.0, proof, &identity.0, &token_digest.0].concat()
}

/// What the phone asks the server. The same phone may repeat it until it has confirmed.
pub fn redeem_request(
    link: &Link,
    code: &str,
    device: &DeviceIdentity,
    token: &AccessToken,
) -> Result<RedeemRequest, InviteError> {
    let code = Code::parse(code)?;
    let mut request = RedeemRequest {
        invite: link.invite,
        proof: *link.derive(&code, b"proof"),
        identity: device.identity(),
        token_digest: token.digest(),
        signature: handrail_wire::id::Signature([0; 64]),
    };
    request.signature = device.sign(&redeem_message(&request));
    Ok(request)
}

/// Whether the phone's signature fits its keys; what the server checks too.
pub fn verify_redeem(request: &RedeemRequest) -> bool {
    let public = request.identity.0[..32].try_into().expect("32 of 64");
    crypto::ed25519_verify(&public, &redeem_message(request), &request.signature.0)
}

/// Opens the bundle that the server handed out, and checks that it is the clinic of the link.
pub fn open_bundle(link: &Link, code: &str, sealed: &[u8]) -> Result<Bundle, InviteError> {
    let key = link.derive(&Code::parse(code)?, b"bundle");
    let plain =
        local::unwrap(&key, &link.bundle_aad(), sealed).map_err(|_| InviteError::Tampered)?;
    let bundle = Bundle::decode(&plain).ok_or(InviteError::Tampered)?;
    if derive_fingerprint(&bundle.clinic_root) != link.fingerprint {
        return Err(InviteError::WrongClinic);
    }
    Ok(bundle)
}

#[cfg(test)]
mod tests;
