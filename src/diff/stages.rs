//! What became of each stage.

use std::collections::HashMap;

use serde_json::Value;

use super::numbers::Delta;
use super::side::Side;
use crate::cost::MEASURES;

/// A stage that is not what it was.
#[derive(Clone, Debug)]
pub struct StageDelta {
    /// Its path: `llm.blocks`.
    pub path: String,
    /// How deep it stands; components are 0.
    pub depth: usize,
    /// Whether both sides have it.
    pub state: StageState,
    /// Its numbers that changed, by the names of their measures.
    pub numbers: Vec<Delta>,
    /// The shape of what it makes, before and after, where that changed.
    pub output: Option<[Value; 2]>,
}

/// Which sides have a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageState {
    /// Both.
    Changed,
    /// Only the head.
    Added,
    /// Only the base.
    Removed,
}

/// The stages that changed, in the order of the head; those that are gone stand where they were.
pub fn stages(base: &Side, head: &Side) -> Vec<StageDelta> {
    let depth = base.depth().min(head.depth());
    let [old, new] = [base, head].map(|side| rows(side, depth));
    let before: HashMap<_, _> = old.iter().map(|row| (row.key(), row)).collect();
    let after: HashMap<_, _> = new.iter().map(|row| (row.key(), row)).collect();
    let mut gone = old.iter().enumerate().filter(|(_, row)| !after.contains_key(&row.key()));
    let mut next_gone = gone.next();
    let mut found = Vec::new();
    for row in &new {
        let was = before.get(&row.key()).copied();
        while let (Some(was), Some((at, _))) = (was, next_gone)
            && at < was.order
        {
            found.extend(next_gone.and_then(|(_, row)| difference(base, head, Some(row), None)));
            next_gone = gone.next();
        }
        found.extend(difference(base, head, was, Some(row)));
    }
    let rest = next_gone.into_iter().chain(gone);
    found.extend(rest.filter_map(|(_, row)| difference(base, head, Some(row), None)));
    found
}

/// A row of the plan's stages.
struct Row<'a> {
    /// Its number among the rows that are compared.
    order: usize,
    /// Its number in the plan.
    at: usize,
    path: &'a str,
    /// Its number among those of the same path.
    nth: usize,
    depth: usize,
    value: &'a Value,
}

impl<'a> Row<'a> {
    fn key(&self) -> (&'a str, usize) {
        (self.path, self.nth)
    }
}

fn rows(side: &Side, depth: usize) -> Vec<Row<'_>> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let stages = side.numbers().get("stages").and_then(Value::as_array);
    let mut rows = Vec::new();
    for (at, value) in stages.map_or(&[][..], Vec::as_slice).iter().enumerate() {
        let own = value["depth"].as_u64().and_then(|own| usize::try_from(own).ok());
        let (Some(path), Some(own)) = (value["path"].as_str(), own) else { continue };
        if own <= depth {
            let count = seen.entry(path).or_default();
            rows.push(Row { order: rows.len(), at, path, nth: *count, depth: own, value });
            *count += 1;
        }
    }
    rows
}

fn difference(
    base: &Side,
    head: &Side,
    old: Option<&Row>,
    new: Option<&Row>,
) -> Option<StageDelta> {
    let state = match (old, new) {
        (Some(_), Some(_)) => StageState::Changed,
        (None, _) => StageState::Added,
        (_, None) => StageState::Removed,
    };
    let row = new.or(old)?;
    let number = |side: &Side, row: Option<&Row>, measure: &str| {
        let row = row?;
        row.value.get(measure)?;
        Some(side.read(&format!("stages.{}.{measure}.value", row.at)))
    };
    let delta = |measure: &str| {
        Delta::between(measure, number(base, old, measure), number(head, new, measure))
    };
    let numbers: Vec<Delta> = MEASURES.into_iter().filter_map(|m| delta(m.key())).collect();
    let shape =
        |row: Option<&Row>| row.map_or(Value::Null, |row| row.value["output"]["shape"].clone());
    let output = [shape(old), shape(new)];
    let output = (output[0] != output[1]).then_some(output);
    let changed = state != StageState::Changed || !numbers.is_empty() || output.is_some();
    let (path, depth) = (row.path.to_owned(), row.depth);
    changed.then_some(StageDelta { path, depth, state, numbers, output })
}
