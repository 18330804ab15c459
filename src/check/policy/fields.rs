//! Fields of specs, and numbers of plans, that rules match by.

use std::sync::OnceLock;

use serde_json::Value;

use super::super::unknown::unknown as unknown_number;
use super::file::entry;
use crate::cost::numbers::{Key, SECTIONS, keys};
use crate::diag::{Code, Diagnostic, quote};
use crate::schema::{File, maps};
use crate::spec::{Policy, Spec, canonical_path};
use crate::yaml::Node;

/// A problem for each field that a rule names and no spec has.
pub fn unknown_fields(policy: &Policy, tree: &Node) -> Vec<Diagnostic> {
    let fields = policy.rules.iter().flat_map(|(rule, content)| {
        content.matches.spec.keys().map(move |field| (rule.as_str(), field.as_str()))
    });
    let unknown = fields.filter(|(_, field)| !is_field(&canonical_path(field)));
    let problem = |(rule, field): (&str, &str)| {
        let place = entry(tree, &["rules", rule, "match", "spec", field]);
        let help = "name it by its path in a spec, such as `llm.depth` or `encoder.patch`; \
                    numbers of the plan belong to `plan`";
        Diagnostic::error(Code::UnknownKey, format!("a spec has no field {}", quote(field)))
            .at(place.map_or(tree.span, |entry| entry.key_span), "")
            .help(help)
    };
    unknown.map(problem).collect()
}

/// A problem for each number that a rule matches by and no plan can have. What a stage has depends on
/// the spec, so its paths are not looked at.
pub fn unknown_numbers(policy: &Policy, tree: &Node) -> Vec<Diagnostic> {
    let numbers = policy.rules.iter().flat_map(|(rule, content)| {
        content.matches.plan.keys().map(move |path| (rule.as_str(), path.as_str()))
    });
    let first = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    let sections: Vec<String> = SECTIONS
        .iter()
        .filter(|section| section.compared)
        .map(|section| first(section.path))
        .collect();
    let unknown =
        numbers.filter(|(_, path)| sections.contains(&first(path)) && Key::at(path).is_none());
    let problem = |(rule, path): (&str, &str)| {
        let known: Vec<String> = keys().map(|key| key.path.to_owned()).collect();
        let place = entry(tree, &["rules", rule, "match", "plan", path]);
        unknown_number(path, &known).at(place.map_or(tree.span, |entry| entry.key_span), "")
    };
    unknown.map(problem).collect()
}

/// Whether a spec has a field at this path: one that has its default, or one of a choice.
fn is_field(path: &str) -> bool {
    static PLAIN: OnceLock<Value> = OnceLock::new();
    let plain = PLAIN.get_or_init(|| {
        let spec: Option<Spec> = serde_json::from_str(r#"{"bridge": {"linear": {}}}"#).ok();
        serde_json::to_value(spec.map(|spec| spec.completed())).unwrap_or_default()
    });
    let mut value = plain;
    for (at, key) in path.split('.').enumerate() {
        match value {
            Value::Object(map) => match map.get(key) {
                Some(next) => value = next,
                // The fields of another bridge, and those that are left out where they say nothing.
                None => return at > 0 && (path.starts_with("bridge.") || is_left_out(path)),
            },
            // Below a choice or a section that is not made.
            Value::String(_) | Value::Null => return true,
            _ => return false,
        }
    }
    true
}

/// Whether the schema of specs has a field at this path.
fn is_left_out(path: &str) -> bool {
    let schema = File::Spec.schema();
    let found = path.split('.').try_fold(String::new(), |section, key| {
        let maps = maps(&schema, &section).into_iter();
        let mut fields = maps.map(|map| format!("{map}/properties/{key}"));
        fields.find(|field| schema.pointer(field).is_some())
    });
    found.is_some()
}
