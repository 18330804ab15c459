//! What changed in the design, field by field.

use serde_json::{Map, Value};

use super::delta::deltas;
use super::describe::describe;
use super::plan::Plan;
use super::replan::{replan, with};
use super::side::Side;
use super::stages::stages;
use crate::render::DEFAULT_DEPTH;
use crate::stages::decoder::Logits;

/// A field of the design that is not what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its path in a spec; `logits` for where logits are computed.
    pub path: String,
    /// What it was.
    pub old: Value,
    /// What it is.
    pub new: Value,
    /// What it was and is, for people: `linear`, `mlp (depth 3)`.
    pub words: [String; 2],
}

/// Every change of the design. A value that one side writes down and the other leaves to follow
/// from the rest is no change where it means the same.
pub fn changes(base: &Side, head: &Side) -> Vec<Change> {
    let mut changes = Vec::new();
    let [old, new] = [base, head].map(|side| side.plan.logits());
    if old != new {
        let words = [old, new].map(str::to_owned);
        let (path, old, new) = ("logits".to_owned(), old.into(), new.into());
        changes.push(Change { path, old, new, words });
    }
    let (Some(old), Some(new)) = (&base.design, &head.design) else { return changes };
    let mut fields = Vec::new();
    differences("", old, new, &mut fields);
    for (path, before, after) in fields {
        let same = match (before.is_null(), after.is_null()) {
            (true, false) => follows(new, &path),
            (false, true) => follows(old, &path),
            _ => false,
        };
        if path != "name" && !same {
            let words = [describe(old, &path, before), describe(new, &path, after)];
            changes.push(Change { old: before.clone(), new: after.clone(), path, words });
        }
    }
    changes
}

/// The paths at which two values differ, and what stands there. A choice that became another
/// (`{linear: …}` and `{mlp: …}`) differs as a whole.
fn differences<'v>(
    path: &str,
    old: &'v Value,
    new: &'v Value,
    found: &mut Vec<(String, &'v Value, &'v Value)>,
) {
    let other_choice = |a: &Map<String, Value>, b: &Map<String, Value>| {
        a.len() == 1 && b.len() == 1 && a.keys().next() != b.keys().next()
    };
    match (old, new) {
        (old, new) if old == new => {}
        (Value::Object(a), Value::Object(b)) if !other_choice(a, b) => {
            let gone = a.keys().filter(|key| !b.contains_key(*key));
            for key in b.keys().chain(gone) {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let [old, new] = [a, b].map(|map| map.get(key).unwrap_or(&Value::Null));
                differences(&below, old, new, found);
            }
        }
        _ => found.push((path.to_owned(), old, new)),
    }
}

/// Whether a design is the same without the value at a path, which then follows from the rest: the
/// head size of a width and its heads, for one.
fn follows(design: &Value, path: &str) -> bool {
    let plan = |design: &Value| {
        let report = replan(design, Logits::All)?;
        Some(Plan::Made(report.into(), DEFAULT_DEPTH))
    };
    let shorter = with(design, path, Value::Null);
    plan(design)
        .zip(plan(&shorter))
        .is_some_and(|(a, b)| deltas(&a, &b).is_empty() && stages(&a, &b).is_empty())
}
