//! Keys that say a field in another way, such as `mlp_ratio` for `mlp_width`.

use serde_json::{Value, json};

use super::conveniences::given;
use super::names::{add_to, maps_of_section};
use super::walk::Object;
use crate::spec::{Converted, ConvertedKind};

/// Adds every key beside the others of its section: accepted, but not what an editor suggests.
pub(super) fn add(root: &mut Value, all: &[Converted]) {
    for converted in all {
        let field = converted.fields.first().copied().unwrap_or_default();
        let (section, name) = field.rsplit_once('.').unwrap_or(("", field));
        let target = maps_of_section(root, section).into_iter().next();
        let target = format!("#{}/properties/{name}", target.unwrap_or_default());
        for pointer in maps_of_section(root, converted.section) {
            let Some(Value::Object(map)) = root.pointer_mut(&pointer) else { continue };
            if section == converted.section {
                // Beside the field itself it is refused.
                add_to(map, &pointer, name, &[converted.key]);
                or_given(map, name, converted.key);
            }
            insert(map, converted, &target);
        }
    }
}

/// Where a field must be given, or one of several: it may be said by a key.
fn or_given(map: &mut Object, name: &str, key: &str) {
    let rules = map.get_mut("allOf").and_then(Value::as_array_mut);
    for rule in rules.into_iter().flatten().filter_map(Value::as_object_mut) {
        for (_, forms) in rule.iter_mut() {
            let Value::Array(forms) = forms else { continue };
            if forms.iter().any(|form| form["required"][0] == name) {
                forms.push(given(key));
            }
        }
    }
}

fn insert(map: &mut Object, converted: &Converted, target: &str) {
    let fields: Vec<String> = converted.fields.iter().map(|field| format!("`{field}`")).collect();
    let mut field = json!({
        "description": format!("Another way to say {}.", fields.join(" and ")),
        "deprecated": true,
        "doNotSuggest": true,
    });
    match converted.kind {
        ConvertedKind::Switch => {
            field["type"] = json!(["boolean", "null"]);
            field["examples"] = json!([false]);
        }
        ConvertedKind::Number | ConvertedKind::RatioToWidth => {
            field["type"] = json!(["number", "null"]);
            field["examples"] = json!([1]);
        }
        ConvertedKind::Name(example) => {
            field["type"] = json!(["string", "null"]);
            field["examples"] = json!([example]);
        }
        ConvertedKind::Same => field["allOf"] = json!([{"$ref": target}]),
    }
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.insert(converted.key.to_owned(), field);
    }
    if converted.kind == ConvertedKind::RatioToWidth {
        let needed = map.entry("dependentRequired").or_insert_with(|| json!({}));
        needed[converted.key] = json!(["width"]);
    }
}
