//! Settings that may be said by their size alone.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::Size;

/// The settings of a step, or one size that stands for them: `{fold: 2}` is `{fold: {factor: 2}}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Short<T>(pub T);

impl<T: Serialize> Serialize for Short<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + From<Size>> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Short<T>, D::Error> {
        deserializer.deserialize_any(SizeOrMap(PhantomData)).map(Short)
    }
}

struct SizeOrMap<T>(PhantomData<T>);

impl<T: From<Size>> SizeOrMap<T> {
    fn size<'de, E: Error>(number: impl IntoDeserializer<'de, E>) -> Result<T, E> {
        Size::deserialize(number.into_deserializer()).map(T::from)
    }
}

impl<'de, T: Deserialize<'de> + From<Size>> Visitor<'de> for SizeOrMap<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a size, or a map of settings")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        Self::size(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        Self::size(number)
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<T, E> {
        Self::size(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        Self::size(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Self::size(text.to_owned())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        T::deserialize(MapDeserializer::new(std::iter::empty::<(String, String)>()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<T: JsonSchema> JsonSchema for Short<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Short{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut alone = Size::json_schema(generator);
        alone.insert("description".to_owned(), "Its size alone.".into());
        json_schema!({"anyOf": [alone, generator.subschema_for::<T>()]})
    }
}
