//! A stand-in for a faulty or missing value, which reads as whatever type is asked for.
//!
//! A stand-in lets the remainder of the spec be checked after a fault. What is read from it is thrown away.

use super::fault::Fault;
use crate::diag::{SourceId, Span};
use crate::yaml::{Node, Value};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// The place of a stand-in: no text.
pub(super) const HOLE: Span = Span { source: SourceId::NOWHERE, start: 0, end: 0 };

/// A stand-in node.
pub(super) fn hole() -> Node {
    Node { value: Value::Null, span: HOLE }
}

/// Whether the node is a stand-in.
pub(super) fn is_hole(node: &Node) -> bool {
    node.span == HOLE && node.value == Value::Null
}

/// Whether the node is or contains a stand-in.
pub(super) fn has_hole(node: &Node) -> bool {
    match &node.value {
        Value::Seq(items) => items.iter().any(has_hole),
        Value::Map(entries) => entries.iter().any(|entry| has_hole(&entry.value)),
        _ => is_hole(node),
    }
}

/// Structs are filled at most this deep, as types may contain themselves.
const DEPTH: usize = 32;

/// Reads as 1, `false`, the text `1`, the first variant, a struct of all its fields …
#[derive(Clone, Copy, Default)]
pub(super) struct Hole {
    depth: usize,
}

impl Hole {
    fn inner(self) -> Result<Hole, Fault> {
        let depth = self.depth + 1;
        if depth > DEPTH { Err(Fault::custom("too deep")) } else { Ok(Hole { depth }) }
    }
}

/// Stand-ins for the fields of a struct or the items of a tuple.
struct Fill {
    item: Hole,
    names: &'static [&'static str],
    count: usize,
}

impl<'de> Deserializer<'de> for Hole {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_u64(1)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_bool(false)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str("1")
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_str("1")
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self.inner()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_tuple(0, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let item = self.inner()?;
        visitor.visit_seq(Fill { item, names: &[], count })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(count, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_struct("", &[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let item = self.inner()?;
        visitor.visit_map(Fill { item, names, count: 0 })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let item = self.inner()?;
        visitor.visit_enum(Fill { item, names, count: 0 })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf identifier
    }
}

impl<'de> SeqAccess<'de> for Fill {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(left) = self.count.checked_sub(1) else {
            return Ok(None);
        };
        self.count = left;
        seed.deserialize(self.item).map(Some)
    }
}

impl<'de> MapAccess<'de> for Fill {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, rest)) = self.names.split_first() else {
            return Ok(None);
        };
        self.names = rest;
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        seed.deserialize(self.item)
    }
}

impl<'de> EnumAccess<'de> for Fill {
    type Error = Fault;
    type Variant = Hole;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Hole), Fault> {
        let name = self.names.first().copied().unwrap_or_default();
        Ok((seed.deserialize(StrDeserializer::new(name))?, self.item))
    }
}

impl<'de> VariantAccess<'de> for Hole {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, count: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_tuple(count, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_struct("", names, visitor)
    }
}
