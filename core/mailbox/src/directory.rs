//! The staff keys that a client believes: certificates and removals under the clinic's root key.
//!
//! Owns the root key, certificates, removals and the directory built from them. Refuses anything that
//! the root did not sign, and knows nothing of what a role may write (that table is `care`'s).

use std::collections::{BTreeMap, BTreeSet};

use handrail_wire::id::{Identity, MailboxId, PartyId, Signature};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto;
use crate::identity::derive_party;

const CERT: &[u8] = b"handrail/cert/v1";
const REMOVED: &[u8] = b"handrail/cert-removed/v1";

/// What a staff member is for. The numbers are part of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// Opens care, family, roster and team mailboxes.
    Clinician = 1,
    /// Opens the roster.
    FrontDesk = 2,
    /// A clinician who also holds the clinic's root key.
    Administrator = 3,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Role] = &[Role::Clinician, Role::FrontDesk, Role::Administrator];
    /// Those who open care entries.
    pub const CLINICAL: &'static [Role] = &[Role::Clinician, Role::Administrator];

    /// The number in a certificate.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The role of a number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.number() == number)
    }

    /// Stable word: `clinician`, `front-desk`, `administrator`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::FrontDesk => "front-desk",
            Self::Administrator => "administrator",
        }
    }
}

/// Why a certificate or a removal counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not the bytes of a certificate or removal.
    #[error("certificate-malformed")]
    Malformed,
    /// Not signed by this clinic's root.
    #[error("certificate-not-signed")]
    NotSigned,
}

/// "These keys belong to staff, in this role", signed by the clinic's root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificate {
    /// The public keys.
    pub identity: Identity,
    /// The role.
    pub role: Role,
    /// Ed25519 by the root over `"handrail/cert/v1" || root || identity || role`.
    pub signature: Signature,
}

impl Certificate {
    /// Bytes of a certificate.
    pub const LEN: usize = 1 + 64 + 1 + 64;

    /// `0x01 || identity(64) || role(1) || signature(64)`.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[0] = 1;
        bytes[1..65].copy_from_slice(&self.identity.0);
        bytes[65] = self.role.number();
        bytes[66..].copy_from_slice(&self.signature.0);
        bytes
    }

    /// Reads [`Certificate::to_bytes`]; the signature is checked by [`Directory::admit`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertificateError> {
        const BAD: CertificateError = CertificateError::Malformed;
        if bytes.len() != Self::LEN || bytes[0] != 1 {
            return Err(BAD);
        }
        Ok(Self {
            identity: Identity::try_from(&bytes[1..65]).map_err(|_| BAD)?,
            role: Role::from_number(bytes[65]).ok_or(BAD)?,
            signature: Signature::try_from(&bytes[66..]).map_err(|_| BAD)?,
        })
    }

    /// The name of the certified keys.
    pub fn party(&self) -> PartyId {
        derive_party(&self.identity)
    }
}

/// "This staff member has left", signed by the clinic's root. There is no way back under the same keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// Who.
    pub party: PartyId,
    /// Ed25519 by the root over `"handrail/cert-removed/v1" || root || party`.
    pub signature: Signature,
}

impl Removal {
    /// Bytes of a removal.
    pub const LEN: usize = 1 + 16 + 64;

    /// `0x01 || party(16) || signature(64)`.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[0] = 1;
        bytes[1..17].copy_from_slice(&self.party.0);
        bytes[17..].copy_from_slice(&self.signature.0);
        bytes
    }

    /// Reads [`Removal::to_bytes`]; the signature is checked by [`Directory::remove`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertificateError> {
        const BAD: CertificateError = CertificateError::Malformed;
        if bytes.len() != Self::LEN || bytes[0] != 1 {
            return Err(BAD);
        }
        Ok(Self {
            party: PartyId::try_from(&bytes[1..17]).map_err(|_| BAD)?,
            signature: Signature::try_from(&bytes[17..]).map_err(|_| BAD)?,
        })
    }
}

/// The name of one of the clinic's own mailboxes: the first 16 bytes of
/// `SHA-256("handrail/clinic-mailbox/v1" || root || class)`. It follows from the root key, so nobody
/// has to store it or be told it.
pub fn derive_clinic_mailbox(root: &[u8; 32], class: &str) -> MailboxId {
    let digest = crypto::sha256(&[b"handrail/clinic-mailbox/v1", root, class.as_bytes()]);
    MailboxId(digest[..16].try_into().expect("16 of 32"))
}

/// The fingerprint of a clinic: `SHA-256("handrail/clinic/v1" || root)`, first 16 bytes.
pub fn derive_fingerprint(root: &[u8; 32]) -> [u8; 16] {
    crypto::sha256(&[b"handrail/clinic/v1", root])[..16]
        .try_into()
        .expect("16 of 32")
}

/// The clinic's root key (Ed25519 seed). Administrators hold it, wrapped with their identity.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RootKey([u8; 32]);

impl RootKey {
    /// A new clinic's.
    pub fn make() -> Self {
        Self(crypto::random())
    }

    /// From wrapped storage.
    pub fn from_bytes(seed: &[u8; 32]) -> Self {
        Self(*seed)
    }

    /// To be wrapped before it is stored.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }

    /// The clinic's root public key, which travels in each invite.
    pub fn public(&self) -> [u8; 32] {
        crypto::ed25519_public(&self.0)
    }

    /// Certifies keys. Look at the keys' party id with the person before you do.
    pub fn certify(&self, identity: &Identity, role: Role) -> Certificate {
        let message = cert_message(&self.public(), identity, role);
        Certificate {
            identity: *identity,
            role,
            signature: Signature(crypto::ed25519_sign(&self.0, &message)),
        }
    }

    /// Declares that a staff member has left. New epochs of the mailboxes that they could open are the
    /// caller's next step.
    pub fn remove(&self, party: PartyId) -> Removal {
        let message = removal_message(&self.public(), party);
        Removal {
            party,
            signature: Signature(crypto::ed25519_sign(&self.0, &message)),
        }
    }
}

fn cert_message(root: &[u8; 32], identity: &Identity, role: Role) -> Vec<u8> {
    [CERT, root, &identity.0, &[role.number()]].concat()
}

fn removal_message(root: &[u8; 32], party: PartyId) -> Vec<u8> {
    [REMOVED, root, &party.0].concat()
}

/// A staff member as the directory knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Public keys.
    pub identity: Identity,
    /// The role last certified.
    pub role: Role,
    /// `false` once removed. What they signed before stays verifiable.
    pub active: bool,
}

/// Who is staff, as far as the root's signatures say.
///
/// Holds public facts only. A removal counts whatever the order in which it and the certificate
/// arrive; of two certificates for the same keys the one admitted last gives the role.
#[derive(Debug, Clone)]
pub struct Directory {
    root: [u8; 32],
    members: BTreeMap<PartyId, (Identity, Role)>,
    removed: BTreeSet<PartyId>,
}

impl Directory {
    /// Nobody is staff yet. `root` comes from the invite bundle or the unwrapped staff secret, never
    /// from the server.
    pub fn new(root: [u8; 32]) -> Self {
        Self {
            root,
            members: BTreeMap::new(),
            removed: BTreeSet::new(),
        }
    }

    /// The clinic's root public key.
    pub fn root(&self) -> &[u8; 32] {
        &self.root
    }

    /// Takes a certificate if the root signed it.
    pub fn admit(&mut self, certificate: &Certificate) -> Result<PartyId, CertificateError> {
        let message = cert_message(&self.root, &certificate.identity, certificate.role);
        if !crypto::ed25519_verify(&self.root, &message, &certificate.signature.0) {
            return Err(CertificateError::NotSigned);
        }
        let party = certificate.party();
        self.members
            .insert(party, (certificate.identity, certificate.role));
        Ok(party)
    }

    /// Takes a removal if the root signed it.
    pub fn remove(&mut self, removal: &Removal) -> Result<(), CertificateError> {
        let message = removal_message(&self.root, removal.party);
        if !crypto::ed25519_verify(&self.root, &message, &removal.signature.0) {
            return Err(CertificateError::NotSigned);
        }
        self.removed.insert(removal.party);
        Ok(())
    }

    /// A staff member, present or past.
    pub fn member(&self, party: PartyId) -> Option<Member> {
        let (identity, role) = *self.members.get(&party)?;
        Some(Member {
            identity,
            role,
            active: !self.removed.contains(&party),
        })
    }

    /// The role of a present staff member.
    pub fn role_of(&self, party: PartyId) -> Option<Role> {
        let member = self.member(party)?;
        member.active.then_some(member.role)
    }

    /// Everyone ever certified, in the order of their names.
    pub fn members(&self) -> impl Iterator<Item = (PartyId, Member)> + '_ {
        let parties = self.members.keys();
        parties.filter_map(|party| Some((*party, self.member(*party)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::StaffIdentity;

    #[test]
    fn only_what_the_root_signed_counts() {
        let root = RootKey::make();
        let staff = StaffIdentity::make();
        let mut directory = Directory::new(root.public());
        let certificate = root.certify(&staff.identity(), Role::Clinician);

        let mut promoted = certificate;
        promoted.role = Role::Administrator;
        let other_clinic = RootKey::make().certify(&staff.identity(), Role::Clinician);
        for forged in [promoted, other_clinic] {
            assert_eq!(directory.admit(&forged), Err(CertificateError::NotSigned));
        }
        assert_eq!(directory.role_of(staff.party()), None);
        assert_eq!(directory.admit(&certificate), Ok(staff.party()));
        assert_eq!(directory.role_of(staff.party()), Some(Role::Clinician));

        let mut removal = root.remove(staff.party());
        removal.party = PartyId([1; 16]);
        assert_eq!(directory.remove(&removal), Err(CertificateError::NotSigned));
        assert_eq!(
            directory.remove(&RootKey::make().remove(staff.party())),
            Err(CertificateError::NotSigned)
        );
    }

    #[test]
    fn a_removal_wins_in_either_order_and_history_stays_verifiable() {
        let root = RootKey::make();
        let staff = StaffIdentity::make();
        let certificate = root.certify(&staff.identity(), Role::FrontDesk);
        let removal = root.remove(staff.party());
        let mut first = Directory::new(root.public());
        first.admit(&certificate).expect("signed");
        first.remove(&removal).expect("signed");
        let mut second = Directory::new(root.public());
        second.remove(&removal).expect("signed");
        second.admit(&certificate).expect("signed");
        for directory in [first, second] {
            assert_eq!(directory.role_of(staff.party()), None);
            let member = directory.member(staff.party()).expect("past member");
            assert_eq!((member.role, member.active), (Role::FrontDesk, false));
            assert_eq!(directory.members().count(), 1);
        }
    }

    #[test]
    fn bytes_read_back_and_refuse_other_shapes() {
        let root = RootKey::make();
        let certificate = root.certify(&StaffIdentity::make().identity(), Role::Clinician);
        let bytes = certificate.to_bytes();
        assert_eq!(Certificate::from_bytes(&bytes), Ok(certificate));
        let removal = root.remove(certificate.party());
        assert_eq!(Removal::from_bytes(&removal.to_bytes()), Ok(removal));
        let mut role = bytes;
        role[65] = 4;
        let mut version = bytes;
        version[0] = 0;
        for bad in [&bytes[1..], &role, &version, &[]] {
            assert_eq!(
                Certificate::from_bytes(bad),
                Err(CertificateError::Malformed)
            );
            assert_eq!(Removal::from_bytes(bad), Err(CertificateError::Malformed));
        }
        for role in Role::ALL {
            assert_eq!(Role::from_number(role.number()), Some(*role));
        }
    }
}
