//! Whether a rule is about a spec.

use std::cell::OnceCell;
use std::path::Path;

use serde_json::Value;

use super::super::judge::judge;
use super::super::judgement::Judgement;
use super::folder::below;
use crate::planned::Planned;
use crate::render::lookup;
use crate::spec::{
    Expectation, Match, OneOf, Pattern, Requirement, Scalar, Wanted, canonical_path,
};
use crate::stages::bridge::BridgeSpec;

/// A spec that rules may be about.
pub struct Candidate<'a> {
    /// The file as it was named.
    file: &'a str,
    /// The spec and its plan.
    pub planned: &'a Planned,
    /// The spec as JSON, once a rule asks for a field of it.
    spec: OnceCell<Value>,
}

impl Candidate<'_> {
    /// The spec of a file.
    pub fn new<'a>(file: &'a str, planned: &'a Planned) -> Candidate<'a> {
        Candidate { file, planned, spec: OnceCell::new() }
    }

    /// Whether everything holds that a rule of a policy in this folder asks for.
    pub fn is_matched(&self, rule: &Match, folder: &Path) -> bool {
        let Match { name, file, bridge, spec, plan } = rule;
        let own_bridge = self.planned.loaded.spec.bridge.as_ref().map_or("none", BridgeSpec::name);
        bridge.as_ref().is_none_or(|names| names.0.iter().any(|name| name.0 == own_bridge))
            && any(name, |pattern| pattern.matches(&self.planned.loaded.name))
            && any(file, |pattern| self.is_at(pattern, folder))
            && spec.iter().all(|(path, wanted)| is_wanted(wanted, self.field(path)))
            && plan.iter().all(|(path, wanted)| self.holds(path, wanted))
    }

    /// Whether a pattern means the file, from here or from a folder.
    fn is_at(&self, pattern: &glob::Pattern, folder: &Path) -> bool {
        let options =
            glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
        pattern.matches_with(self.file, options)
            || pattern.matches_with(&below(folder, self.file), options)
    }

    fn field(&self, path: &str) -> Option<&Value> {
        let spec = || serde_json::to_value(self.planned.report.spec()).unwrap_or_default();
        lookup(self.spec.get_or_init(spec), &canonical_path(path))
    }

    fn holds(&self, path: &str, wanted: &Expectation) -> bool {
        matches!(judge(path, wanted, &self.planned.report), Judgement::Holds(..))
    }
}

/// Whether one of some patterns passes a test; without any, whether there is nothing to test.
fn any(patterns: &Option<OneOf<Pattern>>, test: impl Fn(&glob::Pattern) -> bool) -> bool {
    patterns.as_ref().is_none_or(|patterns| patterns.0.iter().any(|pattern| test(&pattern.0)))
}

/// Whether a field of a spec is what a rule wants.
fn is_wanted(wanted: &Wanted, found: Option<&Value>) -> bool {
    match wanted {
        Wanted::OneOf(scalars) => scalars.iter().any(|scalar| is_scalar(scalar, found)),
        Wanted::Within(bounds) => {
            let number = found.and_then(|value| value.as_number()?.as_i128());
            number.is_some_and(|number| bounds.all.iter().all(|bound| is_within(number, bound)))
        }
    }
}

/// Whether a field is a single value. A choice with content is written as its name.
fn is_scalar(scalar: &Scalar, found: Option<&Value>) -> bool {
    match (scalar, found) {
        (Scalar::Null, found) => found.is_none_or(Value::is_null),
        (Scalar::Bool(wanted), Some(Value::Bool(found))) => wanted == found,
        (Scalar::Number(wanted), Some(Value::Number(found))) => found.as_i128() == Some(*wanted),
        (Scalar::Text(wanted), Some(Value::String(found))) => wanted == found,
        (Scalar::Text(wanted), Some(Value::Object(found))) => {
            found.len() == 1 && found.contains_key(wanted)
        }
        _ => false,
    }
}

fn is_within(number: i128, bound: &Requirement) -> bool {
    bound.range(None).is_some_and(|(least, most)| (least..=most).contains(&number))
}
