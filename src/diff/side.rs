//! One side of a comparison: a plan, made now or saved before.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::numbers::Number;
use crate::check::lookup;
use crate::planned::Planned;
use crate::render::{numbers, plan_json};
use crate::spec::Spec;
use crate::stages::decoder::Logits;

/// A plan to compare.
#[derive(Debug)]
pub struct Side {
    /// Where it comes from, as it was named: `base.yaml`, `main:configs/a.yaml`.
    pub label: String,
    /// The design, every choice said; none if a saved plan does not say it.
    pub design: Option<Value>,
    /// The plan, if it is made now.
    pub planned: Option<Planned>,
    depth: usize,
    numbers: OnceCell<Value>,
    full: OnceCell<Value>,
}

impl Side {
    /// A plan that is made now, its stages opened to `depth`.
    pub fn planned(label: String, planned: Planned, depth: usize) -> Side {
        let design = Some(json!(planned.report.spec()));
        let (numbers, full) = (OnceCell::new(), OnceCell::new());
        Side { label, design, planned: Some(planned), depth, numbers, full }
    }

    /// A plan that was saved as JSON. What its design leaves to the defaults of this version is
    /// filled in.
    pub fn saved(label: String, plan: Value) -> Side {
        let design = plan.get("spec").filter(|design| design.is_object());
        let read = |design: &Value| serde_json::from_value::<Spec>(design.clone()).ok();
        let whole =
            |design: &Value| read(design).map_or_else(|| design.clone(), |s| json!(s.completed()));
        let (design, depth) = (design.map(whole), stage_depth(&plan));
        let full = OnceCell::new();
        Side { label, design, planned: None, depth, numbers: plan.into(), full }
    }

    /// The plan's numbers. Those that are made now leave formulas empty, since few are needed.
    pub fn numbers(&self) -> &Value {
        let made = || self.planned.as_ref().map(|planned| numbers(&planned.report, self.depth));
        self.numbers.get_or_init(|| made().unwrap_or_default())
    }

    /// The name of the pipeline.
    pub fn name(&self) -> String {
        if let Some(planned) = &self.planned {
            return planned.report.name.clone();
        }
        self.numbers()["name"].as_str().unwrap_or("?").to_owned()
    }

    /// Where logits are computed: `all` or `last`.
    pub fn logits(&self) -> &str {
        if let Some(planned) = &self.planned {
            return match planned.report.logits {
                Logits::All => "all",
                Logits::Last => "last",
            };
        }
        let said = |key: &str| self.numbers().get(key)?.get("logits")?.as_str();
        said("prefill").or_else(|| said("conventions")).unwrap_or("all")
    }

    /// How deep the stages are opened that a saved plan has.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The number at a path of the JSON, or of a stage: `params.total`, `llm.blocks.params`;
    /// nothing if the plan has no such number.
    pub fn number(&self, path: &str) -> Option<Number> {
        let stage = || {
            let (stage, measure) = path.rsplit_once('.')?;
            let stages = self.numbers().get("stages")?.as_array()?;
            let at = stages.iter().position(|row| row["path"] == stage)?;
            stages[at].get(measure)?.get("value").map(|_| format!("stages.{at}.{measure}.value"))
        };
        if is_number(lookup(self.numbers(), path)) {
            return Some(self.read(path));
        }
        stage().map(|path| self.read(&path))
    }

    /// The number at a path that is there.
    pub fn read(&self, path: &str) -> Number {
        match lookup(self.numbers(), path).and_then(Value::as_number).and_then(|n| n.as_i128()) {
            Some(value) => Number::Known(value),
            None => {
                let full = self.full();
                let formula = formula(full, path).and_then(Value::as_str).unwrap_or("unknown");
                Number::Symbolic { formula: formula.to_owned(), sizes: sizes(full, formula) }
            }
        }
    }

    /// The plan with its formulas.
    fn full(&self) -> &Value {
        match &self.planned {
            None => self.numbers(),
            Some(planned) => self.full.get_or_init(|| plan_json(&planned.report, self.depth)),
        }
    }
}

fn is_number(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Number(_) | Value::Null))
}

fn stage_depth(plan: &Value) -> usize {
    let rows = plan.get("stages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let depths = rows.iter().filter_map(|row| row["depth"].as_u64());
    depths.max().and_then(|depth| usize::try_from(depth).ok()).unwrap_or(0)
}

/// The formula of the number at a path: it stands beside it, or beside the parts of a whole.
fn formula<'v>(plan: &'v Value, path: &str) -> Option<&'v Value> {
    let (parent, key) = path.rsplit_once('.')?;
    let beside = |parent: &str| lookup(plan, parent)?.get("formulas")?.get(key);
    let above = || beside(parent.rsplit_once('.')?.0);
    let of_stage = || lookup(plan, parent)?.get("formula").filter(|_| key == "value");
    beside(parent).or_else(above).or_else(of_stage)
}

/// The sizes that a formula depends on: its symbols, and those that stand behind them, with what
/// is known of each.
fn sizes(plan: &Value, formula: &str) -> BTreeMap<String, String> {
    let mut sizes = BTreeMap::new();
    let mut formulas = vec![formula];
    while let Some(formula) = formulas.pop() {
        // Exponents are raised digits, which are no part of a name.
        for name in formula.split(|c: char| !(c.is_alphabetic() || c.is_ascii_digit() || c == '_'))
        {
            let Some(symbol) = plan.get("symbols").and_then(|symbols| symbols.get(name)) else {
                continue;
            };
            if sizes.contains_key(name) {
                continue;
            }
            let definition = symbol.get("definition").and_then(Value::as_str);
            let known = symbol.get("value").filter(|value| !value.is_null());
            let text = match (known, definition) {
                (Some(value), _) => value.to_string(),
                (None, Some(definition)) => definition.to_owned(),
                (None, None) => String::new(),
            };
            sizes.insert(name.to_owned(), text);
            if known.is_none() {
                formulas.extend(definition);
            }
        }
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_stand_behind_sizes() {
        let symbol = |at: i32| (format!("s{at}"), json!({"definition": format!("s{}", at + 1)}));
        // More than a stack could hold, and one that leads back to itself.
        let mut symbols: serde_json::Map<_, _> = (0..100_000).map(symbol).collect();
        symbols.insert("s100000".into(), json!({"value": 7, "definition": "s0"}));
        symbols.insert("r".into(), json!({"definition": "r + q"}));
        let plan = json!({ "symbols": symbols });
        assert_eq!(
            sizes(&plan, "s99998² + x").into_iter().collect::<Vec<_>>(),
            [
                ("s100000".to_owned(), "7".to_owned()),
                ("s99998".to_owned(), "s99999".to_owned()),
                ("s99999".to_owned(), "s100000".to_owned()),
            ]
        );
        assert_eq!(sizes(&plan, "2·s0").len(), 100_001);
        assert_eq!(sizes(&plan, "r").len(), 1);
    }
}
