//! CBOR in and out, with every bound checked before anything is allocated.

use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::limits;

/// Bytes that are no message of ours. Says nothing of what they held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Longer than [`limits::BODY`].
    #[error("body-too-large")]
    TooLarge,
    /// Not well-formed, an indefinite length, a tag, a float, or nested deeper than [`limits::DEPTH`].
    #[error("malformed-cbor")]
    Malformed,
    /// Well-formed, but not this message, or a count or length beyond its bound.
    #[error("unexpected-shape")]
    Shape,
    /// Bytes after the message.
    #[error("trailing-bytes")]
    Trailing,
}

/// The bytes of a message.
pub fn encode<T: Encode<()>>(message: &T) -> Vec<u8> {
    encode_about(message, 256)
}

/// [`encode`], for a message of about `expected` bytes.
pub fn encode_about<T: Encode<()>>(message: &T, expected: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(expected.min(limits::BODY));
    minicbor::encode(message, &mut out).expect("writing to a Vec cannot fail");
    out
}

/// Reads one message and nothing after it.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, CodecError> {
    if bytes.len() > limits::BODY {
        return Err(CodecError::TooLarge);
    }
    let end = scan(bytes)?;
    if end != bytes.len() {
        return Err(CodecError::Trailing);
    }
    let mut decoder = Decoder::new(bytes);
    let message = decoder.decode().map_err(|_| CodecError::Shape)?;
    if decoder.position() == bytes.len() {
        Ok(message)
    } else {
        Err(CodecError::Trailing)
    }
}

/// Walks one item without recursion: nesting, lengths against what is there, allowed types.
/// Returns where it ends.
fn scan(bytes: &[u8]) -> Result<usize, CodecError> {
    const BAD: CodecError = CodecError::Malformed;
    let mut decoder = Decoder::new(bytes);
    let mut open: Vec<u64> = Vec::with_capacity(limits::DEPTH);
    loop {
        let children = match decoder.datatype().map_err(|_| BAD)? {
            Type::Array => decoder.array().map_err(|_| BAD)?.ok_or(BAD)?,
            Type::Map => decoder
                .map()
                .map_err(|_| BAD)?
                .and_then(|n| n.checked_mul(2))
                .ok_or(BAD)?,
            Type::Bytes | Type::String => {
                // Both check the claimed length against the bytes that are there.
                decoder.skip().map_err(|_| BAD)?;
                0
            }
            Type::Bool
            | Type::Null
            | Type::U8
            | Type::U16
            | Type::U32
            | Type::U64
            | Type::I8
            | Type::I16
            | Type::I32
            | Type::I64 => {
                decoder.skip().map_err(|_| BAD)?;
                0
            }
            _ => return Err(BAD),
        };
        if children > (bytes.len() - decoder.position()) as u64 {
            return Err(BAD);
        }
        if children > 0 {
            if open.len() == limits::DEPTH {
                return Err(BAD);
            }
            open.push(children);
            continue;
        }
        loop {
            match open.last_mut() {
                None => return Ok(decoder.position()),
                Some(1) => {
                    open.pop();
                }
                Some(left) => {
                    *left -= 1;
                    break;
                }
            }
        }
    }
}

/// A list of at most `MAX` items; the count is refused before the first item is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T, const MAX: usize>(pub Vec<T>);

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> From<Vec<T>> for List<T, MAX> {
    fn from(items: Vec<T>) -> Self {
        Self(items)
    }
}

impl<C, T: Encode<C>, const MAX: usize> Encode<C> for List<T, MAX> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        self.0.encode(e, ctx)
    }
}

impl<'b, C, T: Decode<'b, C>, const MAX: usize> Decode<'b, C> for List<T, MAX> {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let count = d.array()?.unwrap_or(u64::MAX);
        if count > MAX as u64 {
            return Err(minicbor::decode::Error::message("too many items"));
        }
        // Each item is a byte at least, and the bytes are there.
        let room = usize::try_from(count).unwrap_or(0).min(d.input().len());
        let mut items = Vec::with_capacity(room.min(2048));
        for _ in 0..count {
            items.push(T::decode(d, ctx)?);
        }
        Ok(Self(items))
    }
}

/// A byte string of at most `MAX` bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blob<const MAX: usize>(pub Vec<u8>);

impl<const MAX: usize> From<Vec<u8>> for Blob<MAX> {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl<C, const MAX: usize> Encode<C> for Blob<MAX> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C, const MAX: usize> Decode<'b, C> for Blob<MAX> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        if bytes.len() > MAX {
            return Err(minicbor::decode::Error::message("too many bytes"));
        }
        Ok(Self(bytes.to_vec()))
    }
}

/// A text of at most `MAX` bytes of UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text<const MAX: usize>(pub String);

impl<const MAX: usize> From<String> for Text<MAX> {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl<const MAX: usize> From<&str> for Text<MAX> {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl<C, const MAX: usize> Encode<C> for Text<MAX> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C, const MAX: usize> Decode<'b, C> for Text<MAX> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let text = d.str()?;
        if text.len() > MAX {
            return Err(minicbor::decode::Error::message("text too long"));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Numbers = List<u32, 3>;

    #[test]
    fn refuses_what_is_not_ours() {
        let cases: &[(&[u8], CodecError)] = &[
            (&[], CodecError::Malformed),
            (&[0x9f, 0xff], CodecError::Malformed),
            (&[0xc0, 0x00], CodecError::Malformed),
            (&[0xf9, 0x00, 0x00], CodecError::Malformed),
            // An array that claims four thousand million items in five bytes.
            (&[0x9a, 0xff, 0xff, 0xff, 0xff], CodecError::Malformed),
            // A byte string longer than what follows.
            (&[0x5a, 0x7f, 0xff, 0xff, 0xff, 0x00], CodecError::Malformed),
            (&[0x83, 0x01, 0x02], CodecError::Malformed),
            (&[0x81, 0x61, 0x61], CodecError::Shape),
            (&[0x84, 1, 2, 3, 4], CodecError::Shape),
            (&[0x81, 0x01, 0x00], CodecError::Trailing),
        ];
        for (bytes, error) in cases {
            assert_eq!(decode::<Numbers>(bytes), Err(*error), "{bytes:02x?}");
        }
        let mut deep = vec![0x81; limits::DEPTH + 1];
        deep.push(0);
        assert_eq!(decode::<Numbers>(&deep), Err(CodecError::Malformed));
        assert_eq!(
            decode::<Numbers>(&vec![0; limits::BODY + 1]),
            Err(CodecError::TooLarge)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_a_typed_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode::<Numbers>(&bytes);
            let _ = decode::<crate::sync::SyncRequest>(&bytes);
            let _ = decode::<crate::sync::SyncResponse>(&bytes);
        }

        #[test]
        fn a_list_round_trips(items in proptest::collection::vec(any::<u32>(), 0..=3)) {
            let list = Numbers::from(items);
            prop_assert_eq!(decode::<Numbers>(&encode(&list)), Ok(list));
        }
    }
}
