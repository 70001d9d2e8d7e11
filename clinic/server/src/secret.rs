//! Digests, random numbers and comparisons. The only module that says `ring`.
//!
//! Refuses to keep or return anything in a form that could be printed: it deals in fixed bytes.

use handrail_wire::id::{Digest, Identity, MailboxId, PartyId, Signature};
use ring::{digest, hmac, signature};
use subtle::ConstantTimeEq;

/// SHA-256 over the parts, one after the other.
pub fn sha256(parts: &[&[u8]]) -> Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    Digest(out)
}

/// HMAC-SHA-256 over the parts.
pub fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut context = hmac::Context::with_key(&key);
    for part in parts {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.sign().as_ref());
    out
}

/// Equal, in a time that does not depend on where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    getrandom::fill(&mut out).expect("an operating system that runs a server has random numbers");
    out
}

/// The name of public keys (wire, [`PartyId`]).
pub fn party_of(identity: &Identity) -> PartyId {
    let digest = sha256(&[b"handrail/identity/v1", &identity.0]);
    let mut party = [0; 16];
    party.copy_from_slice(&digest.0[..16]);
    PartyId(party)
}

/// Head of an empty mailbox (design.md, section 4).
pub fn first_head(mailbox: &MailboxId) -> Digest {
    sha256(&[b"handrail/chain/v1", &mailbox.0])
}

/// Whether the Ed25519 half of `identity` signed `message`.
pub fn signed_by(identity: &Identity, message: &[u8], by: &Signature) -> bool {
    signature::UnparsedPublicKey::new(&signature::ED25519, &identity.0[..32])
        .verify(message, &by.0)
        .is_ok()
}

/// Bytes as standard base64, for the hash of a style in a content security policy.
pub fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

/// A one-time code to be typed: 20 letters and digits in groups of four, 100 random bits.
/// The alphabet (Crockford's base 32) has no I, L, O, U.
pub fn make_code() -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut code = String::with_capacity(24);
    for (place, byte) in random::<20>().into_iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        // 256 is a multiple of 32: every character is equally likely.
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    code
}

/// Digest of a code as a person typed it: case, spaces and hyphens do not matter, nor does
/// O for 0 or I and L for 1.
pub fn code_digest(typed: &str) -> Digest {
    let plain: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    sha256(&[b"handrail/setup/v1", plain.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_and_mac_match_published_vectors() {
        // FIPS 180-4, "abc"; RFC 4231, test case 2, whose short key HMAC itself fills with zeros.
        assert_eq!(
            data_encoding::HEXLOWER.encode(&sha256(&[b"a", b"bc"]).0),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        assert_eq!(
            data_encoding::HEXLOWER.encode(&hmac(&key, &[b"what do ya want ", b"for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn a_typed_code_is_read_as_a_person_writes() {
        let code = make_code();
        assert_eq!(code.len(), 24);
        let typed = code.to_lowercase().replace('-', " ").replace('0', "o");
        assert_eq!(code_digest(&code), code_digest(&typed));
        assert_ne!(code_digest(&code), code_digest(&make_code()));
    }

    #[test]
    fn random_bytes_differ() {
        assert_ne!(random::<16>(), random::<16>());
    }
}
