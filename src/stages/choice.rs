//! A choice that a text may leave open.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a text says of a choice, if anything. Unlike an [`Option`], it cannot be written as nothing
/// (`null`): a key whose value was forgotten is a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<T>(Option<T>);

impl<T> Choice<T> {
    /// The choice, if it is said.
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// Whether nothing is said.
    pub fn is_open(&self) -> bool {
        self.0.is_none()
    }

    /// The choice, or another where nothing is said.
    pub fn unwrap_or(self, otherwise: T) -> T {
        self.0.unwrap_or(otherwise)
    }

    /// The choice, or the type's own where nothing is said.
    pub fn unwrap_or_default(self) -> T
    where
        T: Default,
    {
        self.0.unwrap_or_default()
    }
}

impl<T> Default for Choice<T> {
    fn default() -> Choice<T> {
        Choice(None)
    }
}

impl<T> From<T> for Choice<T> {
    fn from(choice: T) -> Choice<T> {
        Choice(Some(choice))
    }
}

impl<T> From<Option<T>> for Choice<T> {
    fn from(choice: Option<T>) -> Choice<T> {
        Choice(choice)
    }
}

impl<T: Serialize> Serialize for Choice<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Choice<T>, D::Error> {
        T::deserialize(deserializer).map(Choice::from)
    }
}

impl<T: JsonSchema> JsonSchema for Choice<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_by_leaving_the_key_out() {
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        struct Section {
            bias: Choice<bool>,
        }
        let read = |text| serde_json::from_str::<Section>(text).map(|section| section.bias);
        assert!(read("{}").unwrap().is_open());
        assert!(read("{}").unwrap().unwrap_or(true));
        assert_eq!(read(r#"{"bias": false}"#).unwrap(), Choice::from(false));
        assert!(read(r#"{"bias": null}"#).is_err());
    }
}
