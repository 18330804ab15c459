//! An example of a field, as YAML that plans.

use std::iter;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::field::{ANY, Field, ITEM};
use super::rules::{alternatives, choices, is_other_name, required};
use crate::diag::{Source, Sources};
use crate::pipeline::Pipeline;
use crate::planned;
use crate::schema::{File, resolve};
use crate::spec::{Design, Policy, Spec};
use crate::stages::decoder::Logits;
use crate::yaml;

/// How many fields an example of a section shows.
const SHOWN: usize = 4;

/// A design and its graphs. Nothing if the text is faulty.
pub(super) fn build(text: &str) -> Option<(Design, Pipeline)> {
    planned::build(&decode::<Spec>(text)?, Logits::All, &[]).ok()
}

/// A file of a type; nothing if the text is faulty.
pub(super) fn decode<T: DeserializeOwned>(text: &str) -> Option<T> {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("example", text));
    let tree = yaml::parse(&sources, id).ok()?;
    yaml::decode(&tree, &sources).ok()
}

/// The graphs of a spec; with a bridge if it has none. Nothing if the spec is faulty.
pub(super) fn pipeline(spec: &Value) -> Option<Pipeline> {
    let mut spec = spec.clone();
    spec.as_object_mut()?.entry("bridge").or_insert_with(|| "linear".into());
    build(&spec.to_string()).map(|(_, pipeline)| pipeline)
}

/// A file with the field; of a spec its bridge is left out if that has nothing to do with the field.
/// Nothing if no value that can be thought of is accepted.
pub(super) fn example(root: &Value, field: &Field) -> Option<Value> {
    let value = sample(root, root.pointer(&field.pointer)?);
    let plain = with(root, field, value.clone(), None);
    // The field may need another beside it, or another choice than the one that holds by default.
    let map = field.keys.last().and_then(|(map, _)| root.pointer(map));
    let siblings = map.and_then(|map| map["properties"].as_object()).into_iter().flatten();
    let siblings = siblings.filter(|(_, sibling)| !is_other_name(sibling));
    let values = siblings.flat_map(|(name, sibling)| {
        let choices = choices(resolve(root, sibling)).map(Value::from);
        choices.chain([sample(root, sibling)]).map(move |value| (name.as_str(), value))
    });
    let others = values.map(|beside| with(root, field, value.clone(), Some(beside)));
    iter::once(plain).chain(others).find(|example| match field.file {
        File::Spec => pipeline(example).is_some(),
        File::Policy => decode::<Policy>(&example.to_string()).is_some(),
    })
}

/// A file in which the field has a value, and perhaps another stands beside it.
pub(super) fn with(
    root: &Value,
    field: &Field,
    value: Value,
    mut beside: Option<(&str, Value)>,
) -> Value {
    field.keys.iter().rev().fold(value, |value, (pointer, key)| {
        let mut map = match root.pointer(pointer) {
            Some(list) if key == ITEM => return with_first(list, value),
            Some(map) if key == ANY => {
                return Map::from_iter([(any_key(map, &value), value)]).into();
            }
            Some(map) if !pointer.is_empty() => needed(root, map, key),
            _ => Map::new(), // the whole, whose bridge is not shown
        };
        map.extend(beside.take().map(|(name, value)| (name.to_owned(), value)));
        map.insert(key.clone(), value);
        map.into()
    })
}

/// The example of a list with another first item.
fn with_first(list: &Value, item: Value) -> Value {
    let example = list["examples"][0].as_array().into_iter().flatten();
    std::iter::once(item).chain(example.skip(1).cloned()).collect()
}

/// A key for a value, of those that the map's examples have: one for a shape, one for a number.
fn any_key(map: &Value, value: &Value) -> String {
    let examples = map["examples"].as_array().into_iter().flatten();
    let mut entries = examples.filter_map(|example| example.as_object()?.iter().next());
    let fits = |(_, example): &(&String, &Value)| example.is_array() == value["shape"].is_array();
    entries.find(fits).map_or_else(String::new, |(key, _)| key.clone())
}

/// The fields that a map needs with their values, but for one that is given.
fn needed(root: &Value, map: &Value, given: &str) -> Map<String, Value> {
    let is_chosen = alternatives(map).any(|name| name == given);
    let chosen = alternatives(map).next().filter(|_| !is_chosen);
    let names = required(map).chain(chosen).filter(|name| *name != given);
    names.map(|name| (name.to_owned(), sample(root, &map["properties"][name]))).collect()
}

/// A value that a schema accepts: an example that it names, another than the default, or one made
/// of its parts.
fn sample(root: &Value, schema: &Value) -> Value {
    if let Some(value) = schema["examples"].get(0).or(schema["enum"].get(0)) {
        return value.clone();
    }
    let resolved = resolve(root, schema);
    match schema.get("default") {
        Some(Value::Bool(default)) => return (!default).into(),
        Some(default) => {
            let other = choices(resolved).find(|choice| default != choice);
            return other.map_or_else(|| default.clone(), Value::from);
        }
        None => {}
    }
    if !std::ptr::eq(resolved, schema) {
        return sample(root, resolved);
    }
    if let Some(form) = resolved["anyOf"].get(0) {
        return form.get("const").map_or_else(|| sample(root, form), Value::clone);
    }
    let kind = resolved["type"].get(0).unwrap_or(&resolved["type"]);
    match kind.as_str() {
        Some("boolean") => true.into(),
        Some("object") => section(root, resolved).into(),
        _ => 1.into(),
    }
}

/// What a section needs, and the first of its fields that have an example.
fn section(root: &Value, schema: &Value) -> Map<String, Value> {
    let mut map = needed(root, schema, "");
    let fields = schema["properties"].as_object().into_iter().flatten();
    let more = fields.filter(|(name, field)| {
        let is_plain = field["examples"].is_array() && !is_other_name(field);
        is_plain && !alternatives(schema).any(|other| other == *name)
    });
    for (name, field) in more {
        if map.len() < SHOWN {
            map.entry(name.clone()).or_insert_with(|| sample(root, field));
        }
    }
    map
}

/// A value as YAML, maps in block style.
pub(super) fn yaml(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

/// Whether a text is one in YAML without quotes.
fn is_plain(text: &str) -> bool {
    text.trim() == text
        && !text.is_empty()
        && !text.contains([':', '#', '{', '[', '"', '\'', '<', '\n'])
}

fn write(value: &Value, depth: usize, out: &mut String) {
    for (key, value) in value.as_object().into_iter().flatten() {
        out.extend(iter::repeat_n("  ", depth));
        out.push_str(key);
        match value {
            Value::Object(_) => {
                out.push_str(":\n");
                write(value, depth + 1, out);
            }
            Value::String(text) if is_plain(text) => out.push_str(&format!(": {text}\n")),
            other => out.push_str(&format!(": {}\n", other.to_string().replace(',', ", "))),
        }
    }
}
