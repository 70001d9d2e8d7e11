//! Sealing and opening one entry.
//!
//! Owns the seal format v1: padding, associated data, the signature inside. Refuses bytes that were
//! made for another mailbox, entry or epoch, and authors that the directory does not know; each
//! refusal is a typed error, so that the caller can quarantine the entry with its reason.

use std::ops::Range;

use handrail_wire::id::{EntryId, PartyId, Signature};

use crate::crypto::{self, NONCE, TAG};
use crate::directory::{Directory, Role};
use crate::identity::StaffIdentity;
use crate::keyring::{Keyring, SealKey};

const VERSION: u8 = 1;
const AAD_LABEL: &[u8; 16] = b"handrail/seal/v1";
const SIGN_LABEL: &[u8] = b"handrail/sign/v1";
/// Version, epoch and nonce before the ciphertext.
const HEADER: usize = 1 + 4 + NONCE;
/// Smallest padded plaintext; sizes double from here.
const STEP: usize = 256;
/// Length field before the payload.
const LENGTH: usize = 4;
const UNSIGNED: u8 = 0;
const SIGNED: u8 = 1;
/// Kind, signer and signature before the entry's bytes.
const SIGNED_HEAD: usize = 1 + 16 + 64;

/// Why sealed bytes do not open. None of them tells what the bytes hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Shorter than the smallest sealed entry.
    #[error("seal-too-short")]
    TooShort,
    /// Sealed (or signed) by a newer program.
    #[error("seal-unknown-version")]
    UnknownVersion,
    /// The key of this epoch is not here, perhaps not yet: try again when key boxes have come.
    #[error("seal-unknown-epoch")]
    UnknownEpoch(u32),
    /// Altered, cut, extended, or sealed for another mailbox, entry or epoch.
    #[error("seal-not-authentic")]
    NotAuthentic,
    /// Sealed by a holder of the key, but not padded as the format says.
    #[error("seal-bad-padding")]
    BadPadding,
    /// The signature is not the named signer's over this entry in this mailbox and epoch.
    #[error("seal-bad-signature")]
    BadSignature,
    /// The named signer is not staff as far as is known: try again when certificates have come.
    #[error("seal-unknown-signer")]
    UnknownSigner,
}

/// Who wrote an entry, as far as it can be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// Someone who holds the mailbox's key: a patient's entries are written so.
    Unsigned,
    /// Staff, verified against the directory.
    Signed {
        /// Who.
        party: PartyId,
        /// In the role last certified.
        role: Role,
        /// `false` when this member has been removed. Their earlier entries still count; one that
        /// comes after the removal does not, and only the caller sees that order.
        active: bool,
    },
}

/// An opened entry that owns its buffer.
pub struct Opened {
    buffer: Vec<u8>,
    entry: Range<usize>,
    author: Author,
}

impl Opened {
    /// The entry's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.entry.clone()]
    }

    /// The entry's bytes, in the buffer that was given to [`open`].
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.buffer.truncate(self.entry.end);
        self.buffer.drain(..self.entry.start);
        self.buffer
    }

    /// Who wrote it.
    pub fn author(&self) -> Author {
        self.author
    }
}

/// Bytes of the padded plaintext: the smallest of 256, 512, 1024, ... that takes `len` and
/// `min_plain`.
fn padded(len: usize, min_plain: usize) -> usize {
    len.max(min_plain).max(STEP).next_power_of_two()
}

fn payload_len(entry_len: usize, signed: bool) -> usize {
    entry_len + if signed { SIGNED_HEAD } else { 1 }
}

/// Bytes of the sealed form of an entry of `entry_len` bytes: always 33 more than a power of two.
///
/// Check it against [`handrail_wire::limits::ENTRY`] (library: `LIBRARY_ENTRY`) before you say
/// "Saved". Because sizes double, the largest padded plaintext below 64 KiB sealed is 32 KiB, and
/// below 256 KiB it is 128 KiB.
pub fn sealed_size(entry_len: usize, signed: bool, min_plain: usize) -> usize {
    HEADER + padded(LENGTH + payload_len(entry_len, signed), min_plain) + TAG
}

fn aad(key: &SealKey, entry: EntryId) -> [u8; 53] {
    let mut aad = [0; 53];
    aad[..16].copy_from_slice(AAD_LABEL);
    aad[16..32].copy_from_slice(&key.mailbox.0);
    aad[32..48].copy_from_slice(&entry.0);
    aad[48..52].copy_from_slice(&key.epoch.to_be_bytes());
    aad[52] = VERSION;
    aad
}

/// The epoch that sealed bytes say they were sealed under. Only opening them proves it.
pub fn epoch_of(sealed: &[u8]) -> Option<u32> {
    let bytes = sealed.get(1..5)?.try_into().ok()?;
    (sealed[0] == VERSION).then_some(u32::from_be_bytes(bytes))
}

/// What the signature inside the seal covers:
/// `"handrail/sign/v1" || mailbox || entry id || epoch || entry bytes`.
fn signed_message(key: &SealKey, entry: EntryId, bytes: &[u8]) -> Vec<u8> {
    let epoch = key.epoch.to_be_bytes();
    [SIGN_LABEL, &key.mailbox.0, &entry.0, &epoch, bytes].concat()
}

/// Random nonces, drawn from the system for many entries at once. Each is given out once.
pub struct Nonces(Vec<[u8; NONCE]>);

impl Nonces {
    /// For `count` entries; more are drawn when they are needed.
    pub fn draw(count: usize) -> Self {
        let mut nonces = vec![[0; NONCE]; count];
        crypto::fill(nonces.as_flattened_mut());
        Self(nonces)
    }

    fn next(&mut self) -> [u8; NONCE] {
        self.0.pop().unwrap_or_else(crypto::random)
    }
}

/// Seals an unsigned entry, as [`seal`] does, with one of many nonces.
pub fn seal_one_of_many(
    key: &SealKey,
    entry: EntryId,
    bytes: &[u8],
    min_plain: usize,
    nonces: &mut Nonces,
) -> Vec<u8> {
    seal_with(key, entry, bytes, None, min_plain, &nonces.next())
}

/// Seals an entry with a random nonce. `min_plain` is a floor for the padded plaintext in bytes, so
/// that all entries of one form have one size; 0 when there is no such floor.
pub fn seal(
    key: &SealKey,
    entry: EntryId,
    bytes: &[u8],
    signer: Option<&StaffIdentity>,
    min_plain: usize,
) -> Vec<u8> {
    seal_with(key, entry, bytes, signer, min_plain, &crypto::random())
}

/// [`seal`] with a nonce that the caller answers for.
pub(crate) fn seal_with(
    key: &SealKey,
    entry: EntryId,
    bytes: &[u8],
    signer: Option<&StaffIdentity>,
    min_plain: usize,
    nonce: &[u8; NONCE],
) -> Vec<u8> {
    let signature = signer.map(|who| (who.party(), who.sign(&signed_message(key, entry, bytes))));
    seal_claiming(key, entry, bytes, signature, min_plain, nonce)
}

/// Seals whatever author is claimed; the reader is who checks.
fn seal_claiming(
    key: &SealKey,
    entry: EntryId,
    bytes: &[u8],
    signature: Option<(PartyId, Signature)>,
    min_plain: usize,
    nonce: &[u8; NONCE],
) -> Vec<u8> {
    let payload = payload_len(bytes.len(), signature.is_some());
    let size = sealed_size(bytes.len(), signature.is_some(), min_plain);
    let mut sealed = Vec::with_capacity(size);
    sealed.push(VERSION);
    sealed.extend_from_slice(&key.epoch.to_be_bytes());
    sealed.extend_from_slice(nonce);
    let length = u32::try_from(payload).expect("an entry is far below 4 GiB");
    sealed.extend_from_slice(&length.to_be_bytes());
    match signature {
        None => sealed.push(UNSIGNED),
        Some((party, signature)) => {
            sealed.push(SIGNED);
            sealed.extend_from_slice(&party.0);
            sealed.extend_from_slice(&signature.0);
        }
    }
    sealed.extend_from_slice(bytes);
    sealed.resize(size - TAG, 0);
    let tag = crypto::aead_seal(&key.key, nonce, &aad(key, entry), &mut sealed[HEADER..]);
    sealed.extend_from_slice(&tag);
    sealed
}

/// The author that an entry claims, before the directory is asked.
enum Claim {
    Unsigned,
    Signed(PartyId, Signature),
}

/// Decrypts in place; returns where the entry's bytes lie and whom they claim as author.
fn decrypt<'k>(
    keyring: &'k Keyring,
    entry: EntryId,
    sealed: &mut [u8],
) -> Result<(&'k SealKey, Range<usize>, Claim), OpenError> {
    match sealed.first() {
        None => return Err(OpenError::TooShort),
        Some(&VERSION) => {}
        Some(_) => return Err(OpenError::UnknownVersion),
    }
    if sealed.len() < HEADER + STEP + TAG {
        return Err(OpenError::TooShort);
    }
    let epoch = u32::from_be_bytes(sealed[1..5].try_into().expect("4 bytes"));
    let key = keyring.key(epoch).ok_or(OpenError::UnknownEpoch(epoch))?;
    let nonce: [u8; NONCE] = sealed[5..HEADER].try_into().expect("12 bytes");
    let end = sealed.len() - TAG;
    let tag: [u8; TAG] = sealed[end..].try_into().expect("16 bytes");
    let plain = &mut sealed[HEADER..end];
    crypto::aead_open(&key.key, &nonce, &aad(key, entry), plain, &tag)
        .map_err(|_| OpenError::NotAuthentic)?;

    if !plain.len().is_power_of_two() {
        return Err(OpenError::BadPadding);
    }
    let (length, rest) = plain.split_at(LENGTH);
    let length = u32::from_be_bytes(length.try_into().expect("4 bytes"));
    let (payload, zeros) = usize::try_from(length)
        .ok()
        .and_then(|length| rest.split_at_checked(length))
        .ok_or(OpenError::BadPadding)?;
    if zeros.iter().any(|byte| *byte != 0) {
        return Err(OpenError::BadPadding);
    }
    let (claim, skip) = match payload.first() {
        None => return Err(OpenError::BadPadding),
        Some(&UNSIGNED) => (Claim::Unsigned, 1),
        Some(&SIGNED) => {
            let head = payload.get(1..SIGNED_HEAD).ok_or(OpenError::BadPadding)?;
            let party = PartyId::try_from(&head[..16]).expect("16 bytes");
            let signature = Signature::try_from(&head[16..]).expect("64 bytes");
            (Claim::Signed(party, signature), SIGNED_HEAD)
        }
        Some(_) => return Err(OpenError::UnknownVersion),
    };
    let start = HEADER + LENGTH + skip;
    Ok((key, start..HEADER + LENGTH + payload.len(), claim))
}

/// Asks the directory whether the claimed author wrote these bytes.
fn prove(
    directory: &Directory,
    key: &SealKey,
    entry: EntryId,
    bytes: &[u8],
    claim: &Claim,
) -> Result<Author, OpenError> {
    let Claim::Signed(party, signature) = claim else {
        return Ok(Author::Unsigned);
    };
    let member = directory.member(*party).ok_or(OpenError::UnknownSigner)?;
    let public = member.identity.0[..32].try_into().expect("32 of 64");
    if !crypto::ed25519_verify(&public, &signed_message(key, entry, bytes), &signature.0) {
        return Err(OpenError::BadSignature);
    }
    Ok(Author::Signed {
        party: *party,
        role: member.role,
        active: member.active,
    })
}

/// Opens an entry inside a buffer that the caller reuses; returns its bytes and its author. On
/// failure the content of the buffer means nothing.
pub fn open_in_place<'b>(
    keyring: &Keyring,
    directory: &Directory,
    entry: EntryId,
    sealed: &'b mut [u8],
) -> Result<(&'b [u8], Author), OpenError> {
    let (key, range, claim) = decrypt(keyring, entry, sealed)?;
    let author = prove(directory, key, entry, &sealed[range.clone()], &claim)?;
    Ok((&sealed[range], author))
}

/// Opens an entry, decrypting in the buffer that it is given.
pub fn open(
    keyring: &Keyring,
    directory: &Directory,
    entry: EntryId,
    mut sealed: Vec<u8>,
) -> Result<Opened, OpenError> {
    let (key, range, claim) = decrypt(keyring, entry, &mut sealed)?;
    let author = prove(directory, key, entry, &sealed[range.clone()], &claim)?;
    Ok(Opened {
        buffer: sealed,
        entry: range,
        author,
    })
}

/// Opens an entry without asking who wrote it.
///
/// For one purpose: to find certificates and removals in the library before the directory knows their
/// bearer. Those carry the root's own signature; nothing else that is read this way may be believed.
pub fn open_unproven(
    keyring: &Keyring,
    entry: EntryId,
    mut sealed: Vec<u8>,
) -> Result<Vec<u8>, OpenError> {
    let (_, range, _) = decrypt(keyring, entry, &mut sealed)?;
    sealed.truncate(range.end);
    sealed.drain(..range.start);
    Ok(sealed)
}

#[cfg(test)]
mod tests;
