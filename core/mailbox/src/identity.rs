//! Identities: the key pairs of a phone or a staff member, and who a key box is sealed to.
//!
//! Owns seeds, public identities and party ids. A phone's and a staff member's identity are different
//! types, so that a phone cannot be handed to a function that writes as staff.

use handrail_wire::id::{Identity, PartyId};
use hpke::kem::X25519HkdfSha256 as Kem;
use hpke::{Deserializable, Kem as _, Serializable};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto;

/// The party id of public keys: `SHA-256("handrail/identity/v1" || identity)`, first 16 bytes.
pub fn derive_party(identity: &Identity) -> PartyId {
    short(&[b"handrail/identity/v1", &identity.0])
}

/// The first 16 bytes of SHA-256 as a party id.
fn short(parts: &[&[u8]]) -> PartyId {
    PartyId(crypto::sha256(parts)[..16].try_into().expect("16 of 32"))
}

/// Whom a key box is sealed to: a name and an X25519 public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipient {
    /// The recipient's name in the box.
    pub party: PartyId,
    /// X25519 public key.
    pub public: [u8; 32],
}

impl Recipient {
    /// A phone or a staff member.
    pub fn of_identity(identity: &Identity) -> Self {
        Self {
            party: derive_party(identity),
            public: identity.0[32..].try_into().expect("32 of 64"),
        }
    }

    /// A team: whoever holds the team mailbox's epoch secret. `SHA-256("handrail/team/v1" || public)`.
    pub fn of_team(public: [u8; 32]) -> Self {
        Self {
            party: short(&[b"handrail/team/v1", &public]),
            public,
        }
    }

    /// The recovery sheet. `SHA-256("handrail/recovery/v1" || public)`.
    pub fn of_recovery(public: [u8; 32]) -> Self {
        Self {
            party: short(&[b"handrail/recovery/v1", &public]),
            public,
        }
    }
}

/// An X25519 private key that opens key boxes, with the name they are addressed to.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct BoxKey {
    secret: [u8; 32],
    #[zeroize(skip)]
    recipient: Recipient,
}

impl BoxKey {
    /// RFC 9180 `DeriveKeyPair` of 32 secret bytes.
    pub(crate) fn derive(ikm: &[u8; 32], name: impl FnOnce([u8; 32]) -> Recipient) -> Self {
        let (private, public) = Kem::derive_keypair(ikm);
        let mut secret = [0; 32];
        private.write_exact(&mut secret);
        Self {
            secret,
            recipient: name(public.to_bytes().into()),
        }
    }

    /// The public half, to seal to.
    pub fn recipient(&self) -> Recipient {
        self.recipient
    }

    pub(crate) fn private(&self) -> <Kem as hpke::Kem>::PrivateKey {
        <Kem as hpke::Kem>::PrivateKey::from_bytes(&self.secret).expect("32 bytes fit")
    }
}

/// What phones and staff have in common.
#[derive(ZeroizeOnDrop)]
struct Pairs {
    sign_seed: [u8; 32],
    box_seed: [u8; 32],
    box_key: BoxKey,
    #[zeroize(skip)]
    identity: Identity,
    #[zeroize(skip)]
    party: PartyId,
}

impl Pairs {
    fn derive(seeds: &[u8; 64]) -> Self {
        let sign_seed: [u8; 32] = seeds[..32].try_into().expect("32 of 64");
        let box_seed: [u8; 32] = seeds[32..].try_into().expect("32 of 64");
        let mut identity = Identity([0; 64]);
        identity.0[..32].copy_from_slice(&crypto::ed25519_public(&sign_seed));
        let box_key = BoxKey::derive(&box_seed, |public| {
            identity.0[32..].copy_from_slice(&public);
            Recipient::of_identity(&identity)
        });
        Self {
            sign_seed,
            box_seed,
            party: derive_party(&identity),
            box_key,
            identity,
        }
    }

    fn to_bytes(&self) -> Zeroizing<[u8; 64]> {
        let mut seeds = Zeroizing::new([0; 64]);
        seeds[..32].copy_from_slice(&self.sign_seed);
        seeds[32..].copy_from_slice(&self.box_seed);
        seeds
    }
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(Pairs);

        impl $name {
            /// New keys, where they will live.
            pub fn make() -> Self {
                Self::from_bytes(&Zeroizing::new(crypto::random()))
            }

            /// From stored seeds: Ed25519 (32), then X25519 (32, input of RFC 9180 `DeriveKeyPair`).
            pub fn from_bytes(seeds: &[u8; 64]) -> Self {
                Self(Pairs::derive(seeds))
            }

            /// The seeds, to be wrapped before they are stored.
            pub fn to_bytes(&self) -> Zeroizing<[u8; 64]> {
                self.0.to_bytes()
            }

            /// The public keys.
            pub fn identity(&self) -> Identity {
                self.0.identity
            }

            /// The name of the public keys.
            pub fn party(&self) -> PartyId {
                self.0.party
            }

            /// The key that opens boxes addressed to this identity.
            pub fn box_key(&self) -> &BoxKey {
                &self.0.box_key
            }

            /// Ed25519 over `message`, which must begin with a label of this crate.
            pub(crate) fn sign(&self, message: &[u8]) -> handrail_wire::id::Signature {
                handrail_wire::id::Signature(crypto::ed25519_sign(&self.0.sign_seed, message))
            }
        }
    };
}

identity!(
    /// The keys of a phone. They open key boxes and redeem an invite; no reader takes their
    /// signature for staff's.
    DeviceIdentity
);
identity!(
    /// The keys of a staff member. What they sign counts once the clinic's root has certified them.
    StaffIdentity
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_give_the_same_keys_again() {
        let made = StaffIdentity::make();
        let again = StaffIdentity::from_bytes(&made.to_bytes());
        assert_eq!(made.identity(), again.identity());
        assert_eq!(made.party(), derive_party(&again.identity()));
        assert_eq!(made.box_key().recipient().party, made.party());
        assert_ne!(
            DeviceIdentity::make().identity(),
            DeviceIdentity::make().identity()
        );
    }

    #[test]
    fn one_public_key_has_another_name_in_each_use() {
        let public = [7; 32];
        assert_ne!(
            Recipient::of_team(public).party,
            Recipient::of_recovery(public).party
        );
    }
}
