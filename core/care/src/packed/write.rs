//! Writing the packed form.

use serde::ser::{
    self, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Serialize, Serializer};

use super::{BadPacked, DEPTH, major, simple, words};
use crate::id::decode_fixed;

/// Appends values to a buffer.
pub(crate) struct Writer<'o> {
    out: &'o mut Vec<u8>,
    depth: u8,
}

/// The shortest head of an item.
fn head(major: u8, value: u64) -> ([u8; 9], usize) {
    let mut bytes = [0; 9];
    let (info, len) = match value {
        0..24 => (u8::try_from(value).expect("below 24"), 0),
        24..0x100 => (24, 1),
        0x100..0x1_0000 => (25, 2),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 8),
    };
    bytes[0] = (major << 5) | info;
    bytes[1..=len].copy_from_slice(&value.to_be_bytes()[8 - len..]);
    (bytes, 1 + len)
}

impl<'o> Writer<'o> {
    pub fn new(out: &'o mut Vec<u8>) -> Self {
        Self { out, depth: 0 }
    }

    fn head(&mut self, major: u8, value: u64) {
        let (bytes, len) = head(major, value);
        self.out.extend_from_slice(&bytes[..len]);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.head(major::BYTES, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        if let Some(number) = words::number(text) {
            return self.word(number);
        }
        match text.len() {
            22 => {
                if let Some(id) = decode_fixed::<16>(text) {
                    return self.bytes(&id);
                }
            }
            43 => {
                if let Some(digest) = decode_fixed::<32>(text) {
                    return self.bytes(&digest);
                }
            }
            _ => {}
        }
        self.head(major::TEXT, text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn word(&mut self, number: u8) {
        self.head(major::SIMPLE, u64::from(number));
    }

    fn negative(&mut self, value: i64) {
        // -1 is 0, -2 is 1: the bits of the one turned over are the other.
        self.head(major::NEGATIVE, (!value).cast_unsigned());
    }

    /// Begins a list or map; one of unknown length gets its head at the end.
    fn open(&mut self, major: u8, len: Option<usize>) -> Result<Items<'_, 'o>, BadPacked> {
        if self.depth == DEPTH {
            return Err(BadPacked);
        }
        self.depth += 1;
        if let Some(len) = len {
            self.head(major, len as u64);
        }
        Ok(Items {
            begun: self.out.len(),
            major,
            told: len,
            count: 0,
            writer: self,
        })
    }

    /// An enum's case with values: a map of one pair.
    fn case(&mut self, variant: &str) {
        self.head(major::MAP, 1);
        self.text(variant);
    }
}

/// A list or map while it is written.
pub(crate) struct Items<'w, 'o> {
    writer: &'w mut Writer<'o>,
    begun: usize,
    major: u8,
    told: Option<usize>,
    count: usize,
}

impl Items<'_, '_> {
    fn item(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), BadPacked> {
        self.count += 1;
        value.serialize(&mut *self.writer)
    }

    fn pair(
        &mut self,
        key: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), BadPacked> {
        self.writer.text(key);
        self.item(value)
    }

    fn close(self) -> Result<(), BadPacked> {
        self.writer.depth -= 1;
        match self.told {
            Some(told) if told == self.count => Ok(()),
            Some(_) => Err(BadPacked),
            None => {
                let (bytes, len) = head(self.major, self.count as u64);
                let at = self.begun..self.begun;
                self.writer.out.splice(at, bytes[..len].iter().copied());
                Ok(())
            }
        }
    }
}

impl<'w, 'o> Serializer for &'w mut Writer<'o> {
    type Ok = ();
    type Error = BadPacked;
    type SerializeSeq = Items<'w, 'o>;
    type SerializeTuple = Items<'w, 'o>;
    type SerializeTupleStruct = Items<'w, 'o>;
    type SerializeTupleVariant = Items<'w, 'o>;
    type SerializeMap = Items<'w, 'o>;
    type SerializeStruct = Items<'w, 'o>;
    type SerializeStructVariant = Items<'w, 'o>;

    /// Identifiers are handed over as bytes.
    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, yes: bool) -> Result<(), BadPacked> {
        self.out
            .push(if yes { simple::TRUE } else { simple::FALSE });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), BadPacked> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), BadPacked> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), BadPacked> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), BadPacked> {
        match u64::try_from(value) {
            Ok(value) => self.head(major::UNSIGNED, value),
            Err(_) => self.negative(value),
        }
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), BadPacked> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), BadPacked> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), BadPacked> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), BadPacked> {
        self.head(major::UNSIGNED, value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), BadPacked> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<(), BadPacked> {
        if !value.is_finite() {
            return Err(BadPacked);
        }
        self.out.push(simple::FLOAT);
        self.out.extend_from_slice(&value.to_be_bytes());
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), BadPacked> {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), BadPacked> {
        self.text(text);
        Ok(())
    }

    /// Identifiers and digests only.
    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), BadPacked> {
        if !matches!(bytes.len(), 16 | 32) {
            return Err(BadPacked);
        }
        self.bytes(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), BadPacked> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), BadPacked> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), BadPacked> {
        self.out.push(simple::NULL);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), BadPacked> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), BadPacked> {
        self.text(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), BadPacked> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), BadPacked> {
        self.case(variant);
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items<'w, 'o>, BadPacked> {
        self.open(major::LIST, len)
    }

    fn serialize_tuple(self, len: usize) -> Result<Items<'w, 'o>, BadPacked> {
        self.open(major::LIST, Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        len: usize,
    ) -> Result<Items<'w, 'o>, BadPacked> {
        self.open(major::LIST, Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Items<'w, 'o>, BadPacked> {
        self.case(variant);
        self.open(major::LIST, Some(len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Items<'w, 'o>, BadPacked> {
        self.open(major::MAP, len)
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Items<'w, 'o>, BadPacked> {
        self.open(major::MAP, Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Items<'w, 'o>, BadPacked> {
        self.case(variant);
        self.open(major::MAP, Some(len))
    }
}

macro_rules! items {
    ($($face:ident $method:ident),*) => {$(
        impl $face for Items<'_, '_> {
            type Ok = ();
            type Error = BadPacked;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), BadPacked> {
                self.item(value)
            }

            fn end(self) -> Result<(), BadPacked> {
                self.close()
            }
        }
    )*};
}

items!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

macro_rules! fields {
    ($($face:ident),*) => {$(
        impl $face for Items<'_, '_> {
            type Ok = ();
            type Error = BadPacked;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), BadPacked> {
                self.pair(key, value)
            }

            fn end(self) -> Result<(), BadPacked> {
                self.close()
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Items<'_, '_> {
    type Ok = ();
    type Error = BadPacked;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), BadPacked> {
        key.serialize(Key(&mut *self.writer))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), BadPacked> {
        self.item(value)
    }

    fn end(self) -> Result<(), BadPacked> {
        self.close()
    }
}

/// Keys are texts; numbers become texts, as in JSON.
struct Key<'w, 'o>(&'w mut Writer<'o>);

macro_rules! number_keys {
    ($($method:ident $number:ty),*) => {$(
        fn $method(self, value: $number) -> Result<(), BadPacked> {
            self.0.text(&value.to_string());
            Ok(())
        }
    )*};
}

macro_rules! no_keys {
    ($($method:ident $value:ty),*) => {$(
        fn $method(self, _: $value) -> Result<(), BadPacked> {
            Err(BadPacked)
        }
    )*};
}

type No = Impossible<(), BadPacked>;

impl Serializer for Key<'_, '_> {
    type Ok = ();
    type Error = BadPacked;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    fn is_human_readable(&self) -> bool {
        false
    }

    number_keys!(
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64
    );

    no_keys!(serialize_bool bool, serialize_f32 f32, serialize_f64 f64);

    fn serialize_char(self, value: char) -> Result<(), BadPacked> {
        self.0.serialize_char(value)
    }

    fn serialize_str(self, text: &str) -> Result<(), BadPacked> {
        self.0.serialize_str(text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), BadPacked> {
        self.0.serialize_bytes(bytes)
    }

    fn serialize_none(self) -> Result<(), BadPacked> {
        Err(BadPacked)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), BadPacked> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), BadPacked> {
        Err(BadPacked)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), BadPacked> {
        Err(BadPacked)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), BadPacked> {
        self.0.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), BadPacked> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), BadPacked> {
        Err(BadPacked)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<No, BadPacked> {
        Err(BadPacked)
    }

    fn serialize_tuple(self, _: usize) -> Result<No, BadPacked> {
        Err(BadPacked)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<No, BadPacked> {
        Err(BadPacked)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<No, BadPacked> {
        Err(BadPacked)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<No, BadPacked> {
        Err(BadPacked)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<No, BadPacked> {
        Err(BadPacked)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<No, BadPacked> {
        Err(ser::Error::custom(""))
    }
}
