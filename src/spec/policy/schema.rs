//! The JSON Schemas of what [`super::decode`] reads by hand.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::{BridgeName, OneOf, Pattern, Wanted};
use crate::spec::Expectation;
use crate::stages::bridge::BridgeSpec;

impl<T: JsonSchema> JsonSchema for OneOf<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("OneOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({
            "description": "One value, or a list of which one will do.",
            "anyOf": [
                one,
                {
                    "description": "A list of which one will do.",
                    "type": "array",
                    "items": one,
                    "minItems": 1,
                },
            ],
        })
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A pattern: `*` stands for any part of a name, `**` for any folders.",
            "type": "string",
        })
    }
}

impl JsonSchema for BridgeName {
    fn schema_name() -> Cow<'static, str> {
        "BridgeName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // The choices of the bridge itself, by the key that each is written with.
        let bridge = SchemaGenerator::default().into_root_schema_for::<BridgeSpec>();
        let choices = bridge.get("oneOf").and_then(Value::as_array);
        let names: Vec<&Value> =
            choices.into_iter().flatten().map(|choice| &choice["required"][0]).collect();
        json_schema!({"description": "The name of a bridge.", "type": "string", "enum": names})
    }
}

impl JsonSchema for Wanted {
    fn schema_name() -> Cow<'static, str> {
        "Wanted".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let single = ["integer", "string", "boolean", "null"];
        let bounds = generator.subschema_for::<Expectation>();
        json_schema!({
            "description": "What a field must be: a value, a list of values of which one will do, \
                            or bounds such as `{min: 32}`.",
            "anyOf": [
                {"description": "This value.", "type": single},
                {
                    "description": "One of these values.",
                    "type": "array",
                    "items": {"description": "A value.", "type": single},
                    "minItems": 1,
                },
                {"description": "Bounds of a number.", "type": "object", "allOf": [bounds]},
            ],
        })
    }
}
