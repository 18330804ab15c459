//! What the schema of a section asks for and offers.

use serde_json::Value;

/// The fields that a map needs, each by its own name.
pub(super) fn required(map: &Value) -> impl Iterator<Item = &str> {
    let rules = map["allOf"].as_array().into_iter().flatten();
    // Where another name will do: one of several.
    let first_of = rules.map(|rule| &rule["oneOf"][0]["required"][0]);
    map["required"].as_array().into_iter().flatten().chain(first_of).filter_map(Value::as_str)
}

/// The fields of which a map needs exactly one.
pub(super) fn alternatives(map: &Value) -> impl Iterator<Item = &str> {
    let forms = map["oneOf"].as_array().into_iter().flatten();
    forms.filter_map(|form| form["required"][0].as_str())
}

/// The names of the choices that a schema offers, but for other names of them.
pub(super) fn choices(schema: &Value) -> impl Iterator<Item = &str> {
    let forms = schema["anyOf"].as_array().into_iter().flatten();
    forms.filter(|form| !is_other_name(form)).filter_map(|form| form["const"].as_str())
}

/// Whether a schema is that of another name of a field or choice.
pub(super) fn is_other_name(field: &Value) -> bool {
    field["deprecated"] == true
}
