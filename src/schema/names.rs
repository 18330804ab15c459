//! Other names of fields, such as Hugging Face's `hidden_size` for `width`.

use serde_json::{Map, Value, json};

use super::walk::{Object, count_refs, maps};
use crate::yaml::Alias;

/// Adds every other name beside its field: accepted, but not what an editor suggests. A name whose
/// field its section does not have is left out.
pub(super) fn add(root: &mut Value, aliases: &[Alias]) {
    let mut groups: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for &Alias { section, alias, canonical } in aliases {
        let of_field =
            |group: &&mut (&str, &str, Vec<&str>)| (group.0, group.1) == (section, canonical);
        match groups.iter_mut().find(of_field) {
            Some((.., others)) => others.push(alias),
            None => groups.push((section, canonical, vec![alias])),
        }
    }
    for (section, name, others) in groups {
        for pointer in maps_of_section(root, section) {
            if let Some(Value::Object(map)) = root.pointer_mut(&pointer) {
                add_to(map, &pointer, name, &others);
            }
        }
    }
}

/// Adds the other names of one field of a map. Two names of it together are refused.
pub(super) fn add_to(map: &mut Object, pointer: &str, name: &str, others: &[&str]) {
    let Some(Value::Object(properties)) = map.get_mut("properties") else { return };
    if !properties.contains_key(name) {
        return;
    }
    for other in others {
        let field = json!({
            "description": format!("Another name of `{name}`."),
            // Beside a bare `$ref` editors would not see the next two.
            "allOf": [{"$ref": format!("#{pointer}/properties/{name}")}],
            "deprecated": true,
            // What editors built on VS Code's language services know instead of `deprecated`.
            "doNotSuggest": true,
        });
        properties.insert((*other).to_owned(), field);
    }
    if drop_required(map, name) {
        let one = std::iter::once(&name).chain(others).map(|name| json!({"required": [name]}));
        let one: Vec<Value> = one.collect();
        push(map, "allOf", json!({"oneOf": one}));
    } else if !extend_choice(map, name, others) {
        let rivals: Vec<&str> = std::iter::once(name).chain(others.iter().copied()).collect();
        let pairs: Map<String, Value> = others
            .iter()
            .enumerate()
            .map(|(at, other)| {
                let refused = rivals[..=at].iter().map(|rival| ((*rival).to_owned(), json!(false)));
                ((*other).to_owned(), json!({"properties": refused.collect::<Object>()}))
            })
            .collect();
        match map.get_mut("dependentSchemas") {
            Some(Value::Object(known)) => known.extend(pairs),
            _ => drop(map.insert("dependentSchemas".to_owned(), pairs.into())),
        }
    }
}

/// Takes a name out of those that are required. Whether it was among them.
fn drop_required(map: &mut Object, name: &str) -> bool {
    let Some(Value::Array(required)) = map.get_mut("required") else { return false };
    let before = required.len();
    required.retain(|known| known != name);
    let (found, is_empty) = (required.len() < before, required.is_empty());
    if is_empty {
        map.remove("required");
    }
    found
}

/// If exactly one of several fields must be given: it may be given under another name. Whether so.
fn extend_choice(map: &mut Object, name: &str, others: &[&str]) -> bool {
    let Some(Value::Array(choices)) = map.get_mut("oneOf") else { return false };
    let Some(own) = choices.iter().find(|choice| choice["required"][0] == name) else {
        return false;
    };
    let content = own["properties"][name].clone();
    let renamed = others.iter().map(
        |other| json!({"required": [other], "properties": {(*other).to_owned(): content.clone()}}),
    );
    let renamed: Vec<Value> = renamed.collect();
    choices.extend(renamed);
    true
}

pub(super) fn push(map: &mut Object, keyword: &str, schema: Value) {
    match map.get_mut(keyword) {
        Some(Value::Array(list)) => list.push(schema),
        _ => drop(map.insert(keyword.to_owned(), json!([schema]))),
    }
}

/// Where the maps of a section are described. A definition that other sections share is copied for
/// this one first, since the names are its own.
pub(super) fn maps_of_section(root: &mut Value, section: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    for key in section.split('.').filter(|key| !key.is_empty()) {
        let maps = fields.iter().flat_map(|field| maps(root, field));
        let below = maps.map(|map| format!("{map}/properties/{key}"));
        fields = below.filter(|field| root.pointer(field).is_some()).collect();
    }
    fields.iter().for_each(|field| own_definition(root, field, section));
    fields.iter().flat_map(|field| maps(root, field)).collect()
}

/// Gives a field whose definition is shared a copy of its own, named after the section.
fn own_definition(root: &mut Value, field: &str, section: &str) {
    let Some(target) = root.pointer(field).and_then(|field| field["$ref"].as_str()) else { return };
    let Some(pointer) = target.strip_prefix('#').filter(|_| count_refs(root, target) > 1) else {
        return;
    };
    let Some(copy) = root.pointer(pointer).cloned() else { return };
    root["$defs"][section] = copy;
    if let Some(field) = root.pointer_mut(field) {
        field["$ref"] = format!("#/$defs/{section}").into();
    }
}
