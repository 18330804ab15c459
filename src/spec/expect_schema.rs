//! The JSON Schema of an expectation, whose reading is written by hand.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::Expectation;

/// `576`, `7_063_427_072`, `9.5 TFLOP`: a number as text. Without a unit it is whole.
const NUMBER: &str =
    r"^\s*[+-]?[0-9][0-9,_]*(\.0*|\.?[0-9,_]*\s*([KkMBGTPE]|[KMGTP]iB))?\s*(FLOPs?)?\s*$";
/// `1%`, `0.5 %`.
const PERCENT: &str = r"^\s*[0-9]+(\.[0-9]+)?\s*%\s*$";

impl JsonSchema for Expectation {
    fn schema_name() -> Cow<'static, str> {
        "Expectation".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let keys = ["value", "min", "max", "max_fraction_of_context", "shape"];
        let any_of_them = keys.map(|key| json!({"required": [key]}));
        json_schema!({
            "description": "What must stand there: a number, a shape, or a map of bounds.",
            "anyOf": [
                number("Exactly this number: `576`, `7.1B`, `9.5 TFLOP`, `2 GiB`."),
                shape("Exactly this shape, such as `[1, 576, 4096]` or `[B, N, ?]`."),
                {
                    "description": "Bounds, and what happens if they are left.",
                    "type": "object",
                    "properties": bounds(),
                    "additionalProperties": false,
                    "anyOf": any_of_them,
                    "dependentRequired": {"tolerance": ["value"]},
                },
            ],
        })
    }
}

fn bounds() -> Value {
    json!({
        "value": or_null(number("The number that is expected; `tolerance` says how exactly.")),
        "min": or_null(number("The least that is allowed.")),
        "max": or_null(number("The most that is allowed.")),
        "tolerance": or_null(share(
            "How far from `value` is allowed, as a share of it: `1%` or `0.01`; nothing if not \
             given."
        )),
        "max_fraction_of_context": or_null(share(
            "The most that is allowed, as a share of the LLM's context: `50%` or `0.5`."
        )),
        "shape": or_null(shape("The shape that is expected, such as `[1, 576, 4096]`.")),
        "severity": {
            "description": "What a broken expectation is: an error (if not given), which fails \
                            the check, or a warning.",
            "enum": ["error", "warn", null],
            "default": "error",
        },
    })
}

fn number(description: &str) -> Value {
    json!({
        "description": description,
        "type": ["integer", "string"],
        "pattern": NUMBER,
        "patternErrorMessage": "Write a number such as 576, 7.1B, 9.5 TFLOP or 2 GiB.",
    })
}

fn share(description: &str) -> Value {
    json!({
        "description": description,
        "type": ["number", "string"],
        "minimum": 0,
        "pattern": PERCENT,
        "patternErrorMessage": "Write a share such as 1% or 0.01.",
    })
}

fn shape(description: &str) -> Value {
    json!({
        "description": description,
        "type": "array",
        "items": {
            "description": "The size of an axis: a number, a formula in the plan's symbols such \
                            as `(H/P)*(W/P) + 1`, or `?` for any.",
            "type": ["integer", "string"],
            "minimum": 0,
            "minLength": 1,
        },
    })
}

/// A field that is not given may also be empty.
fn or_null(mut schema: Value) -> Value {
    if let Some(types) = schema["type"].as_array_mut() {
        types.push("null".into());
    } else {
        let own = schema["type"].take();
        schema["type"] = json!([own, "null"]);
    }
    schema
}
