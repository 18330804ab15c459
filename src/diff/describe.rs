//! A value of a design in words.

use serde_json::Value;

use super::replan::with;
use crate::spec::Spec;
use crate::units::exact;

/// Fields that are said even where they have their default: how large something is.
const ALWAYS: [&str; 1] = ["depth"];

/// The value at a path of a design: `5,120`, `not given`, `mlp (depth 2, norm layernorm)`. Of a
/// choice with fields, those that differ from its defaults.
pub fn describe(design: &Value, path: &str, value: &Value) -> String {
    match value {
        Value::Null => "not given".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        // A negative number as it is typed.
        Value::Number(number) => match number.as_i128().filter(|number| *number >= 0) {
            Some(number) => exact(number),
            None => number.to_string(),
        },
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| describe(design, "", item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(fields) => {
            let mut entries = fields.iter();
            match (entries.next(), entries.next()) {
                // A choice and its fields.
                (Some((name, content @ Value::Object(_))), None) => {
                    match describe(design, &format!("{path}.{name}"), content) {
                        said if said.is_empty() => name.clone(),
                        said => format!("{name} ({said})"),
                    }
                }
                _ => said_fields(design, path, value),
            }
        }
    }
}

/// `depth 2, norm layernorm`: the fields that are not at their defaults.
fn said_fields(design: &Value, path: &str, value: &Value) -> String {
    let Some(fields) = value.as_object() else { return String::new() };
    let said = fields.iter().filter(|(field, value)| {
        let always = ALWAYS.contains(&field.as_str());
        !value.is_null() && (always || !is_default(design, path, value_without(fields, field)))
    });
    let words = |(field, value): (&String, &Value)| {
        let words = describe(design, &format!("{path}.{field}"), value);
        let words = if value.is_object() && words.contains(' ') && !words.ends_with(')') {
            format!("({words})")
        } else {
            words
        };
        if words.is_empty() { field.clone() } else { format!("{field} {words}") }
    };
    said.map(words).collect::<Vec<_>>().join(", ")
}

fn value_without(fields: &serde_json::Map<String, Value>, field: &str) -> Value {
    let rest = fields.iter().filter(|(key, _)| *key != field);
    Value::Object(rest.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Whether a design says nothing else if the value at a path is this one, with a field less.
fn is_default(design: &Value, path: &str, shorter: Value) -> bool {
    let shorter = with(design, path, shorter);
    let again =
        serde_json::from_value::<Spec>(shorter).map(|spec| serde_json::json!(spec.completed()));
    again.is_ok_and(|again| again == *design)
}
