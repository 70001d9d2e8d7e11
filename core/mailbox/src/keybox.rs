//! Key boxes: an epoch secret sealed to one recipient and signed by staff.
//!
//! Owns the box format (HPKE base mode, RFC 9180) and the rules by which a box enters a keyring.
//! Refuses boxes that no staff member of the directory signed: a server must not be able to slip a
//! client an epoch of its own making.

use handrail_wire::Blob;
use handrail_wire::id::{MailboxId, PartyId, Signature};
use handrail_wire::sync::KeyBox;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256 as Kem;
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

use crate::crypto::{self, SystemRandom};
use crate::directory::{Directory, Role};
use crate::identity::{BoxKey, Recipient, StaffIdentity};
use crate::keyring::{EpochSecret, Keyring, KeyringError};

const LABEL: &[u8] = b"handrail/box/v1";
/// Encapsulated key and ciphertext with tag.
const SEALED: usize = 32 + 32 + 16;

/// Why a key box was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BoxError {
    /// Addressed to someone else.
    #[error("box-not-mine")]
    NotMine,
    /// The signer is not staff as far as is known: try again when certificates have come.
    #[error("box-unknown-signer")]
    UnknownSigner,
    /// The signer's role gives out no keys of this mailbox.
    #[error("box-wrong-role")]
    WrongRole,
    /// The signature does not fit.
    #[error("box-bad-signature")]
    BadSignature,
    /// The signer was removed, and no later epoch from present staff is known: a removed member must
    /// not choose the key of new entries. Try again when all boxes have been seen once.
    #[error("box-signer-removed")]
    SignerRemoved,
    /// Signed, but it does not open.
    #[error("box-not-authentic")]
    NotAuthentic,
    /// Epochs count from 1.
    #[error("box-epoch-zero")]
    EpochZero,
    /// Another secret is known for this epoch; it stays.
    #[error("box-epoch-conflict")]
    EpochConflict,
    /// The recipient's public key is no usable X25519 point.
    #[error("box-bad-recipient")]
    BadRecipient,
}

fn info(mailbox: MailboxId, epoch: u32, recipient: PartyId) -> Vec<u8> {
    [LABEL, &mailbox.0, &epoch.to_be_bytes(), &recipient.0].concat()
}

/// `"handrail/box/v1" || mailbox || epoch || recipient || sealed`.
fn signed_message(mailbox: MailboxId, epoch: u32, recipient: PartyId, sealed: &[u8]) -> Vec<u8> {
    let mut message = info(mailbox, epoch, recipient);
    message.extend_from_slice(sealed);
    message
}

/// Seals an epoch secret to a recipient, signed by staff.
pub fn make_box(
    mailbox: MailboxId,
    epoch: u32,
    secret: &EpochSecret,
    recipient: &Recipient,
    signer: &StaffIdentity,
) -> Result<KeyBox, BoxError> {
    make_box_with(mailbox, epoch, secret, recipient, signer, &mut SystemRandom)
}

/// [`make_box`] with a source of randomness that the caller answers for: vectors only.
pub(crate) fn make_box_with(
    mailbox: MailboxId,
    epoch: u32,
    secret: &EpochSecret,
    recipient: &Recipient,
    signer: &StaffIdentity,
    random: &mut impl rand_core::CryptoRng,
) -> Result<KeyBox, BoxError> {
    if epoch == 0 {
        return Err(BoxError::EpochZero);
    }
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(&recipient.public)
        .map_err(|_| BoxError::BadRecipient)?;
    let (encapped, ciphertext) =
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeS::Base,
            &public,
            &info(mailbox, epoch, recipient.party),
            secret.bytes(),
            b"",
            random,
        )
        .map_err(|_| BoxError::BadRecipient)?;
    let mut sealed = encapped.to_bytes().to_vec();
    sealed.extend_from_slice(&ciphertext);
    let signature = signer.sign(&signed_message(mailbox, epoch, recipient.party, &sealed));
    Ok(KeyBox {
        epoch,
        recipient: recipient.party,
        signer: signer.party(),
        sealed: Blob(sealed),
        signature,
    })
}

/// The HPKE half of opening; says nothing of who made the box.
pub(crate) fn unseal(
    mailbox: MailboxId,
    key: &BoxKey,
    key_box: &KeyBox,
) -> Result<EpochSecret, BoxError> {
    const BAD: BoxError = BoxError::NotAuthentic;
    let sealed = &key_box.sealed.0;
    if sealed.len() != SEALED {
        return Err(BAD);
    }
    let (encapped, ciphertext) = sealed.split_at(32);
    let encapped = <Kem as hpke::Kem>::EncappedKey::from_bytes(encapped).map_err(|_| BAD)?;
    let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeR::Base,
        &key.private(),
        &encapped,
        &info(mailbox, key_box.epoch, key_box.recipient),
        ciphertext,
        b"",
    )
    .map_err(|_| BAD)?;
    let plain = Zeroizing::new(plain);
    let secret: &[u8; 32] = plain.as_slice().try_into().map_err(|_| BAD)?;
    Ok(EpochSecret::from_bytes(secret))
}

/// Opens a box of the library without asking who made it.
///
/// For one purpose: a colleague's first login, when the box's signer is not known yet because the
/// certificates lie in the library. Use the secret only with [`crate::seal::open_unproven`], only to
/// find what the root itself signed; then admit the box by [`Keyring::admit_box`].
pub fn open_box_unproven(
    library: MailboxId,
    key: &BoxKey,
    key_box: &KeyBox,
) -> Result<EpochSecret, BoxError> {
    if key_box.recipient != key.recipient().party {
        return Err(BoxError::NotMine);
    }
    unseal(library, key, key_box)
}

impl Keyring {
    /// Checks a box from the server and adds its epoch.
    ///
    /// `signers` are the roles that give out keys of this mailbox ([`Role::CLINICAL`] for care, family
    /// and team). A box by a removed member counts only for an epoch below the highest that present
    /// staff (or the invite) vouches for, so it can give history and never the key of new entries.
    /// `Ok(false)`: known already. On an error nothing has changed.
    pub fn admit_box(
        &mut self,
        directory: &Directory,
        signers: &[Role],
        key: &BoxKey,
        key_box: &KeyBox,
    ) -> Result<bool, BoxError> {
        if key_box.recipient != key.recipient().party {
            return Err(BoxError::NotMine);
        }
        if key_box.epoch == 0 {
            return Err(BoxError::EpochZero);
        }
        let signer = directory
            .member(key_box.signer)
            .ok_or(BoxError::UnknownSigner)?;
        if !signers.contains(&signer.role) {
            return Err(BoxError::WrongRole);
        }
        verify(&signer.identity.0, self.mailbox(), key_box)?;
        if !signer.active && key_box.epoch >= self.vouched_epoch() {
            return Err(BoxError::SignerRemoved);
        }
        let secret = unseal(self.mailbox(), key, key_box)?;
        self.add(key_box.epoch, secret, signer.active)
            .map_err(|error| match error {
                KeyringError::EpochZero => BoxError::EpochZero,
                KeyringError::EpochConflict | KeyringError::Malformed => BoxError::EpochConflict,
            })
    }
}

fn verify(identity: &[u8; 64], mailbox: MailboxId, key_box: &KeyBox) -> Result<(), BoxError> {
    let public = identity[..32].try_into().expect("32 of 64");
    let Signature(signature) = &key_box.signature;
    let sealed = &key_box.sealed.0;
    let message = signed_message(mailbox, key_box.epoch, key_box.recipient, sealed);
    if crypto::ed25519_verify(&public, &message, signature) {
        Ok(())
    } else {
        Err(BoxError::BadSignature)
    }
}

#[cfg(test)]
mod tests;
