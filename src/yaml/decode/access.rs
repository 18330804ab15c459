//! The parts of a node as `serde` walks them. Each notes its index in a fault that passes through.

use super::de::De;
use super::fault::{Fault, Kind};
use super::hole::{HOLE, Hole, is_hole};
use crate::yaml::{Entry, Node, Value};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Reads a node, be it of the text or a stand-in.
pub(super) fn read<'de, S: DeserializeSeed<'de>>(seed: S, node: &Node) -> Result<S::Value, Fault> {
    if !is_hole(node) {
        return seed.deserialize(De(node));
    }
    seed.deserialize(Hole::default()).map_err(|fault| Fault { in_hole: true, ..fault })
}

/// The entries of a map.
pub(super) struct Entries<'n> {
    entries: &'n [Entry],
    /// The index of the entry after the current one.
    next: usize,
}

impl<'n> Entries<'n> {
    pub fn new(entries: &'n [Entry]) -> Self {
        Entries { entries, next: 0 }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let index = self.next;
        let Some(entry) = self.entries.get(index) else {
            return Ok(None);
        };
        self.next += 1;
        let key = seed.deserialize(StrDeserializer::new(&entry.key));
        key.map(Some).map_err(|fault: Fault| match fault.kind {
            // Belongs to the map: there may be more of them.
            Kind::UnknownKey { .. } => fault,
            _ => Fault { on_key: true, ..fault.under(index) },
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let index = self.next.saturating_sub(1);
        match self.entries.get(index) {
            Some(entry) => read(seed, &entry.value).map_err(|fault| fault.under(index)),
            None => Err(Fault::custom("a value was asked for without a key")),
        }
    }
}

/// The items of a list.
pub(super) struct Items<'n> {
    items: &'n [Node],
    next: usize,
}

impl<'n> Items<'n> {
    pub fn new(items: &'n [Node]) -> Self {
        Items { items, next: 0 }
    }

    /// A fault if there are items that nobody asked for.
    pub fn finish(&self) -> Result<(), Fault> {
        let (length, wanted) = (self.items.len(), self.next);
        if wanted >= length {
            return Ok(());
        }
        Err(Fault::custom(format_args!("{length} items instead of {wanted}")))
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let index = self.next;
        let Some(item) = self.items.get(index) else {
            return Ok(None);
        };
        self.next += 1;
        read(seed, item).map(Some).map_err(|fault| fault.under(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

/// A variant of an enum: its name, and its content unless the name stands alone.
pub(super) struct Choice<'n> {
    name: &'n str,
    content: Option<&'n Node>,
}

impl<'n> Choice<'n> {
    pub fn bare(name: &'n str) -> Self {
        Choice { name, content: None }
    }

    pub fn with(name: &'n str, content: &'n Node) -> Self {
        Choice { name, content: Some(content) }
    }
}

impl<'de> EnumAccess<'de> for Choice<'_> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        Ok((seed.deserialize(StrDeserializer::new(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.content.map(|node| &node.value) {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Map(entries)) if entries.is_empty() => Ok(()),
            Some(_) => Err(Fault::new(Kind::NoContent).under(0)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        match self.content {
            Some(node) => read(seed, node).map_err(|fault| fault.under(0)),
            None => seed.deserialize(De(&nothing())),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        match self.content {
            Some(node) => De(node).deserialize_seq(visitor).map_err(|fault| fault.under(0)),
            None => De(&nothing()).deserialize_seq(visitor),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.content {
            Some(node) => De(node).deserialize_map(visitor).map_err(|fault| fault.under(0)),
            None => De(&nothing()).deserialize_map(visitor),
        }
    }
}

/// The content of a variant whose name stands alone.
fn nothing() -> Node {
    Node { value: Value::Null, span: HOLE }
}
