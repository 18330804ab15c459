//! A `serde` deserializer over one node of the tree.

use super::access::{Choice, Entries, Items};
use super::fault::{Fault, Kind};
use crate::yaml::{Node, Value};
use serde::de::{Deserializer, Visitor};

/// Reads a node that is not a stand-in.
#[derive(Clone, Copy)]
pub(super) struct De<'n>(pub &'n Node);

impl De<'_> {
    fn integer<T: TryFrom<i128>>(self, low: i128, high: i128) -> Result<T, Fault> {
        let range = || Fault::new(Kind::Range { low, high });
        match self.0.value {
            Value::Int(number) => T::try_from(number).map_err(|_| range()),
            // `300.0` is of the wrong type, but `1e30` would be wrong however it is written.
            Value::Float(number) if !(low as f64..=high as f64).contains(&number) => Err(range()),
            _ => Err(Fault::wrong_type("a whole number")),
        }
    }

    fn float(self) -> Result<f64, Fault> {
        match self.0.value {
            Value::Int(number) => Ok(number as f64),
            Value::Float(number) if number.is_finite() => Ok(number),
            Value::Float(_) => Err(Fault::new(Kind::NotFinite)),
            _ => Err(Fault::wrong_type("a number")),
        }
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let low = i128::try_from(<$type>::MIN).unwrap_or(i128::MIN);
            let high = i128::try_from(<$type>::MAX).unwrap_or(i128::MAX);
            visitor.$visit(self.integer::<$type>(low, high)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for De<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => match (u64::try_from(*value), i64::try_from(*value)) {
                (Ok(value), _) => visitor.visit_u64(value),
                (_, Ok(value)) => visitor.visit_i64(value),
                _ => visitor.visit_i128(*value),
            },
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Str(value) => visitor.visit_str(value),
            Value::Seq(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.deserialize_map(visitor),
        }
    }

    integers! {
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_f64(self.float()?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.value {
            Value::Bool(value) => visitor.visit_bool(value),
            _ => Err(Fault::wrong_type("`true` or `false`")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::Str(value) => visitor.visit_str(value),
            _ => Err(Fault::wrong_type("text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Value::Seq(items) = &self.0.value else {
            return Err(Fault::wrong_type("a list"));
        };
        let mut access = Items::new(items);
        let value = visitor.visit_seq(&mut access)?;
        access.finish()?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::Map(entries) => visitor.visit_map(Entries::new(entries)),
            Value::Null => visitor.visit_map(Entries::new(&[])),
            _ => Err(Fault::wrong_type("a map of keys")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.0.value {
            Value::Str(name) => visitor.visit_enum(Choice::bare(name)),
            Value::Map(entries) => match entries.as_slice() {
                [entry] => visitor.visit_enum(Choice::with(&entry.key, &entry.value)),
                _ => Err(Fault::new(Kind::NotOneVariant { known })),
            },
            _ => Err(Fault::wrong_type(&format!("one of {}", super::words::list(known)))),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { bytes byte_buf unit unit_struct }
}
