//! What the decoder of [`crate::yaml`] accepts beyond what `serde` says of the types.

use serde_json::{Value, json};

use super::names::push;
use super::walk::{Object, each, is_map, resolve};

/// Where the types say the other names of a choice, since `serde` tells nobody.
const OTHER_NAMES: &str = "x-other-names";
/// Where the types say that a choice refuses fields of its content.
const WITHOUT: &str = "x-without";
/// Where the types say that one of several fields must be given.
const EXACTLY_ONE: &str = "x-exactly-one";
/// Where the types say that of several fields one or more must be given.
const AT_LEAST_ONE: &str = "x-at-least-one";

/// Adds to the choices of an enum their other names, and that a choice without content may have an
/// empty one, `norm: {rmsnorm: }`.
pub(super) fn choices(schema: &mut Object) {
    let Some(Value::Array(choices)) = schema.remove("oneOf") else { return };
    let mut forms = Vec::new();
    let mut others = Vec::new();
    for mut choice in choices {
        let names = choice.as_object_mut().and_then(|choice| choice.remove(OTHER_NAMES));
        let own = choice.get("const").cloned();
        forms.push(choice);
        for other in names.as_ref().and_then(Value::as_array).into_iter().flatten() {
            let own = own.as_ref().and_then(Value::as_str).unwrap_or_default();
            others.push(json!({
                "const": other,
                "description": format!("Another name of `{own}`."),
                "deprecated": true,
            }));
        }
    }
    forms.append(&mut others);
    let bare: Vec<Value> = forms.iter().filter_map(|form| form.get("const").cloned()).collect();
    if !bare.is_empty() {
        forms.push(json!({
            "description": "The name as a key, with nothing after it.",
            "deprecated": true,
            "type": "object",
            "propertyNames": {"enum": bare},
            "additionalProperties": {"type": ["null", "object"], "maxProperties": 0},
            "minProperties": 1,
            "maxProperties": 1,
        }));
    }
    schema.insert("anyOf".to_owned(), forms.into());
}

/// A choice that refuses some fields of its content gets a description of its own, without them.
pub(super) fn without(root: &mut Value) {
    let whole = root.clone();
    let mut own = Object::new();
    each(root, &mut |schema| {
        let Some(Value::Array(refused)) = schema.remove(WITHOUT) else { return };
        let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
        for (name, content) in properties.iter_mut() {
            let mut described = resolve(&whole, content).clone();
            if let Some(Value::Object(fields)) = described.get_mut("properties") {
                fields.retain(|field, _| !refused.iter().any(|refused| refused == field));
            }
            let definition = format!("{name}-after-a-bridge");
            *content = json!({"$ref": format!("#/$defs/{definition}")});
            own.insert(definition, described);
        }
    });
    if let Some(Value::Object(definitions)) = root.get_mut("$defs") {
        definitions.extend(own);
    }
}

/// A choice whose content has defaults throughout may stand as its bare name.
pub(super) fn bare_names(root: &mut Value) {
    let whole = root.clone();
    each(root, &mut |schema| {
        let Some(Value::Array(forms)) = schema.get_mut("anyOf") else { return };
        let mut bare = Vec::new();
        for form in forms.iter_mut().filter(|form| is_map(form)) {
            let description = form.get("description").cloned().unwrap_or_default();
            let needs_one = form["required"].as_array().is_some_and(|names| names.len() == 1);
            let Some(Value::Object(properties)) = form.get_mut("properties") else { continue };
            if !needs_one || properties.len() != 1 {
                continue;
            }
            for (name, content) in properties.iter_mut() {
                let forms = content["anyOf"].as_array().into_iter().flatten();
                let mut forms = forms.map(|form| resolve(&whole, form));
                let is_open = forms.any(|form| form["type"] == "null" || may_be_empty(form));
                if is_open || may_be_empty(resolve(&whole, content)) {
                    bare.push(json!({"const": name, "description": description}));
                }
                content["description"] = description.clone();
            }
            // The same as `required`, for which editors offer every choice a second time.
            if let Some(form) = form.as_object_mut() {
                form.remove("required");
                form.insert("minProperties".to_owned(), 1.into());
            }
        }
        forms.splice(0..0, bare);
    });
}

/// A section with nothing after its key is an empty one.
pub(super) fn empty_sections(root: &mut Value) {
    let mut change = |schema: &mut Value| {
        if may_be_empty(schema) {
            schema["type"] = json!(["object", "null"]);
        }
    };
    if let Some(Value::Object(definitions)) = root.get_mut("$defs") {
        definitions.values_mut().for_each(&mut change);
    }
    each(root, &mut |schema| {
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.values_mut().for_each(&mut change);
        }
    });
    each(root, &mut exactly_one);
}

/// Whether an empty map is a value.
fn may_be_empty(schema: &Value) -> bool {
    is_map(schema) && schema.get("required").is_none() && schema.get(EXACTLY_ONE).is_none()
}

fn exactly_one(schema: &mut Object) {
    let Some(Value::Array(names)) = schema.remove(EXACTLY_ONE) else { return };
    let given = |name: &Value| given(name.as_str().unwrap_or_default());
    schema.insert("oneOf".to_owned(), names.iter().map(given).collect());
}

/// Of fields by any of their names, one must be given.
pub(super) fn at_least_one(schema: &mut Object) {
    let Some(Value::Array(names)) = schema.remove(AT_LEAST_ONE) else { return };
    let Some(Value::Object(properties)) = schema.get("properties") else { return };
    let means = |field: &Value, name: &Value| {
        let target = field["allOf"][0]["$ref"].as_str().unwrap_or_default();
        name.as_str().is_some_and(|name| target.ends_with(&format!("/properties/{name}")))
    };
    let is_one = |(own, field): &(&String, &Value)| {
        names.iter().any(|name| name.as_str() == Some(own) || means(field, name))
    };
    let rule: Vec<Value> = properties.iter().filter(is_one).map(|(own, _)| given(own)).collect();
    push(schema, "allOf", json!({"anyOf": rule}));
}

/// A field is given, and not as nothing.
pub(super) fn given(name: &str) -> Value {
    // It is a rule, from which editors shall not learn what to suggest.
    let given = json!({"not": {"type": "null"}, "doNotSuggest": true});
    json!({"required": [name], "properties": {name: given}})
}
