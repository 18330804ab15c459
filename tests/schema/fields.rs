//! The fields of the schema against those of the tool, one by one.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Map, Value, json};
use vlmcalc::internals::schema::File;
use vlmcalc::internals::spec::Spec;

use super::{accepts, decode, validator};

/// A map that a schema describes.
struct Place<'a> {
    schema: &'a Value,
    /// Puts a map into a whole spec.
    wrap: Box<dyn Fn(Value) -> Value + 'a>,
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema.get("$ref").or_else(|| schema["allOf"].get(0)?.get("$ref"));
    match target {
        Some(target) => resolve(root, root.pointer(&target.as_str().unwrap()[1..]).unwrap()),
        None => schema,
    }
}

/// A field of an MLP that the decoder reads in a projection after another bridge, so that the design
/// can say why it is refused there; the schema does not offer it.
const REFUSED_AFTER_A_BRIDGE: &str = "image_newline";

/// Fields of several towers side by side, or of one among them, which the decoder reads in both.
const OF_SEVERAL_TOWERS: [&str; 4] = ["behind", "image", "join", "towers"];

fn is_other_name(field: &Value) -> bool {
    field["deprecated"] == true
}

/// All maps of the schema under their real names, but not those of expectations.
fn places<'a>(
    root: &'a Value,
    schema: &'a Value,
    wrap: Box<dyn Fn(Value) -> Value + 'a>,
) -> Vec<Place<'a>> {
    places_below(root, schema, wrap, &mut Vec::new())
}

/// Those of a schema that stands in these others. One that stands in itself, as steps do, is visited
/// once.
fn places_below<'a>(
    root: &'a Value,
    schema: &'a Value,
    wrap: Box<dyn Fn(Value) -> Value + 'a>,
    around: &mut Vec<*const Value>,
) -> Vec<Place<'a>> {
    let wrap = Rc::new(wrap);
    let mut found = Vec::new();
    let schema = resolve(root, schema);
    if around.contains(&std::ptr::from_ref(schema)) {
        return found;
    }
    around.push(schema);
    for form in schema["anyOf"].as_array().into_iter().flatten() {
        let wrap = wrap.clone();
        found.extend(places_below(root, form, Box::new(move |value| wrap(value)), around));
    }
    if schema["items"].is_object() {
        let wrap = wrap.clone();
        let wrap = Box::new(move |item| wrap(json!([item])));
        found.extend(places_below(root, &schema["items"], wrap, around));
    }
    let Some(properties) = schema["properties"].as_object() else {
        around.pop();
        return found;
    };
    for (name, field) in
        properties.iter().filter(|(name, field)| *name != "expect" && !is_other_name(field))
    {
        let wrap = wrap.clone();
        let wrap = Box::new(move |value| {
            let mut map = required(root, schema, name);
            map.insert(name.clone(), value);
            wrap(map.into())
        });
        found.extend(places_below(root, field, wrap, around));
    }
    around.pop();
    found.push(Place { schema, wrap: Box::new(move |value| wrap(value)) });
    found
}

/// The fields that a map needs, but for one that is given.
fn required(root: &Value, schema: &Value, given: &str) -> Map<String, Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut names: Vec<Value> = list(&schema["required"]);
    let mut choices = vec![list(&schema["oneOf"])];
    for all in list(&schema["allOf"]) {
        choices.extend([list(&all["oneOf"]), list(&all["anyOf"])]);
    }
    for choice in choices.iter().filter(|choice| !choice.is_empty()) {
        if !choice.iter().any(|form| form["required"][0] == given) {
            names.push(choice[0]["required"][0].clone());
        }
    }
    let names = names.iter().map(|name| name.as_str().unwrap()).filter(|name| *name != given);
    names.map(|name| (name.to_owned(), sample(root, &schema["properties"][name]))).collect()
}

/// A value that a schema accepts.
fn sample(root: &Value, schema: &Value) -> Value {
    for keyword in ["const", "default"] {
        if let Some(value) = schema.get(keyword) {
            return value.clone();
        }
    }
    for keyword in ["examples", "enum"] {
        if let Some(value) = schema[keyword].get(0) {
            return value.clone();
        }
    }
    if !std::ptr::eq(resolve(root, schema), schema) {
        return sample(root, resolve(root, schema));
    }
    if let Some(form) = schema["anyOf"].get(0) {
        return sample(root, form);
    }
    let kind = if schema["type"].is_array() { &schema["type"][0] } else { &schema["type"] };
    match kind.as_str() {
        Some("boolean") => true.into(),
        Some("integer" | "number") => 1.into(),
        Some("string") => "x".into(),
        Some("object") => {
            let mut map = required(root, schema, "");
            // A choice with settings is a map of one key.
            if map.is_empty() && schema["minProperties"] == 1 {
                let first = schema["properties"].as_object().and_then(|all| all.iter().next());
                map.extend(first.map(|(name, field)| (name.clone(), sample(root, field))));
            }
            map.into()
        }
        Some("array") => json!([sample(root, &schema["items"])]),
        _ => panic!("no sample of {schema}"),
    }
}

#[test]
fn every_field_of_the_schema_is_one_of_the_tool_and_the_other_way_round() {
    let schema = File::Spec.schema();
    let validator = validator();
    let (mut fields, mut maps) = (0, 0);
    for place in places(&schema, &schema, Box::new(|value| value)) {
        let properties = place.schema["properties"].as_object().unwrap();
        for (name, field) in properties {
            let mut map = required(&schema, place.schema, name);
            map.insert(name.clone(), sample(&schema, field));
            for beside in place.schema["dependentRequired"][name].as_array().into_iter().flatten() {
                let beside = beside.as_str().unwrap();
                map.insert(beside.to_owned(), sample(&schema, &properties[beside]));
            }
            let spec = (place.wrap)(map.into());
            decode(&spec.to_string()).unwrap_or_else(|e| panic!("{spec}: {e}"));
            accepts(&validator, &spec).unwrap_or_else(|e| panic!("{spec}: {e}"));
            fields += 1;
        }
        let mut map = required(&schema, place.schema, "");
        map.insert("zzz".to_owned(), Value::Null);
        let mut spec = (place.wrap)(map.into());
        assert!(accepts(&validator, &spec).is_err(), "{spec}");
        // JSON's own decoder takes no bare names.
        for (path, name) in [
            ("/bridge", "linear"),
            ("/deepstack/bridge", "linear"),
            ("/video_processor/frame", "smart-resize"),
            ("/encoder/stages/0/block", "convnext"),
            ("/encoder/towers/0/stages/0/block", "convnext"),
        ] {
            let choice = spec.pointer_mut(path).filter(|choice| *choice == name);
            choice.into_iter().for_each(|choice| *choice = json!({name: {}}));
        }
        let error = serde_json::from_value::<Spec>(spec.clone()).unwrap_err().to_string();
        let own = properties
            .iter()
            .filter(|(_, field)| !is_other_name(field))
            .map(|(name, _)| name.as_str());
        let own: BTreeSet<&str> = own.collect();
        let mut known: BTreeSet<&str> = error.split('`').skip(3).step_by(2).collect();
        if !own.contains(REFUSED_AFTER_A_BRIDGE) {
            known.remove(REFUSED_AFTER_A_BRIDGE);
        }
        let is_choice = error.contains("unknown variant `zzz`");
        let is_short_form = own == BTreeSet::from(["height", "width"]);
        // A tower and several of them have one decoder; the schema tells them apart.
        known.retain(|field| own.contains(field) || !OF_SEVERAL_TOWERS.contains(field));
        if !is_choice && !is_short_form {
            assert!(error.contains("unknown field `zzz`"), "{spec}: {error}");
            assert_eq!(own, known, "{error}");
            maps += 1;
        }
    }
    assert!(fields > 150 && maps > 15, "{fields} fields of {maps} maps");
}
