//! Which change of the design moved a number.

use serde_json::Value;

use super::design::{Change, replan, with};
use super::side::Side;
use crate::render::json_value;

/// The most changes that are tried.
const MOST: usize = 64;

/// The change that raises a number most: without it, the head would have the least of it. Where
/// none does so by itself, the first.
pub fn culprit<'a>(changes: &'a [Change], head: &Side, path: &str) -> Option<&'a Change> {
    let (design, planned) = (head.design.as_ref()?, head.planned.as_ref()?);
    let now = head.number(path).and_then(|number| number.value());
    let without = |change: &Change| {
        let design = undone(design, change)?;
        let report = replan(&design, planned.report.logits)?;
        let plan = Side::saved(String::new(), json_value(&report, head.depth()));
        plan.number(path)?.value()
    };
    let tried = changes.iter().take(MOST).filter_map(|change| Some((without(change)?, change)));
    let least = tried.filter(|(number, _)| now.is_none_or(|now| *number < now));
    least.min_by_key(|(number, _)| *number).map(|(_, change)| change).or_else(|| changes.first())
}

/// The design without a change.
fn undone(design: &Value, change: &Change) -> Option<Value> {
    let undone = with(design, &change.path, change.old.clone());
    (undone != *design).then_some(undone)
}
