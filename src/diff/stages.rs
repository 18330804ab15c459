//! What became of each stage.

use std::collections::HashMap;

use super::delta::Delta;
use super::plan::{Plan, Row};
use crate::cost::OF_ROWS;
use crate::render::figure::Stated;

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
    /// The sizes of what it makes, before and after, where those changed; none on a side that does
    /// not have it.
    pub output: Option<[Option<Sizes>; 2]>,
}

/// The sizes of a shape; none where one is still symbolic.
pub type Sizes = Vec<Option<i128>>;

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
pub fn stages(base: &Plan, head: &Plan) -> Vec<StageDelta> {
    let depth = base.depth().min(head.depth());
    let [old, new] = [base, head].map(|plan| numbered(plan.rows(depth)));
    let before: HashMap<_, _> = old.iter().enumerate().map(|(at, (key, _))| (key, at)).collect();
    let after: HashMap<_, _> = new.iter().map(|(key, row)| (key, row)).collect();
    let mut gone =
        old.iter().enumerate().filter(|(_, (key, _))| !after.contains_key(key)).peekable();
    let mut found = Vec::new();
    for (key, row) in &new {
        let was = before.get(key).copied();
        // What is gone and stood before this row.
        while let Some((_, (_, row))) = gone.next_if(|(at, _)| was.is_some_and(|was| *at < was)) {
            found.extend(difference(Some(row), None));
        }
        found.extend(difference(was.map(|was| &old[was].1), Some(row)));
    }
    found.extend(gone.filter_map(|(_, (_, row))| difference(Some(row), None)));
    found
}

/// The rows with their paths, and their numbers among those of the same path.
fn numbered(rows: Vec<Row>) -> Vec<((String, usize), Row)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let key = |row: Row| {
        let count = seen.entry(row.path.clone()).or_default();
        *count += 1;
        ((row.path.clone(), *count), row)
    };
    rows.into_iter().map(key).collect()
}

fn difference(old: Option<&Row>, new: Option<&Row>) -> Option<StageDelta> {
    let state = match (old, new) {
        (Some(_), Some(_)) => StageState::Changed,
        (None, _) => StageState::Added,
        (_, None) => StageState::Removed,
    };
    let number = |row: Option<&Row>, measure: &str| -> Option<Stated> {
        let (_, number) = row?.numbers.iter().find(|(name, _)| *name == measure)?;
        Some(number.clone())
    };
    let delta = |measure: &str| Delta::between(measure, number(old, measure), number(new, measure));
    let numbers: Vec<Delta> = OF_ROWS.into_iter().filter_map(|m| delta(m.key())).collect();
    let output = [old, new].map(|row| row.map(|row| row.output.clone()));
    let output = (output[0] != output[1]).then_some(output);
    let row = new.or(old)?;
    let changed = state != StageState::Changed || !numbers.is_empty() || output.is_some();
    let (path, depth) = (row.path.clone(), row.depth);
    changed.then_some(StageDelta { path, depth, state, numbers, output })
}
