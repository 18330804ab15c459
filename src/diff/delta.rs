//! What became of the numbers of a plan.

use std::collections::HashMap;

use super::plan::Plan;
use crate::cost::numbers::unit;
use crate::render::figure::Stated;
use crate::units::{Unit, change};

/// A number that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Its path.
    pub path: String,
    /// What it counts.
    pub unit: Unit,
    /// What it was; none if the base has no such number.
    pub old: Option<Stated>,
    /// What it is; none if the head has no such number.
    pub new: Option<Stated>,
}

impl Delta {
    /// The difference between two numbers, if there is one.
    pub fn between(path: &str, old: Option<Stated>, new: Option<Stated>) -> Option<Delta> {
        (old != new).then(|| Delta { path: path.to_owned(), unit: unit(path), old, new })
    }

    /// By how much it grew, if both are known.
    pub fn change(&self) -> Option<i128> {
        let [old, new] = self.values();
        new?.checked_sub(old?)
    }

    /// By how much it grew in percent of what it was, if both are known: `+12.5 %`.
    pub fn percent(&self) -> Option<String> {
        let [old, new] = self.values();
        change(old?, new?)
    }

    fn values(&self) -> [Option<i128>; 2] {
        [&self.old, &self.new].map(|number| number.as_ref().and_then(Stated::value))
    }
}

/// Every number that plans are compared by and that is not the same on both sides, in the order of
/// the head; those that only the base has come last.
pub fn deltas(base: &Plan, head: &Plan) -> Vec<Delta> {
    let base = base.numbers();
    let order: Vec<String> = base.iter().map(|(path, _)| path.clone()).collect();
    let mut old: HashMap<String, Stated> = base.into_iter().collect();
    let mut deltas = Vec::new();
    for (path, new) in head.numbers() {
        deltas.extend(Delta::between(&path, old.remove(&path), Some(new)));
    }
    for gone in order {
        deltas.extend(Delta::between(&gone, old.remove(&gone), None));
    }
    deltas
}
