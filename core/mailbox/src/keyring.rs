//! Epoch secrets of one mailbox and the keys derived from them.
//!
//! Owns which epochs are known and which is current. Refuses a second secret for an epoch: whoever
//! came first (and was checked) stays.

use std::collections::BTreeMap;

use handrail_wire::id::MailboxId;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto;
use crate::identity::{BoxKey, Recipient};

/// The secret of one epoch of a mailbox: 32 random bytes.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct EpochSecret([u8; 32]);

impl EpochSecret {
    /// A new one.
    pub fn make() -> Self {
        Self(crypto::random())
    }

    /// From wrapped storage or an opened box.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// To be wrapped before it is stored.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The key that seals and opens the entries of one mailbox in one epoch.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SealKey {
    pub(crate) key: [u8; 32],
    #[zeroize(skip)]
    pub(crate) mailbox: MailboxId,
    #[zeroize(skip)]
    pub(crate) epoch: u32,
}

impl SealKey {
    /// HKDF-SHA256 with empty salt over the epoch secret, info `"handrail/seal/v1" || mailbox`.
    pub fn derive(mailbox: MailboxId, epoch: u32, secret: &EpochSecret) -> Self {
        Self {
            key: crypto::hkdf(b"", &secret.0, &[b"handrail/seal/v1", &mailbox.0]),
            mailbox,
            epoch,
        }
    }

    /// The mailbox it is for.
    pub fn mailbox(&self) -> MailboxId {
        self.mailbox
    }

    /// The epoch it is for.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }
}

/// Why an epoch or a stored keyring was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// Epochs count from 1.
    #[error("epoch-zero")]
    EpochZero,
    /// Another secret is known for this epoch; it stays.
    #[error("epoch-conflict")]
    EpochConflict,
    /// Not the bytes of a keyring.
    #[error("keyring-malformed")]
    Malformed,
}

struct Epoch {
    secret: EpochSecret,
    seal: SealKey,
    /// Known from a signer in good standing (or from the invite), not only from a removed one.
    vouched: bool,
}

/// The epochs of one mailbox that its holder knows.
pub struct Keyring {
    mailbox: MailboxId,
    epochs: BTreeMap<u32, Epoch>,
}

impl Keyring {
    /// Knows no epoch yet.
    pub fn new(mailbox: MailboxId) -> Self {
        Self {
            mailbox,
            epochs: BTreeMap::new(),
        }
    }

    /// The mailbox.
    pub fn mailbox(&self) -> MailboxId {
        self.mailbox
    }

    /// Adds an epoch that the caller made, unwrapped or got with its invite. Boxes from the server go
    /// through [`Keyring::admit_box`]. `false` when it was known already.
    pub fn insert(&mut self, epoch: u32, secret: EpochSecret) -> Result<bool, KeyringError> {
        self.add(epoch, secret, true)
    }

    pub(crate) fn add(
        &mut self,
        epoch: u32,
        secret: EpochSecret,
        vouched: bool,
    ) -> Result<bool, KeyringError> {
        if epoch == 0 {
            return Err(KeyringError::EpochZero);
        }
        if let Some(known) = self.epochs.get_mut(&epoch) {
            if known.secret.0 != secret.0 {
                return Err(KeyringError::EpochConflict);
            }
            known.vouched |= vouched;
            return Ok(false);
        }
        let seal = SealKey::derive(self.mailbox, epoch, &secret);
        self.epochs.insert(
            epoch,
            Epoch {
                secret,
                seal,
                vouched,
            },
        );
        Ok(true)
    }

    /// The key of the highest epoch: new entries are sealed with it.
    pub fn current(&self) -> Option<&SealKey> {
        self.epochs.last_key_value().map(|(_, epoch)| &epoch.seal)
    }

    /// The key of an epoch.
    pub fn key(&self, epoch: u32) -> Option<&SealKey> {
        self.epochs.get(&epoch).map(|epoch| &epoch.seal)
    }

    /// The secret of an epoch, to be boxed or bundled for someone else.
    pub fn secret(&self, epoch: u32) -> Option<&EpochSecret> {
        self.epochs.get(&epoch).map(|epoch| &epoch.secret)
    }

    /// The epochs known, ascending.
    pub fn epochs(&self) -> impl Iterator<Item = u32> + '_ {
        self.epochs.keys().copied()
    }

    /// The highest epoch known from a signer in good standing.
    pub(crate) fn vouched_epoch(&self) -> u32 {
        let mut vouched = self.epochs.iter().rev().filter(|(_, epoch)| epoch.vouched);
        vouched.next().map_or(0, |(epoch, _)| *epoch)
    }

    /// The team's key pair of an epoch, when this is the keyring of a team (or front desk) mailbox:
    /// RFC 9180 `DeriveKeyPair` of HKDF-SHA256 with empty salt over the epoch secret, info
    /// `"handrail/team-key/v1" || mailbox || epoch`.
    pub fn derive_team_key(&self, epoch: u32) -> Option<BoxKey> {
        let secret = &self.epochs.get(&epoch)?.secret.0;
        let ikm = Zeroizing::new(crypto::hkdf(
            b"",
            secret,
            &[
                b"handrail/team-key/v1",
                &self.mailbox.0,
                &epoch.to_be_bytes(),
            ],
        ));
        Some(BoxKey::derive(&ikm, Recipient::of_team))
    }

    /// The secret of a coming epoch of another mailbox, when this is the keyring of the team mailbox: HKDF-SHA256
    /// with empty salt over the team's epoch secret, info `"handrail/tended-epoch/v1" || mailbox || epoch`.
    ///
    /// Clinicians who make the same epoch at the same time, each for themselves, make the same secret, so that
    /// none is refused as a second one. Whoever is outside the team cannot make it: it is as secret as the
    /// team's key, which opens the box of every epoch anyway.
    pub fn derive_epoch(&self, mailbox: MailboxId, epoch: u32) -> Option<EpochSecret> {
        let (_, team) = self.epochs.last_key_value()?;
        Some(EpochSecret(crypto::hkdf(
            b"",
            &team.secret.0,
            &[
                b"handrail/tended-epoch/v1",
                &mailbox.0,
                &epoch.to_be_bytes(),
            ],
        )))
    }

    /// For wrapped storage: `0x01 || mailbox || (epoch || vouched || secret)...`, epochs ascending.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(17 + self.epochs.len() * RECORD));
        bytes.push(1);
        bytes.extend_from_slice(&self.mailbox.0);
        for (epoch, known) in &self.epochs {
            bytes.extend_from_slice(&epoch.to_be_bytes());
            bytes.push(u8::from(known.vouched));
            bytes.extend_from_slice(&known.secret.0);
        }
        bytes
    }

    /// From wrapped storage.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyringError> {
        const BAD: KeyringError = KeyringError::Malformed;
        let (head, records) = bytes.split_at_checked(17).ok_or(BAD)?;
        if head[0] != 1 || records.len() % RECORD != 0 {
            return Err(BAD);
        }
        let mut keyring = Self::new(MailboxId::try_from(&head[1..]).map_err(|_| BAD)?);
        for record in records.chunks_exact(RECORD) {
            let epoch = u32::from_be_bytes(record[..4].try_into().expect("4 bytes"));
            let secret = EpochSecret(record[5..].try_into().expect("32 bytes"));
            let vouched = match record[4] {
                0 => false,
                1 => true,
                _ => return Err(BAD),
            };
            if !keyring.add(epoch, secret, vouched).map_err(|_| BAD)? {
                return Err(BAD);
            }
        }
        Ok(keyring)
    }
}

/// Bytes of one epoch in [`Keyring::to_bytes`].
const RECORD: usize = 4 + 1 + 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn two_epochs() -> Keyring {
        let mut keyring = Keyring::new(MailboxId([3; 16]));
        assert_eq!(keyring.insert(2, EpochSecret([2; 32])), Ok(true));
        assert_eq!(keyring.insert(1, EpochSecret([1; 32])), Ok(true));
        keyring
    }

    #[test]
    fn the_highest_epoch_is_current_and_the_first_secret_stays() {
        let mut keyring = two_epochs();
        assert_eq!(keyring.current().map(SealKey::epoch), Some(2));
        assert_eq!(keyring.insert(1, EpochSecret([1; 32])), Ok(false));
        assert_eq!(
            keyring.insert(1, EpochSecret([9; 32])),
            Err(KeyringError::EpochConflict)
        );
        assert_eq!(
            keyring.insert(0, EpochSecret([9; 32])),
            Err(KeyringError::EpochZero)
        );
        assert_eq!(keyring.epochs().collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn an_epoch_is_vouched_for_by_whoever_did_so_last_or_first() {
        let mut keyring = two_epochs();
        assert_eq!(keyring.vouched_epoch(), 2);
        let secret = || EpochSecret([3; 32]);
        assert_eq!(keyring.add(3, secret(), false), Ok(true));
        assert_eq!(keyring.vouched_epoch(), 2);
        assert_eq!(keyring.add(3, secret(), true), Ok(false));
        assert_eq!(keyring.vouched_epoch(), 3);
        assert_eq!(keyring.add(3, secret(), false), Ok(false));
        assert_eq!(keyring.vouched_epoch(), 3);
    }

    #[test]
    fn stored_bytes_read_back_and_refuse_what_is_not_a_keyring() {
        let bytes = two_epochs().to_bytes();
        let again = Keyring::from_bytes(&bytes).expect("our own bytes");
        assert_eq!(*again.to_bytes(), *bytes);
        let mut twice = bytes.to_vec();
        twice.extend_from_slice(&bytes[17..54]);
        let mut version = bytes.to_vec();
        version[0] = 2;
        for bad in [&[][..], &bytes[..16], &bytes[..40], &twice, &version] {
            assert_eq!(
                Keyring::from_bytes(bad).err(),
                Some(KeyringError::Malformed)
            );
        }
    }

    #[test]
    fn two_clinicians_derive_one_secret_and_nobody_with_an_older_team_key_does() {
        let secret = |team: &Keyring, mailbox: u8, epoch| {
            let derived = team.derive_epoch(MailboxId([mailbox; 16]), epoch);
            derived.expect("a team key").0
        };
        let (one, other) = (two_epochs(), two_epochs());
        assert_eq!(secret(&one, 9, 2), secret(&other, 9, 2));
        let mut before = Keyring::new(MailboxId([3; 16]));
        before
            .insert(1, EpochSecret([1; 32]))
            .expect("first secret");
        assert_ne!(secret(&one, 9, 2), secret(&before, 9, 2));
        assert_ne!(secret(&one, 9, 2), secret(&one, 9, 3));
        assert_ne!(secret(&one, 9, 2), secret(&one, 8, 2));
        assert!(
            Keyring::new(MailboxId([3; 16]))
                .derive_epoch(MailboxId([9; 16]), 1)
                .is_none()
        );
    }

    #[test]
    fn team_keys_differ_by_epoch_and_mailbox() {
        let keyring = two_epochs();
        let mut other = Keyring::new(MailboxId([4; 16]));
        other.insert(1, EpochSecret([1; 32])).expect("first secret");
        let public = |ring: &Keyring, epoch| {
            let key = ring.derive_team_key(epoch).expect("known");
            key.recipient().public
        };
        assert_ne!(public(&keyring, 1), public(&keyring, 2));
        assert_ne!(public(&keyring, 1), public(&other, 1));
        assert!(keyring.derive_team_key(3).is_none());
    }
}
