//! What a path names in a plan.
//!
//! A path is one of the plan's JSON (`params.total`, `tokens.grid.0`), or a stage and what is asked
//! of it: `bridge.output`, `llm.blocks.params`.

use std::cell::OnceCell;

use serde_json::Value;

use crate::cost::{MEASURES, Report, Row};
use crate::ops::Shape;
use crate::render::{DEFAULT_DEPTH, numbers, totals};
use crate::units::Unit;

/// What stands at a path.
#[derive(Clone, Copy, Debug)]
pub enum Fact<'a> {
    /// A number.
    Number(i128),
    /// A number that is still symbolic.
    Symbolic,
    /// The shape of a tensor.
    Shape(&'a Shape),
}

/// The facts of one plan.
pub struct Facts<'a> {
    /// The plan.
    pub report: &'a Report,
    totals: Value,
    /// Stages and symbols too, which few paths name and which take longer.
    numbers: OnceCell<Value>,
}

impl<'a> Facts<'a> {
    /// Those of a plan.
    pub fn new(report: &'a Report) -> Facts<'a> {
        Facts { report, totals: totals(report), numbers: OnceCell::new() }
    }

    /// What stands at a path; nothing if a plan has no such number or shape.
    pub fn find(&self, path: &str) -> Option<Fact<'a>> {
        let number = || lookup(&self.totals, path).and_then(as_number);
        let deep = || lookup(self.numbers(), path).and_then(as_number);
        number().or_else(|| self.of_stage(path)).or_else(deep)
    }

    /// The paths of everything that is there.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        numeric_paths("", self.numbers(), &mut paths);
        for row in self.report.prefill.rows.iter().filter(|row| row.depth <= DEFAULT_DEPTH) {
            let measures = MEASURES.into_iter().map(|measure| measure.key());
            let asked = ["input", "output"].into_iter().chain(measures);
            paths.extend(asked.map(|what| format!("{}.{what}", row.path)));
        }
        paths
    }

    fn numbers(&self) -> &Value {
        self.numbers.get_or_init(|| numbers(self.report, DEFAULT_DEPTH))
    }

    /// A shape or a cost of a stage.
    fn of_stage(&self, path: &str) -> Option<Fact<'a>> {
        let (stage, what) = path.rsplit_once('.')?;
        let row = || self.row(stage);
        if let "input" | "output" = what {
            let row = row()?;
            return Some(Fact::Shape(if what == "input" { &row.input } else { &row.output }));
        }
        let measure = MEASURES.into_iter().find(|measure| measure.key() == what)?;
        Some(row()?.costs.get(measure).map_or(Fact::Symbolic, Fact::Number))
    }

    /// The stage of a path, `llm.blocks`, or of an index, `stages.3`.
    fn row(&self, stage: &str) -> Option<&'a Row> {
        match stage.strip_prefix("stages.") {
            None => self.report.prefill.row(stage),
            Some(index) => {
                let rows = self.report.prefill.rows.iter();
                rows.filter(|row| row.depth <= DEFAULT_DEPTH).nth(index.parse().ok()?)
            }
        }
    }
}

/// What a number at a path counts, which its name says.
pub fn unit(path: &str) -> Unit {
    if path.contains("flops") {
        Unit::Flop
    } else if path.ends_with("_bytes") {
        Unit::Byte
    } else {
        Unit::Count
    }
}

fn as_number(value: &Value) -> Option<Fact<'static>> {
    match value {
        Value::Number(number) => number.as_i128().map(Fact::Number),
        Value::Null => Some(Fact::Symbolic),
        _ => None,
    }
}

/// The value at a dotted path; items of lists by their index.
pub fn lookup<'v>(plan: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(plan, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => value.get(key),
    })
}

/// The paths of all numbers below a value.
pub fn numeric_paths(path: &str, value: &Value, paths: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| numeric_paths(&below(key), value, paths));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(at, value)| numeric_paths(&below(&at.to_string()), value, paths));
        }
        Value::Number(_) | Value::Null => paths.push(path.to_owned()),
        _ => {}
    }
}
