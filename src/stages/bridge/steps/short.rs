//! Settings that may be said by the most important one alone.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Written;
use crate::stages::faults::Faults;

/// Settings that one of them may stand for.
pub trait ByOne: From<Self::One> {
    /// The one.
    type One: for<'de> Deserialize<'de> + JsonSchema;
}

/// The settings of a step, or one that stands for them: `{fold: 2}` is `{fold: {factor: 2}}`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Short<T>(pub T);

impl<T: Written> Written for Short<T> {
    type Step = T::Step;

    fn design(&self, faults: &mut Faults) -> T::Step {
        self.0.design(faults)
    }

    fn say(step: &T::Step) -> Short<T> {
        Short(T::say(step))
    }
}

impl<T: Serialize> Serialize for Short<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de> + ByOne> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Short<T>, D::Error> {
        deserializer.deserialize_any(OneOrMap(PhantomData)).map(Short)
    }
}

struct OneOrMap<T>(PhantomData<T>);

impl<T: ByOne> OneOrMap<T> {
    fn one<'de, E: Error>(one: impl IntoDeserializer<'de, E>) -> Result<T, E> {
        T::One::deserialize(one.into_deserializer()).map(T::from)
    }
}

impl<'de, T: Deserialize<'de> + ByOne> Visitor<'de> for OneOrMap<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a size, or a map of settings")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        Self::one(number)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        Self::one(number)
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<T, E> {
        Self::one(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        Self::one(number)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Self::one(text.to_owned())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        T::deserialize(MapDeserializer::new(std::iter::empty::<(String, String)>()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<T: JsonSchema + ByOne> JsonSchema for Short<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Short{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut alone = T::One::json_schema(generator);
        alone.insert("description".to_owned(), "Its size alone.".into());
        json_schema!({"anyOf": [alone, generator.subschema_for::<T>()]})
    }
}
