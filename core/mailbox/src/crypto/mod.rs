//! The few primitives that every format here is built from, over one of two back ends.
//!
//! Owns the choice: `ring` natively, RustCrypto and ed25519-dalek in the browser. Refuses to know any
//! format: labels, associated data and layouts are the callers'. Under `cfg(test)` or feature
//! `portable` both are compiled natively and `with_portable` runs a closure on the second, so that
//! a test can seal with one and open with the other.
//!
//! All functions take keys as bytes; the callers hold them in types that are zeroised. Both back ends
//! make short-lived copies on the stack that are not ours to wipe.

#[cfg(any(target_family = "wasm", test, feature = "portable"))]
mod portable;
#[cfg(not(target_family = "wasm"))]
mod ring;

#[cfg(target_family = "wasm")]
use self::portable as back_end;
#[cfg(not(any(target_family = "wasm", test, feature = "portable")))]
use self::ring as back_end;
#[cfg(all(not(target_family = "wasm"), any(test, feature = "portable")))]
use self::switch as back_end;

pub(crate) use back_end::{
    aead_open, aead_seal, ed25519_public, ed25519_sign, ed25519_verify, hkdf, sha256,
};
#[cfg(all(not(target_family = "wasm"), any(test, feature = "portable")))]
pub(crate) use switch::with_portable;

/// Bytes of a nonce of ChaCha20-Poly1305.
pub(crate) const NONCE: usize = 12;
/// Bytes of a tag of ChaCha20-Poly1305.
pub(crate) const TAG: usize = 16;

/// The bytes did not come from this key, nonce and associated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAuthentic;

/// Random bytes from the operating system (the browser's `crypto.getRandomValues`).
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// [`random`] for any length.
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("a system without random numbers cannot run this program");
}

/// The operating system's random numbers in the form that the `hpke` crate takes.
pub(crate) struct SystemRandom;

impl rand_core::TryRng for SystemRandom {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_le_bytes(random()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_le_bytes(random()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        fill(bytes);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for SystemRandom {}

/// Sends each call to the back end that the thread is set to. Never part of a shipped build.
#[cfg(all(not(target_family = "wasm"), any(test, feature = "portable")))]
mod switch {
    use std::cell::Cell;

    use super::{NONCE, NotAuthentic, TAG, portable, ring};

    thread_local! {
        static PORTABLE: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs `work` with the RustCrypto back end on this thread.
    pub(crate) fn with_portable<T>(work: impl FnOnce() -> T) -> T {
        struct Restore(bool);
        impl Drop for Restore {
            fn drop(&mut self) {
                PORTABLE.set(self.0);
            }
        }
        let _restore = Restore(PORTABLE.replace(true));
        work()
    }

    macro_rules! send {
        ($($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)*) => {$(
            pub(crate) fn $name($($arg: $kind),*) -> $out {
                if PORTABLE.get() { portable::$name($($arg),*) } else { ring::$name($($arg),*) }
            }
        )*};
    }

    send! {
        aead_seal(key: &[u8; 32], nonce: &[u8; NONCE], aad: &[u8], in_out: &mut [u8]) -> [u8; TAG];
        aead_open(key: &[u8; 32], nonce: &[u8; NONCE], aad: &[u8], in_out: &mut [u8], tag: &[u8; TAG]) -> Result<(), NotAuthentic>;
        hkdf(salt: &[u8], ikm: &[u8], info: &[&[u8]]) -> [u8; 32];
        sha256(parts: &[&[u8]]) -> [u8; 32];
        ed25519_public(seed: &[u8; 32]) -> [u8; 32];
        ed25519_sign(seed: &[u8; 32], message: &[u8]) -> [u8; 64];
        ed25519_verify(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use proptest::prelude::*;

    /// RFC 8439 section 2.8.2, RFC 5869 test case 1 (first 32 bytes), FIPS 180 "abc",
    /// RFC 8032 section 7.1 test 2.
    fn known_answers() {
        let mut key = [0; 32];
        for (at, byte) in key.iter_mut().enumerate() {
            *byte = 0x80 + u8::try_from(at).expect("below 32");
        }
        let nonce = [7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47];
        let aad = [
            0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7,
        ];
        let text: &[u8] = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let mut bytes = text.to_vec();
        let tag = aead_seal(&key, &nonce, &aad, &mut bytes);
        assert_eq!(HEXLOWER.encode(&tag), "1ae10b594f09e26a7e902ecbd0600691");
        assert_eq!(
            HEXLOWER.encode(&bytes[..16]),
            "d31a8d34648e60db7b86afbc53ef7ec2"
        );
        assert_eq!(aead_open(&key, &nonce, &aad, &mut bytes, &tag), Ok(()));
        assert_eq!(bytes, text);

        let salt: Vec<u8> = (0..=12).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        assert_eq!(
            HEXLOWER.encode(&hkdf(&salt, &[0x0b; 22], &[&info[..4], &info[4..]])),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        );
        assert_eq!(
            HEXLOWER.encode(&sha256(&[b"a", b"bc"])),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );

        let seed: [u8; 32] = HEXLOWER
            .decode(b"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
            .expect("hex")
            .try_into()
            .expect("32 bytes");
        let public = ed25519_public(&seed);
        assert_eq!(
            HEXLOWER.encode(&public),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        let signature = ed25519_sign(&seed, &[0x72]);
        assert_eq!(
            HEXLOWER.encode(&signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        assert!(ed25519_verify(&public, &[0x72], &signature));
        assert!(!ed25519_verify(&public, &[0x73], &signature));
    }

    #[test]
    fn published_vectors_hold_on_both_back_ends() {
        known_answers();
        with_portable(known_answers);
    }

    proptest! {
        #[test]
        fn both_back_ends_compute_the_same(
            key in any::<[u8; 32]>(), nonce in any::<[u8; 12]>(),
            aad in proptest::collection::vec(any::<u8>(), 0..80),
            text in proptest::collection::vec(any::<u8>(), 0..600),
        ) {
            let mut one = text.clone();
            let mut other = text.clone();
            let tag = aead_seal(&key, &nonce, &aad, &mut one);
            let (other_tag, signature) = with_portable(|| {
                (aead_seal(&key, &nonce, &aad, &mut other), ed25519_sign(&key, &text))
            });
            prop_assert_eq!((&one, tag), (&other, other_tag));
            prop_assert_eq!(signature, ed25519_sign(&key, &text));
            let public = ed25519_public(&key);
            prop_assert!(ed25519_verify(&public, &text, &signature));
            prop_assert!(with_portable(|| ed25519_verify(&public, &text, &signature)));
            prop_assert_eq!(sha256(&[&text]), with_portable(|| sha256(&[&text])));
            prop_assert_eq!(
                hkdf(&nonce, &text, &[&aad]),
                with_portable(|| hkdf(&nonce, &text, &[&aad]))
            );
            let mut wrong_tag = tag;
            wrong_tag[0] ^= 1;
            prop_assert_eq!(aead_open(&key, &nonce, &aad, &mut one.clone(), &wrong_tag), Err(NotAuthentic));
            prop_assert_eq!(
                with_portable(|| aead_open(&key, &nonce, &aad, &mut one.clone(), &wrong_tag)),
                Err(NotAuthentic)
            );
        }
    }
}
