//! The JSON Schema of an expectation, whose reading ([`super::decode`]) is written by hand.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::{Expectation, Severity};

/// `576`, `7_063_427_072`, `9.5 TFLOP`, `2 GiB`, `7e9`. Without a unit a number is whole.
const NUMBER: &str = r"^\s*[+-]?[0-9][0-9,_]*((\.0*)?\s*(FLOPs?)?|\.?[0-9,_]*[eE]\+?[0-9]+\s*(FLOPs?)?|\.?[0-9,_]*([eE][+-]?[0-9]+)?\s*([KkMBGTPE](FLOPs?)?|[KkMGTP]B|[KMGTP]iB))\s*$";
/// `1%`, `0.5 %`, `1/20`.
const FRACTION: &str =
    r"^\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*(/\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*)?%?\s*$";

impl JsonSchema for Expectation {
    fn schema_name() -> Cow<'static, str> {
        "Expectation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let severity = generator.subschema_for::<Option<Severity>>();
        let keys = ["value", "min", "max", "max_fraction_of_context", "shape"];
        let any_of_them = keys.map(|key| json!({"required": [key], "properties": {key: given()}}));
        json_schema!({
            "description": "What must stand there: a number, a shape, or a map of bounds.",
            "anyOf": [
                number("Exactly this number: `576`, `7.1B`, `9.5 TFLOP`, `2 GiB`."),
                shape("Exactly this shape, such as `[1, 576, 4096]` or `[B, N, ?]`."),
                {
                    "description": "Bounds, and what happens if they are left.",
                    "type": "object",
                    "properties": bounds(&severity),
                    "additionalProperties": false,
                    "anyOf": any_of_them,
                    "not": {"anyOf": contradictions()},
                },
            ],
        })
    }
}

fn bounds(severity: &Schema) -> Value {
    let mut bounds = json!({
        "value": or_null(number("The number that is expected; `tolerance` says how exactly.")),
        "tolerance": or_null(fraction(
            "How far from `value` is allowed, as a fraction of it: `1%` or `0.01`; nothing if not \
             given."
        )),
        "min": or_null(number("The least that is allowed.")),
        "max": or_null(number("The most that is allowed.")),
        "max_fraction_of_context": or_null(fraction(
            "The most that is allowed, as a fraction of the LLM's context: `50%` or `0.5`."
        )),
        "shape": or_null(shape("The shape that is expected, such as `[1, 576, 4096]`.")),
        "severity": severity,
    });
    for (key, example) in [
        ("value", json!(576)),
        ("tolerance", json!("1%")),
        ("min", json!(64)),
        ("max", json!(1024)),
        ("max_fraction_of_context", json!("50%")),
        ("shape", json!([1, 576, 4096])),
    ] {
        bounds[key]["examples"] = json!([example]);
    }
    bounds["severity"]["description"] =
        "How bad it is if it does not hold; an error, which fails the check, if not given.".into();
    bounds["severity"]["default"] = json!(Severity::default());
    bounds
}

/// What cannot be said together.
fn contradictions() -> Vec<Value> {
    let pairs = [
        ("value", "min"),
        ("value", "max"),
        ("shape", "value"),
        ("shape", "min"),
        ("shape", "max"),
        ("shape", "max_fraction_of_context"),
    ];
    let both =
        |(a, b): (&str, &str)| json!({"required": [a, b], "properties": {a: given(), b: given()}});
    let alone = json!({
        "required": ["tolerance"],
        "properties": {"tolerance": given(), "value": {"type": "null"}},
    });
    pairs.into_iter().map(both).chain([alone]).collect()
}

/// Anything but `null`. It stands in rules, from which editors shall not learn what to suggest.
fn given() -> Value {
    json!({"type": ["number", "string", "array"], "doNotSuggest": true})
}

fn number(description: &str) -> Value {
    json!({
        "description": description,
        "type": ["integer", "string"],
        "pattern": NUMBER,
        "patternErrorMessage": "Write a number such as 576, 7.1B, 9.5 TFLOP or 2 GiB.",
    })
}

fn fraction(description: &str) -> Value {
    json!({
        "description": description,
        "type": ["number", "string"],
        "minimum": 0,
        "pattern": FRACTION,
        "patternErrorMessage": "Write a fraction such as 5%, 0.05 or 1/20.",
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
    match &mut schema["type"] {
        Value::Array(types) => types.push("null".into()),
        own => *own = json!([own.take(), "null"]),
    }
    schema
}
