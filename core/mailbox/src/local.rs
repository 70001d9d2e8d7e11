//! Wrapping of what stays on a phone: keys, drafts, settings.
//!
//! Owns the local seal format v1, which recovery and staff wrapping share. Refuses to know where the
//! key comes from: the OS key store holds it, the shell fetches it.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::crypto::{self, NONCE, TAG};

const VERSION: u8 = 1;
const HEADER: usize = 1 + NONCE;

/// Why wrapped bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocalError {
    /// Shorter than any wrapped bytes.
    #[error("local-too-short")]
    TooShort,
    /// Wrapped by a newer program.
    #[error("local-unknown-version")]
    UnknownVersion,
    /// Another key, another label, or altered bytes.
    #[error("local-not-authentic")]
    NotAuthentic,
}

/// The key that the OS key store holds for this app: 32 bytes.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct LocalKey([u8; 32]);

impl LocalKey {
    /// A new one, to be put into the key store.
    pub fn make() -> Self {
        Self(crypto::random())
    }

    /// From the key store.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(*bytes)
    }

    /// For the key store.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0)
    }
}

/// Wraps bytes: `0x01 || nonce || ciphertext || tag`, associated data `"handrail/local/v1" || label`.
/// The label says what the bytes are, so that one thing cannot be put in another's place.
pub fn seal_local(key: &LocalKey, label: &str, plain: &[u8]) -> Vec<u8> {
    wrap(&key.0, &aad(label), plain, &crypto::random())
}

/// Unwraps bytes of [`seal_local`].
pub fn open_local(
    key: &LocalKey,
    label: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, LocalError> {
    unwrap(&key.0, &aad(label), sealed)
}

fn aad(label: &str) -> Vec<u8> {
    [b"handrail/local/v1", label.as_bytes()].concat()
}

/// `0x01 || nonce || ciphertext || tag`.
pub(crate) fn wrap(key: &[u8; 32], aad: &[u8], plain: &[u8], nonce: &[u8; NONCE]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER + plain.len() + TAG);
    out.push(VERSION);
    out.extend_from_slice(nonce);
    out.extend_from_slice(plain);
    let tag = crypto::aead_seal(key, nonce, aad, &mut out[HEADER..]);
    out.extend_from_slice(&tag);
    out
}

/// Reads [`wrap`].
pub(crate) fn unwrap(
    key: &[u8; 32],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, LocalError> {
    match sealed.first() {
        None => return Err(LocalError::TooShort),
        Some(&VERSION) => {}
        Some(_) => return Err(LocalError::UnknownVersion),
    }
    if sealed.len() < HEADER + TAG {
        return Err(LocalError::TooShort);
    }
    let nonce: [u8; NONCE] = sealed[1..HEADER].try_into().expect("12 bytes");
    let (cipher, tag) = sealed[HEADER..].split_at(sealed.len() - HEADER - TAG);
    let tag: [u8; TAG] = tag.try_into().expect("16 bytes");
    let mut plain = Zeroizing::new(cipher.to_vec());
    crypto::aead_open(key, &nonce, aad, &mut plain, &tag).map_err(|_| LocalError::NotAuthentic)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn another_key_or_label_does_not_open() {
        let key = LocalKey::make();
        let sealed = seal_local(&key, "draft", b"half an answer");
        let opened = open_local(&key, "draft", &sealed).expect("our own");
        assert_eq!(opened.as_slice(), b"half an answer");
        let again = LocalKey::from_bytes(&key.to_bytes());
        assert!(open_local(&again, "draft", &sealed).is_ok());
        for (key, label) in [(&LocalKey::make(), "draft"), (&key, "drafts"), (&key, "")] {
            assert_eq!(
                open_local(key, label, &sealed).err(),
                Some(LocalError::NotAuthentic)
            );
        }
        assert_eq!(open_local(&key, "", &[]).err(), Some(LocalError::TooShort));
        assert_eq!(
            open_local(&key, "", &[1; 28]).err(),
            Some(LocalError::TooShort)
        );
        assert_eq!(
            open_local(&key, "", &[2; 40]).err(),
            Some(LocalError::UnknownVersion)
        );
    }

    proptest! {
        #[test]
        fn a_flipped_bit_or_another_length_never_opens(
            plain in proptest::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(), bit in 0..8_u8, cut in any::<prop::sample::Index>(),
        ) {
            let key = LocalKey::make();
            let sealed = seal_local(&key, "x", &plain);
            let opened = open_local(&key, "x", &sealed).expect("ours");
            prop_assert_eq!(opened.as_slice(), &plain[..]);
            let mut flipped = sealed.clone();
            flipped[at.index(sealed.len())] ^= 1 << bit;
            prop_assert!(open_local(&key, "x", &flipped).is_err());
            prop_assert!(open_local(&key, "x", &sealed[..cut.index(sealed.len())]).is_err());
            let mut longer = sealed;
            longer.push(0);
            prop_assert!(open_local(&key, "x", &longer).is_err());
        }
    }
}
