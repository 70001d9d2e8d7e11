//! Back end in the browser: RustCrypto and ed25519-dalek, plain Rust throughout.

use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use sha2::{Digest, Sha256};

use super::{NONCE, NotAuthentic, TAG};

/// ChaCha20-Poly1305 (RFC 8439) in place; returns the tag.
pub(crate) fn aead_seal(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    aad: &[u8],
    in_out: &mut [u8],
) -> [u8; TAG] {
    ChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(nonce.into(), aad, in_out.into())
        .expect("entries are far below the 256 GiB that the cipher takes")
        .into()
}

/// ChaCha20-Poly1305 (RFC 8439) in place. On failure the content of `in_out` means nothing.
pub(crate) fn aead_open(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    aad: &[u8],
    in_out: &mut [u8],
    tag: &[u8; TAG],
) -> Result<(), NotAuthentic> {
    ChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(nonce.into(), aad, in_out.into(), tag.into())
        .map_err(|_| NotAuthentic)
}

/// HKDF-SHA256 (RFC 5869), extract and expand to 32 bytes. The parts of `info` are joined.
pub(crate) fn hkdf(salt: &[u8], ikm: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    hkdf::Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand_multi_info(info, &mut out)
        .expect("32 bytes are within what HKDF-SHA256 gives");
    out
}

/// SHA-256 of the parts, joined.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// The public key of an Ed25519 seed (RFC 8032).
pub(crate) fn ed25519_public(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

/// An Ed25519 signature (RFC 8032).
pub(crate) fn ed25519_sign(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    SigningKey::from_bytes(seed).sign(message).to_bytes()
}

/// Whether the signature is this key's over this message. The plain check, not the strict one: it
/// accepts exactly what `ring` accepts, and a browser must not quarantine what a phone believes.
pub(crate) fn ed25519_verify(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public).is_ok_and(|key| {
        key.verify(message, &Signature::from_bytes(signature))
            .is_ok()
    })
}
