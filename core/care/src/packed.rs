//! The packed form: what an entry is before it is sealed.
//!
//! CBOR (RFC 8949) of the same values that the entry's JSON has, with three rules that make it small:
//! common words are simple values, a text that is 16 or 32 bytes in base64url is these bytes, and heads
//! are as short as they can be. Owns both directions, for serde and to and from JSON. Refuses what JSON
//! could not hold (other simple values, tags, indefinite lengths, numbers that are not finite), long
//! heads, nesting beyond [`DEPTH`], and lengths that are not there.
//!
//! Why not JSON: two entries of a PHQ-9 must fit the smallest seal (docs/adr/0021).

mod read;
#[cfg(test)]
mod tests;
mod words;
mod write;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Lists and maps in each other.
pub const DEPTH: u8 = 64;

/// Not the packed form of what was asked for. Never says what the bytes held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("packed-malformed")]
pub struct BadPacked;

impl serde::de::Error for BadPacked {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

impl serde::ser::Error for BadPacked {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

/// CBOR's kinds of item.
mod major {
    pub const UNSIGNED: u8 = 0;
    pub const NEGATIVE: u8 = 1;
    pub const BYTES: u8 = 2;
    pub const TEXT: u8 = 3;
    pub const LIST: u8 = 4;
    pub const MAP: u8 = 5;
    pub const SIMPLE: u8 = 7;
}

/// Simple values and the head of a number with a fraction.
mod simple {
    pub const FALSE: u8 = 0xf4;
    pub const TRUE: u8 = 0xf5;
    pub const NULL: u8 = 0xf6;
    pub const FLOAT: u8 = 0xfb;
}

/// One packed value, kept as it came: an app that does not know what it is keeps it whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// Packs a value.
    ///
    /// # Panics
    ///
    /// For a value that JSON could not hold either (text keys, finite numbers), or one nested beyond
    /// [`DEPTH`]. Bodies are neither.
    pub fn of(value: &(impl Serialize + ?Sized)) -> Self {
        Self(to_vec(value).expect("plain values"))
    }

    /// Takes packed bytes after a look at their form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadPacked> {
        let mut reader = read::Reader::new(bytes);
        reader.skip()?;
        reader.end()?;
        Ok(Self(bytes.into()))
    }

    /// The packed bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads the value as `T`, all of it.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, BadPacked> {
        from_slice(&self.0)
    }
}

/// As JSON (or whatever `serializer` writes), with the same values.
impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: serde_json::Value = self.read().map_err(serde::ser::Error::custom)?;
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        to_vec(&value).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Packs a value.
pub fn to_vec(value: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, BadPacked> {
    let mut out = Vec::with_capacity(128);
    append(&mut out, value)?;
    Ok(out)
}

/// Packs a value behind what is there.
pub(crate) fn append(
    out: &mut Vec<u8>,
    value: &(impl Serialize + ?Sized),
) -> Result<(), BadPacked> {
    value.serialize(&mut write::Writer::new(out))
}

/// Reads one value and nothing after it.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, BadPacked> {
    let mut reader = read::Reader::new(bytes);
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

pub(crate) use read::Reader;

/// Bytes of a value in packed form.
pub(crate) fn len(value: &(impl Serialize + ?Sized)) -> usize {
    to_vec(value).expect("plain values").len()
}

/// Bytes of the head before a text, list or map of `len` bytes, items or pairs.
pub(crate) fn head_len(len: usize) -> usize {
    match len {
        0..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        _ => 5,
    }
}

/// Most bytes that a text of `len` bytes takes.
pub(crate) fn text_len(len: usize) -> usize {
    head_len(len) + len
}
