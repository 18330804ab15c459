//! Numbers of a plan, and what became of them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::side::Side;
use crate::check::unit;
use crate::units::{Unit, change, exact};

/// The parts of a plan whose numbers are compared.
const SECTIONS: [&str; 6] = ["tokens", "params", "prefill", "decode", "answer", "memory"];

/// A number of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// This many.
    Known(i128),
    /// Not known.
    Symbolic {
        /// Its formula.
        formula: String,
        /// The sizes in it by their symbols: a number, a definition, or nothing where it is not
        /// given.
        sizes: BTreeMap<String, String>,
    },
}

impl Number {
    /// The number, if it is known.
    pub fn value(&self) -> Option<i128> {
        match self {
            Number::Known(value) => Some(*value),
            Number::Symbolic { .. } => None,
        }
    }

    /// The formula, if the number is not known.
    pub fn formula(&self) -> Option<&str> {
        match self {
            Number::Known(_) => None,
            Number::Symbolic { formula, .. } => Some(formula),
        }
    }

    /// The number, or its formula and the sizes in it that are given: `4·D·T (D = 4096)`.
    pub fn text(&self) -> String {
        match self {
            Number::Known(value) => exact(*value),
            Number::Symbolic { formula, sizes } => {
                let said = sizes.iter().filter(|(_, size)| !size.is_empty());
                let said: Vec<String> =
                    said.map(|(name, size)| format!("{name} = {size}")).collect();
                match said.is_empty() {
                    true => formula.clone(),
                    false => format!("{formula} ({})", said.join(", ")),
                }
            }
        }
    }
}

/// A number that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Its path.
    pub path: String,
    /// What it counts.
    pub unit: Unit,
    /// What it was; none if the base has no such number.
    pub old: Option<Number>,
    /// What it is; none if the head has no such number.
    pub new: Option<Number>,
}

impl Delta {
    /// The difference between two numbers, if there is one.
    pub fn between(path: &str, old: Option<Number>, new: Option<Number>) -> Option<Delta> {
        let unit = unit(path);
        (old != new).then(|| Delta { path: path.to_owned(), unit, old, new })
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
        [&self.old, &self.new].map(|number| number.as_ref().and_then(Number::value))
    }
}

/// Every number of the plans' sections that is not the same on both sides, in the plan's order.
pub fn deltas(base: &Side, head: &Side) -> Vec<Delta> {
    let [old, new] = [base, head].map(|side| leaves(side.numbers()));
    let known = |paths: &[String], path: &String| paths.binary_search(path).is_ok();
    let sorted = |paths: &[String]| {
        let mut sorted = paths.to_vec();
        sorted.sort_unstable();
        sorted
    };
    let (old_sorted, new_sorted) = (sorted(&old), sorted(&new));
    let gone = old.iter().filter(|path| !known(&new_sorted, path));
    let of = |side: &Side, has: bool, path: &str| has.then(|| side.read(path));
    let paths = new.iter().chain(gone);
    let delta = |path: &String| {
        let old = of(base, known(&old_sorted, path), path);
        Delta::between(path, old, of(head, known(&new_sorted, path), path))
    };
    paths.filter_map(delta).collect()
}

/// The paths of the numbers of a plan's sections.
pub fn leaves(plan: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    for section in SECTIONS {
        // Without an answer, there is none.
        if let Some(value) = plan.get(section).filter(|value| value.is_object()) {
            collect(section, value, &mut paths);
        }
    }
    paths
}

fn collect(path: &str, value: &Value, paths: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| *key != "formulas") {
                collect(&format!("{path}.{key}"), value, paths);
            }
        }
        Value::Number(_) => paths.push(path.to_owned()),
        // An answer that is not known yet is no number.
        Value::Null if !path.ends_with("fits_context") => paths.push(path.to_owned()),
        _ => {}
    }
}
