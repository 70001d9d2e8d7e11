//! 128-bit identifiers, written as 22 characters of unpadded base64url, and packed as their bytes.

use std::fmt;
use std::str::FromStr;

use serde::de::Visitor;
use serde::{Deserialize, Serialize};

/// An identifier of an entry, person, device, staff member, mailbox or session: 16 bytes that were
/// random (or a digest) where they were made. Text form: 22 characters of unpadded base64url.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Id(pub [u8; 16]);

/// The text is not 22 characters of unpadded base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: 22 characters of base64url expected")]
pub struct BadId;

/// Letters of the text form.
const LEN: usize = 22;

impl Id {
    fn text<'a>(&self, letters: &'a mut [u8; LEN]) -> &'a str {
        data_encoding::BASE64URL_NOPAD.encode_mut(&self.0, letters);
        std::str::from_utf8(letters).expect("base64url is ASCII")
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(&mut [0; LEN]))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl FromStr for Id {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        decode_fixed(text).map(Self).ok_or(BadId)
    }
}

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&self.0);
        }
        serializer.serialize_str(self.text(&mut [0; LEN]))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_fixed(deserializer, &BadId).map(Self)
    }
}

/// Reads bytes of fixed length: from unpadded base64url without a copy of the text, or (packed) as they
/// are.
pub(crate) fn read_fixed<'de, const N: usize, D: serde::Deserializer<'de>>(
    deserializer: D,
    expected: &dyn fmt::Display,
) -> Result<[u8; N], D::Error> {
    struct Text<'a, const N: usize>(&'a dyn fmt::Display);
    impl<const N: usize> Visitor<'_> for Text<'_, N> {
        type Value = [u8; N];

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<[u8; N], E> {
            decode_fixed(text).ok_or_else(|| E::custom(self.0))
        }

        fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<[u8; N], E> {
            bytes.try_into().map_err(|_| E::custom(self.0))
        }
    }
    if deserializer.is_human_readable() {
        deserializer.deserialize_str(Text(expected))
    } else {
        deserializer.deserialize_bytes(Text(expected))
    }
}

/// Bytes of fixed length from their one text in unpadded base64url.
pub(crate) fn decode_fixed<const N: usize>(text: &str) -> Option<[u8; N]> {
    let encoding = data_encoding::BASE64URL_NOPAD;
    let mut bytes = [0; N];
    if encoding.decode_len(text.len()) != Ok(N) {
        return None;
    }
    encoding.decode_mut(text.as_bytes(), &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        let id = Id([7; 16]);
        assert_eq!(id.to_string().len(), 22);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in [
            "short",
            "",
            "BwcHBwcHBwcHBwcHBwcHBwcH",
            "BwcHBwcHBwcHBwcHBwcHB!",
        ] {
            assert_eq!(bad.parse::<Id>(), Err(BadId), "{bad}");
            let json = serde_json::to_string(bad).expect("a text");
            assert!(serde_json::from_str::<Id>(&json).is_err(), "{bad}");
        }
        let escaped = id.to_string().replace('B', "\\u0042");
        assert_eq!(
            serde_json::from_str::<Id>(&format!("\"{escaped}\"")).ok(),
            Some(id)
        );
    }
}
