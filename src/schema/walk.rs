//! Ways through a schema.

use serde_json::{Map, Value};

/// A schema that is an object, and not `true` or `false`.
pub(super) type Object = Map<String, Value>;

/// Keywords whose value is a schema.
const ONE: [&str; 3] = ["additionalProperties", "items", "not"];
/// Keywords whose value is a list of schemas.
const LISTS: [&str; 3] = ["anyOf", "oneOf", "allOf"];
/// Keywords whose value is a map of schemas.
const MAPS: [&str; 2] = ["properties", "$defs"];

/// Does something to every schema of a schema, the innermost first.
pub(super) fn each(schema: &mut Value, change: &mut impl FnMut(&mut Object)) {
    let Value::Object(object) = schema else { return };
    for (keyword, value) in object.iter_mut() {
        match value {
            _ if ONE.contains(&keyword.as_str()) => each(value, change),
            Value::Array(items) if LISTS.contains(&keyword.as_str()) => {
                items.iter_mut().for_each(|item| each(item, change));
            }
            Value::Object(map) if MAPS.contains(&keyword.as_str()) => {
                map.values_mut().for_each(|value| each(value, change));
            }
            _ => {}
        }
    }
    change(object);
}

/// The schema that a `$ref` leads to, or the first form of one that may be `null` too, or the
/// schema itself.
pub fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let form = match schema["anyOf"].as_array().map(Vec::as_slice) {
        Some([form, null]) if null["type"] == "null" => form,
        _ => schema,
    };
    let target = form["$ref"].as_str().and_then(|target| root.pointer(target.strip_prefix('#')?));
    target.unwrap_or(form)
}

/// Whether a schema is about maps and nothing else.
pub(super) fn is_map(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
}

/// Where the maps are that a schema describes: itself, or its alternatives, through references.
pub fn maps(root: &Value, pointer: &str) -> Vec<String> {
    let Some(schema) = root.pointer(pointer) else { return Vec::new() };
    let mut found = Vec::new();
    // Without the second it is a rule about fields together.
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_some() {
        found.push(pointer.to_owned());
    }
    if let Some(target) = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
        found.extend(maps(root, target));
    }
    for at in 0..schema["anyOf"].as_array().map_or(0, Vec::len) {
        found.extend(maps(root, &format!("{pointer}/anyOf/{at}")));
    }
    found
}

/// Where the items are of a list that a schema describes, through references.
pub fn items(root: &Value, pointer: &str) -> Option<String> {
    let schema = root.pointer(pointer)?;
    match schema["$ref"].as_str().and_then(|target| target.strip_prefix('#')) {
        Some(target) => items(root, target),
        None => schema["items"].is_object().then(|| format!("{pointer}/items")),
    }
}

/// How many times a schema refers to a target.
pub(super) fn count_refs(schema: &Value, target: &str) -> usize {
    match schema {
        Value::String(text) => usize::from(text == target),
        Value::Array(items) => items.iter().map(|item| count_refs(item, target)).sum(),
        Value::Object(map) => map.values().map(|value| count_refs(value, target)).sum(),
        _ => 0,
    }
}
