//! The recovery sheet: the clinic's way back when every administrator's passphrase is lost.
//!
//! Owns the recovery key, its printed form, and the root key wrapped under it. Team epochs are sealed
//! to its public key as to a staff member's. Refuses to be stored: it lives on paper.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto;
use crate::directory::RootKey;
use crate::identity::{BoxKey, Recipient};
use crate::local::{self, LocalError};
use crate::printed::{self, PrintedError};

const KIND: &str = "recovery";
const CHECK: usize = 3;

/// The secret on the recovery sheet: 32 random bytes.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RecoveryKey([u8; 32]);

impl RecoveryKey {
    /// A new sheet.
    pub fn make() -> Self {
        Self(crypto::random())
    }

    #[cfg(any(test, feature = "vectors"))]
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// 14 groups of four letters, three bytes of checksum included.
    pub fn print(&self) -> Zeroizing<String> {
        printed::print(KIND, &self.0, CHECK)
    }

    /// As typed back: any case, any spacing.
    pub fn parse(typed: &str) -> Result<Self, PrintedError> {
        printed::parse(KIND, typed, CHECK).map(|bytes| Self(*bytes))
    }

    /// The key that opens boxes addressed to the sheet: RFC 9180 `DeriveKeyPair` of HKDF-SHA256 with
    /// salt `"handrail/recovery/v1"` and info `"box"`.
    pub fn derive_box_key(&self) -> BoxKey {
        BoxKey::derive(&self.derive("box"), Recipient::of_recovery)
    }

    /// Wraps the clinic's root key, so that the sheet can certify a new administrator. Kept as an
    /// entry; associated data `"handrail/recovery-root/v1" || root public key`.
    pub fn wrap_root(&self, root: &RootKey) -> Vec<u8> {
        self.wrap_root_with(root, &crypto::random())
    }

    pub(crate) fn wrap_root_with(&self, root: &RootKey, nonce: &[u8; 12]) -> Vec<u8> {
        let key = self.derive("root");
        local::wrap(&key, &aad(&root.public()), &*root.to_bytes(), nonce)
    }

    /// Unwraps the root key of the clinic with this root public key.
    pub fn unwrap_root(&self, root: &[u8; 32], wrapped: &[u8]) -> Result<RootKey, LocalError> {
        let plain = local::unwrap(&self.derive("root"), &aad(root), wrapped)?;
        let seed = plain.as_slice().try_into();
        seed.map(RootKey::from_bytes)
            .map_err(|_| LocalError::NotAuthentic)
    }

    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let salt = b"handrail/recovery/v1";
        Zeroizing::new(crypto::hkdf(salt, &self.0, &[purpose.as_bytes()]))
    }
}

fn aad(root: &[u8; 32]) -> Vec<u8> {
    [&b"handrail/recovery-root/v1"[..], root].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_typed_back_restores_the_administrator() {
        let sheet = RecoveryKey::make();
        let root = RootKey::make();
        let wrapped = sheet.wrap_root(&root);
        let typed = sheet.print().to_lowercase().replace('-', "  ");
        let again = RecoveryKey::parse(&typed).expect("typed back");
        assert_eq!(
            again.derive_box_key().recipient(),
            sheet.derive_box_key().recipient()
        );
        let restored = again.unwrap_root(&root.public(), &wrapped).expect("ours");
        assert_eq!(*restored.to_bytes(), *root.to_bytes());
    }

    #[test]
    fn another_sheet_or_clinic_restores_nothing() {
        let sheet = RecoveryKey::make();
        let root = RootKey::make();
        let wrapped = sheet.wrap_root(&root);
        let other = RecoveryKey::make();
        let stranger = RootKey::make().public();
        for (sheet, public) in [(&other, &root.public()), (&sheet, &stranger)] {
            assert_eq!(
                sheet.unwrap_root(public, &wrapped).err(),
                Some(LocalError::NotAuthentic)
            );
        }
    }
}
