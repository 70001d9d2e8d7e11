//! Reading the packed form.

use data_encoding::BASE64URL_NOPAD;
use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::{BadPacked, DEPTH, major, simple, words};

/// Reads values one after the other.
pub(crate) struct Reader<'de> {
    left: &'de [u8],
    depth: u8,
}

/// What comes next.
enum Item<'de> {
    Unsigned(u64),
    Negative(i64),
    Bytes(&'de [u8]),
    Text(&'de str),
    List(u64),
    Map(u64),
    Bool(bool),
    Null,
    Float(f64),
}

impl<'de> Reader<'de> {
    pub fn new(bytes: &'de [u8]) -> Self {
        Self {
            left: bytes,
            depth: 0,
        }
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), BadPacked> {
        if self.left.is_empty() {
            Ok(())
        } else {
            Err(BadPacked)
        }
    }

    /// What is left.
    pub fn rest(&self) -> &'de [u8] {
        self.left
    }

    /// The number of items of a list that begins here.
    pub fn list(&mut self) -> Result<u64, BadPacked> {
        match self.item()? {
            Item::List(count) => Ok(count),
            _ => Err(BadPacked),
        }
    }

    fn take(&mut self, len: u64) -> Result<&'de [u8], BadPacked> {
        let len = usize::try_from(len).map_err(|_| BadPacked)?;
        let (taken, left) = self.left.split_at_checked(len).ok_or(BadPacked)?;
        self.left = left;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, BadPacked> {
        let (first, left) = self.left.split_first().ok_or(BadPacked)?;
        self.left = left;
        Ok(*first)
    }

    /// The value of a head, which must be as short as it can be.
    fn value(&mut self, info: u8) -> Result<u64, BadPacked> {
        let (value, least) = match info {
            0..24 => return Ok(info.into()),
            24 => (u64::from(self.byte()?), 24),
            25 => (u64::from(u16::from_be_bytes(self.fixed()?)), 0x100),
            26 => (u64::from(u32::from_be_bytes(self.fixed()?)), 0x1_0000),
            27 => (u64::from_be_bytes(self.fixed()?), 0x1_0000_0000),
            _ => return Err(BadPacked),
        };
        if value < least {
            return Err(BadPacked);
        }
        Ok(value)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], BadPacked> {
        let bytes = self.take(N as u64)?;
        bytes.try_into().map_err(|_| BadPacked)
    }

    /// The next item, or the head of the next list or map.
    fn item(&mut self) -> Result<Item<'de>, BadPacked> {
        let first = self.byte()?;
        match first {
            simple::FALSE => return Ok(Item::Bool(false)),
            simple::TRUE => return Ok(Item::Bool(true)),
            simple::NULL => return Ok(Item::Null),
            simple::FLOAT => {
                let value = f64::from_be_bytes(self.fixed()?);
                return if value.is_finite() {
                    Ok(Item::Float(value))
                } else {
                    Err(BadPacked)
                };
            }
            _ => {}
        }
        let (kind, info) = (first >> 5, first & 0x1f);
        if kind == major::SIMPLE {
            // A word: 0 to 19 in one byte, 32 and more in two.
            let number = match info {
                0..20 => info,
                24 => self.byte()?,
                _ => return Err(BadPacked),
            };
            if info == 24 && number < 32 {
                return Err(BadPacked);
            }
            return words::word(number).map(Item::Text).ok_or(BadPacked);
        }
        let value = self.value(info)?;
        Ok(match kind {
            major::UNSIGNED => Item::Unsigned(value),
            major::NEGATIVE => {
                let value = i64::try_from(value).map_err(|_| BadPacked)?;
                Item::Negative(!value)
            }
            major::BYTES => Item::Bytes(self.take(value)?),
            major::TEXT => {
                let text = std::str::from_utf8(self.take(value)?).map_err(|_| BadPacked)?;
                Item::Text(text)
            }
            // Each item is a byte at least.
            major::LIST if value <= self.left.len() as u64 => Item::List(value),
            major::MAP if value <= self.left.len() as u64 / 2 => Item::Map(value),
            _ => return Err(BadPacked),
        })
    }

    /// Passes over one value.
    pub fn skip(&mut self) -> Result<(), BadPacked> {
        let mut open = [0_u64; DEPTH as usize];
        let mut depth = usize::from(self.depth);
        let floor = depth;
        loop {
            let inside = match self.item()? {
                Item::List(count) => count,
                Item::Map(pairs) => pairs * 2,
                _ => 0,
            };
            if inside > 0 {
                *open.get_mut(depth).ok_or(BadPacked)? = inside;
                depth += 1;
                continue;
            }
            loop {
                if depth == floor {
                    return Ok(());
                }
                open[depth - 1] -= 1;
                if open[depth - 1] > 0 {
                    break;
                }
                depth -= 1;
            }
        }
    }

    /// Reads what is inside of a list or map of `count` items or pairs.
    fn inside<T>(
        &mut self,
        count: u64,
        read: impl FnOnce(&mut Items<'_, 'de>) -> Result<T, BadPacked>,
    ) -> Result<T, BadPacked> {
        if self.depth == DEPTH {
            return Err(BadPacked);
        }
        self.depth += 1;
        let mut items = Items {
            reader: self,
            left: count,
        };
        let value = read(&mut items)?;
        if items.left > 0 {
            return Err(BadPacked);
        }
        self.depth -= 1;
        Ok(value)
    }

    fn visit<V: Visitor<'de>>(
        &mut self,
        item: &Item<'de>,
        visitor: V,
    ) -> Result<V::Value, BadPacked> {
        match *item {
            Item::Unsigned(value) => visitor.visit_u64(value),
            Item::Negative(value) => visitor.visit_i64(value),
            Item::Bytes(bytes) => visit_as_text(bytes, visitor),
            Item::Text(text) => visitor.visit_borrowed_str(text),
            Item::List(count) => self.inside(count, |items| visitor.visit_seq(items)),
            Item::Map(count) => self.inside(count, |items| visitor.visit_map(items)),
            Item::Bool(yes) => visitor.visit_bool(yes),
            Item::Null => visitor.visit_unit(),
            Item::Float(value) => visitor.visit_f64(value),
        }
    }
}

/// Bytes are a text that was written short.
fn visit_as_text<'de, V: Visitor<'de>>(bytes: &[u8], visitor: V) -> Result<V::Value, BadPacked> {
    let mut letters = [0; 43];
    let letters = match bytes.len() {
        16 => &mut letters[..22],
        32 => &mut letters[..],
        _ => return Err(BadPacked),
    };
    BASE64URL_NOPAD.encode_mut(bytes, letters);
    visitor.visit_str(std::str::from_utf8(letters).expect("base64url is ASCII"))
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = BadPacked;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadPacked> {
        let item = self.item()?;
        self.visit(&item, visitor)
    }

    /// Identifiers are taken as they are.
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadPacked> {
        match self.item()? {
            Item::Bytes(bytes) if matches!(bytes.len(), 16 | 32) => {
                visitor.visit_borrowed_bytes(bytes)
            }
            item => self.visit(&item, visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadPacked> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadPacked> {
        if self.left.first() == Some(&simple::NULL) {
            self.byte()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, BadPacked> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, BadPacked> {
        match self.item()? {
            Item::Text(variant) => visitor.visit_enum(variant.into_deserializer()),
            Item::Map(1) => self.inside(1, |items| {
                items.left = 0;
                visitor.visit_enum(Case(items.reader))
            }),
            _ => Err(BadPacked),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadPacked> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

/// What is left of a list or map.
pub(crate) struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    left: u64,
}

impl Items<'_, '_> {
    fn next(&mut self) -> bool {
        let more = self.left > 0;
        self.left -= u64::from(more);
        more
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = BadPacked;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, BadPacked> {
        let more = self.next();
        more.then(|| seed.deserialize(&mut *self.reader))
            .transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.left).ok()
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = BadPacked;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, BadPacked> {
        let more = self.next();
        let reader = &mut *self.reader;
        more.then(|| match reader.item()? {
            Item::Text(text) => seed.deserialize(MapKey::Text(text)),
            Item::Bytes(bytes) => seed.deserialize(MapKey::Bytes(bytes)),
            _ => Err(BadPacked),
        })
        .transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, BadPacked> {
        seed.deserialize(&mut *self.reader)
    }
}

/// A key: a text, read as a number where one is wanted.
enum MapKey<'de> {
    Text(&'de str),
    Bytes(&'de [u8]),
}

macro_rules! number_keys {
    ($($method:ident $visit:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadPacked> {
            match self {
                Self::Text(text) => visitor.$visit(text.parse().map_err(|_| BadPacked)?),
                Self::Bytes(_) => Err(BadPacked),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for MapKey<'de> {
    type Error = BadPacked;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadPacked> {
        match self {
            Self::Text(text) => visitor.visit_borrowed_str(text),
            Self::Bytes(bytes) => visit_as_text(bytes, visitor),
        }
    }

    number_keys!(
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32,
        deserialize_i64 visit_i64, deserialize_u8 visit_u8, deserialize_u16 visit_u16,
        deserialize_u32 visit_u32, deserialize_u64 visit_u64
    );

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BadPacked> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, BadPacked> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, BadPacked> {
        match self {
            Self::Text(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            Self::Bytes(_) => Err(BadPacked),
        }
    }

    forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

/// An enum's case with values.
struct Case<'r, 'de>(&'r mut Reader<'de>);

impl<'de> EnumAccess<'de> for Case<'_, 'de> {
    type Error = BadPacked;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), BadPacked> {
        match self.0.item()? {
            Item::Text(text) => {
                let case = seed.deserialize(BorrowedStrDeserializer::<BadPacked>::new(text))?;
                Ok((case, self))
            }
            _ => Err(BadPacked),
        }
    }
}

impl<'de> VariantAccess<'de> for Case<'_, 'de> {
    type Error = BadPacked;

    fn unit_variant(self) -> Result<(), BadPacked> {
        match self.0.item()? {
            Item::Null => Ok(()),
            _ => Err(BadPacked),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, BadPacked> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, BadPacked> {
        self.0.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, BadPacked> {
        self.0.deserialize_any(visitor)
    }
}
