//! Secrets as people print and type them.
//!
//! Owns the text form: base32 without letters that look like digits, in groups of four, with a
//! checksum that also knows what kind of secret it is. Refuses a text with a typing error before any
//! slow key derivation begins.

use zeroize::Zeroizing;

use crate::crypto;

/// Crockford's base32 alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a typed text is not the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrintedError {
    /// Too few or too many letters.
    #[error("printed-wrong-length")]
    Length,
    /// A sign that is never printed.
    #[error("printed-wrong-letter")]
    Letter,
    /// A typing error, or another kind of secret.
    #[error("printed-wrong-checksum")]
    Checksum,
}

/// The first `count` bytes of `SHA-256("handrail/printed/v1" || kind || 0x00 || secret)`.
fn checksum(kind: &str, secret: &[u8]) -> [u8; 32] {
    crypto::sha256(&[b"handrail/printed/v1", kind.as_bytes(), &[0], secret])
}

/// Prints a secret followed by `check` checksum bytes. Secret and checksum fill whole groups of five
/// bytes.
pub(crate) fn print(kind: &str, secret: &[u8], check: usize) -> Zeroizing<String> {
    let sum = checksum(kind, secret);
    let mut text = Zeroizing::new(String::with_capacity((secret.len() + check) * 2));
    let mut letters = 0;
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in secret.iter().chain(&sum[..check]) {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            if letters > 0 && letters % 4 == 0 {
                text.push('-');
            }
            text.push(ALPHABET[(bits >> held & 31) as usize] as char);
            letters += 1;
        }
        bits &= (1 << held) - 1;
    }
    text
}

/// Reads a typed text: any case, spaces and hyphens anywhere, O for 0, I and L for 1.
pub(crate) fn parse<const N: usize>(
    kind: &str,
    typed: &str,
    check: usize,
) -> Result<Zeroizing<[u8; N]>, PrintedError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(N + check));
    let (mut bits, mut held) = (0_u32, 0_u32);
    for sign in typed.chars() {
        if sign.is_whitespace() || matches!(sign, '-' | '\u{2010}'..='\u{2015}') {
            continue;
        }
        let letter = match sign.to_ascii_uppercase() {
            'O' => b'0',
            'I' | 'L' => b'1',
            other => u8::try_from(other).map_err(|_| PrintedError::Letter)?,
        };
        let value = ALPHABET.iter().position(|known| *known == letter);
        let value = value.ok_or(PrintedError::Letter)?;
        bits = (bits << 5) | u32::try_from(value).expect("below 32");
        held += 5;
        if held >= 8 {
            held -= 8;
            if bytes.len() == N + check {
                return Err(PrintedError::Length);
            }
            bytes.push(u8::try_from(bits >> held & 0xff).expect("masked"));
        }
        bits &= (1 << held) - 1;
    }
    if bytes.len() != N + check || held != 0 {
        return Err(PrintedError::Length);
    }
    let (secret, sum) = bytes.split_at(N);
    if checksum(kind, secret)[..check] != *sum {
        return Err(PrintedError::Checksum);
    }
    Ok(Zeroizing::new(secret.try_into().expect("split there")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prints_in_groups_and_reads_what_hands_type() {
        let text = print("test", &[0xff; 16], 4);
        assert_eq!(text.len(), 32 + 7);
        assert!(text.starts_with("ZZZZ-ZZZZ-"));
        let sloppy = text
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o")
            .replace('1', "l");
        assert_eq!(*parse::<16>("test", &sloppy, 4).expect("typed"), [0xff; 16]);
        let cases = [
            ("", PrintedError::Length),
            (&text[1..], PrintedError::Length),
            (&format!("{}0", *text), PrintedError::Length),
            (&format!("{}0000000000", *text), PrintedError::Length),
            (&text.replace('Z', "U"), PrintedError::Letter),
            (&text.replace('Z', "é"), PrintedError::Letter),
            (&text.replacen('Z', "Y", 1), PrintedError::Checksum),
        ];
        for (typed, error) in cases {
            assert_eq!(parse::<16>("test", typed, 4).err(), Some(error), "{typed}");
        }
        assert_eq!(
            parse::<16>("other", &text, 4).err(),
            Some(PrintedError::Checksum)
        );
    }

    proptest! {
        #[test]
        fn every_secret_reads_back(secret in any::<[u8; 32]>()) {
            let text = print("test", &secret, 3);
            prop_assert_eq!(text.len(), 56 + 13);
            prop_assert_eq!(*parse::<32>("test", &text, 3).expect("printed"), secret);
        }

        #[test]
        fn any_text_ends_in_a_typed_answer(text in ".{0,80}") {
            prop_assert!(parse::<16>("test", &text, 4).is_err());
        }
    }
}
