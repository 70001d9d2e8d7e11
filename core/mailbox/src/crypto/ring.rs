//! Back end on phones, desk and server-side tools: `ring`. The only file that names it.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, Tag, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use ring::{aead, digest};

use super::{NONCE, NotAuthentic, TAG};

/// `ring` only copies the 32 bytes here; a key made for each use leaves nothing behind in the heap.
fn key_of(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("a key of 32 bytes fits"))
}

/// ChaCha20-Poly1305 (RFC 8439) in place; returns the tag.
pub(crate) fn aead_seal(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    aad: &[u8],
    in_out: &mut [u8],
) -> [u8; TAG] {
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let tag = key_of(key)
        .seal_in_place_separate_tag(nonce, Aad::from(aad), in_out)
        .expect("entries are far below the 256 GiB that the cipher takes");
    tag.as_ref().try_into().expect("a tag has 16 bytes")
}

/// ChaCha20-Poly1305 (RFC 8439) in place. On failure the content of `in_out` means nothing.
pub(crate) fn aead_open(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    aad: &[u8],
    in_out: &mut [u8],
    tag: &[u8; TAG],
) -> Result<(), NotAuthentic> {
    const { assert!(aead::MAX_TAG_LEN == TAG) };
    let nonce = Nonce::assume_unique_for_key(*nonce);
    key_of(key)
        .open_in_place_separate_tag(nonce, Aad::from(aad), Tag::from(*tag), in_out, 0..)
        .map(|_| ())
        .map_err(|_| NotAuthentic)
}

/// HKDF-SHA256 (RFC 5869), extract and expand to 32 bytes. The parts of `info` are joined.
pub(crate) fn hkdf(salt: &[u8], ikm: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    Salt::new(HKDF_SHA256, salt)
        .extract(ikm)
        .expand(info, HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut out))
        .expect("32 bytes are within what HKDF-SHA256 gives");
    out
}

/// SHA-256 of the parts, joined.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    context
        .finish()
        .as_ref()
        .try_into()
        .expect("SHA-256 gives 32 bytes")
}

fn pair(seed: &[u8; 32]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed of 32 bytes fits")
}

/// The public key of an Ed25519 seed (RFC 8032).
pub(crate) fn ed25519_public(seed: &[u8; 32]) -> [u8; 32] {
    pair(seed)
        .public_key()
        .as_ref()
        .try_into()
        .expect("a public key has 32 bytes")
}

/// An Ed25519 signature (RFC 8032).
pub(crate) fn ed25519_sign(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    pair(seed)
        .sign(message)
        .as_ref()
        .try_into()
        .expect("a signature has 64 bytes")
}

/// Whether the signature is this key's over this message.
pub(crate) fn ed25519_verify(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    UnparsedPublicKey::new(&ED25519, public)
        .verify(message, signature)
        .is_ok()
}
