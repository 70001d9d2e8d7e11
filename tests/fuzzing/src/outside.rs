//! The formats of `docs/formats.md`, written a second time and with other libraries.
//!
//! Owns what somebody can make who holds a key and keeps to no rule: seals, wrappings and bundles
//! around any plain bytes. Refuses to call the product for it, because the product would not make them.

use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};
use sha2::Sha256;

/// Fixed: nothing that is sealed here is a secret.
const NONCE: [u8; 12] = [0x5a; 12];

/// HKDF-SHA256 to 32 bytes.
pub fn hkdf(salt: &[u8], ikm: &[u8], info: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    hkdf::Hkdf::<Sha256>::new(Some(salt), ikm)
        .expand(info, &mut out)
        .expect("32 bytes are within what HKDF-SHA256 gives");
    out
}

/// ChaCha20-Poly1305: ciphertext and tag.
fn aead(key: &[u8; 32], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut out = plain.to_vec();
    let tag: [u8; 16] = ChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached((&NONCE).into(), aad, out.as_mut_slice().into())
        .expect("an input is far below the 256 GiB that the cipher takes")
        .into();
    out.extend_from_slice(&tag);
    out
}

/// The local seal: `0x01 || nonce || ciphertext || tag`.
pub fn wrapped(key: &[u8; 32], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    [&[1][..], &NONCE, &aead(key, aad, plain)].concat()
}

/// A sealed entry around any plain bytes, without a word about their padding.
pub fn sealed(
    secret: &[u8; 32],
    mailbox: &[u8; 16],
    epoch: u32,
    entry: &[u8; 16],
    plain: &[u8],
) -> Vec<u8> {
    let key = hkdf(b"", secret, &[&b"handrail/seal/v1"[..], mailbox].concat());
    let epoch = epoch.to_be_bytes();
    let aad = [&b"handrail/seal/v1"[..], mailbox, entry, &epoch, &[1]].concat();
    [&[1][..], &epoch, &NONCE, &aead(&key, &aad, plain)].concat()
}

/// SHA-256 of the parts, joined.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::Digest;
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
