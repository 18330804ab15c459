//! The numbers of a plan that was saved.

use serde_json::Value;

use super::super::plan::Row;
use crate::cost::OF_ROWS;
use crate::cost::numbers::{Key, SECTIONS, form_path, is_index};
use crate::render::figure::{Size, Stated};
use crate::render::lookup;
use crate::spec::Spec;

/// A plan that was saved as JSON.
#[derive(Debug)]
pub struct Saved(Value);

impl Saved {
    /// The plan that a value is.
    pub fn new(plan: Value) -> Saved {
        Saved(plan)
    }

    /// The name of the pipeline.
    pub fn name(&self) -> &str {
        self.0["name"].as_str().unwrap_or("?")
    }

    /// Where logits are computed: `all` or `last`.
    pub fn logits(&self) -> &str {
        let said = |key: &str| self.0.get(key)?.get("logits")?.as_str();
        said("prefill").or_else(|| said("conventions")).unwrap_or("all")
    }

    /// The design, if the plan says it. What it leaves to the defaults of this version is filled in.
    pub fn design(&self) -> Option<Value> {
        let design = self.0.get("spec").filter(|design| design.is_object())?;
        let read = serde_json::from_value::<Spec>(design.clone()).ok();
        Some(read.map_or_else(|| design.clone(), |spec| serde_json::json!(spec.completed())))
    }

    /// How deep its stages are opened.
    pub fn depth(&self) -> usize {
        self.stages().iter().filter_map(depth).max().unwrap_or(0)
    }

    /// The number at a path, or of a stage: `params.total`, `llm.blocks.params`.
    pub fn number(&self, path: &str) -> Option<Stated> {
        let stage = || {
            let (stage, measure) = path.rsplit_once('.')?;
            let at = self.stages().iter().position(|row| row["path"] == stage)?;
            self.stated(&format!("stages.{at}.{measure}.value"))
        };
        self.stated(path).or_else(stage)
    }

    /// The numbers that plans are compared by, with their paths.
    pub fn numbers(&self) -> Vec<(String, Stated)> {
        let compared = SECTIONS.iter().filter(|section| section.compared);
        let mut sections: Vec<&str> =
            compared.filter_map(|section| section.path.split('.').next()).collect();
        sections.dedup();
        let mut paths = Vec::new();
        for section in sections {
            // Without an answer, there is none.
            if let Some(value) = self.0.get(section).filter(|value| value.is_object()) {
                numeric_paths(section, value, &mut paths);
            }
        }
        // What is a number where it is known, and no item of a list.
        let is_compared = |path: &String| {
            !path.split('.').any(is_index) && Key::at(path).is_none_or(Key::is_number)
        };
        let stated = |path: String| self.stated(&path).map(|number| (path, number));
        paths.into_iter().filter(is_compared).filter_map(stated).collect()
    }

    /// The paths of all its numbers.
    pub fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        numeric_paths("", &self.0, &mut paths);
        paths
    }

    /// Its rows down to a depth.
    pub fn rows(&self, most: usize) -> Vec<Row> {
        let row = |(at, row): (usize, &Value)| {
            let depth = depth(row).filter(|depth| *depth <= most)?;
            let number = |measure: &'static str| {
                Some((measure, self.stated(&format!("stages.{at}.{measure}.value"))?))
            };
            let sizes = row["output"]["shape"].as_array();
            let size = |size: &Value| size.as_number().and_then(|size| size.as_i128());
            Some(Row {
                path: row["path"].as_str()?.to_owned(),
                depth,
                numbers: OF_ROWS.into_iter().filter_map(|m| number(m.key())).collect(),
                output: sizes.map(|sizes| sizes.iter().map(size).collect()).unwrap_or_default(),
            })
        };
        self.stages().iter().enumerate().filter_map(row).collect()
    }

    fn stages(&self) -> &[Value] {
        self.0.get("stages").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// What stands at a path, if it is a number, or none that is known.
    fn stated(&self, path: &str) -> Option<Stated> {
        match lookup(&self.0, path)? {
            Value::Number(number) => {
                Some(number.as_i128().map_or_else(Stated::without_formula, Stated::Known))
            }
            Value::Null => Some(self.symbolic(path)),
            _ => None,
        }
    }

    fn symbolic(&self, path: &str) -> Stated {
        let Some(formula) = lookup(&self.0, &form_path(path)).and_then(Value::as_str) else {
            return Stated::without_formula();
        };
        Stated::symbolic(formula.to_owned(), |name| {
            let symbol = self.0.get("symbols")?.get(name)?;
            let value = symbol.get("value").filter(|value| !value.is_null());
            let definition = symbol.get("definition").and_then(Value::as_str);
            Some(match (value, definition) {
                (Some(value), _) => Size::Known(value.to_string()),
                (None, Some(definition)) => Size::Defined(definition.to_owned()),
                (None, None) => Size::Open,
            })
        })
    }
}

fn depth(row: &Value) -> Option<usize> {
    row["depth"].as_u64().and_then(|depth| usize::try_from(depth).ok())
}

/// The paths of all numbers below a value, and of what is not known. Closed forms are text.
fn numeric_paths(path: &str, value: &Value, paths: &mut Vec<String>) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::plan::Plan;
    use super::*;
    use crate::planned::plan;
    use crate::render::plan_json;
    use crate::spec::Overrides;
    use crate::stages::decoder::Logits;

    /// The sizes of a number that is not known.
    fn sizes_of(plan: Value, path: &str) -> Vec<(String, String)> {
        match Saved::new(plan).number(path) {
            Some(Stated::Symbolic { sizes, .. }) => sizes.into_iter().collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sizes_that_stand_behind_sizes() {
        let plan = |formula: &str| {
            json!({
                "params": {"total": null, "formulas": {"total": formula}},
                "symbols": {
                    "H": {"value": 28},
                    "P": {"value": null},
                    "D": {"value": 8, "definition": "H − 20"},
                    "N": {"value": null, "definition": "⌊H/P⌋²"},
                    "V": {"value": null, "definition": "N/4"},
                },
            })
        };
        let owned = |sizes: &[(&str, &str)]| {
            sizes.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
        };
        let all = [("D", "8"), ("H", "28"), ("N", "⌊H/P⌋²"), ("P", ""), ("V", "N/4")];
        assert_eq!(sizes_of(plan("4·D²·P"), "params.total"), owned(&[("D", "8"), ("P", "")]));
        let of_v = sizes_of(plan("max(V·D, ⌈P/2⌉, 3)"), "params.total");
        assert_eq!(of_v, owned(&all));
        let sentence = sizes_of(plan("the sum of P steps"), "params.total");
        assert_eq!(sentence, owned(&[("P", "")]));
        let none = sizes_of(json!({"params": {"total": null}}), "params.total");
        assert_eq!(none, []);
    }

    #[test]
    fn sizes_that_lead_far_or_back_to_themselves() {
        let symbol = |at: i32| (format!("s{at}"), json!({"definition": format!("s{}", at + 1)}));
        // More than a stack could hold.
        let mut symbols: serde_json::Map<_, _> = (0..100_000).map(symbol).collect();
        symbols.insert("s100000".into(), json!({"value": 7, "definition": "s0"}));
        symbols.insert("r".into(), json!({"definition": "r + q"}));
        for (formula, count) in [("s99998² + x", 3), ("2·s0", 100_001), ("r", 1)] {
            let plan = json!({
                "params": {"total": null, "formulas": {"total": formula}},
                "symbols": symbols,
            });
            assert_eq!(sizes_of(plan, "params.total").len(), count, "{formula}");
        }
    }

    #[test]
    fn a_plan_is_the_same_made_now_and_saved() {
        for (preset, open) in [
            ("gemma-3-4b", "llm.width"),
            ("blip2-opt-2.7b", "encoder.depth"),
            ("textbook", "encoder"),
            ("tiny", "image"),
        ] {
            let set = vec![format!("{open}=null"), "prompt.generated_tokens=7".to_owned()];
            let overrides = Overrides { set, ..Overrides::default() };
            let report = plan(preset, &overrides, Logits::All).unwrap().report;
            let saved = Plan::Saved(Saved::new(plan_json(&report, 2)));
            let made = Plan::Made(report.into(), 2);
            assert_eq!(made.numbers(), saved.numbers());
            for path in made.paths() {
                assert_eq!(made.number(&path), saved.number(&path), "{path}");
            }
            let rows = |plan: &Plan| format!("{:?}", plan.rows(9));
            assert_eq!(rows(&made), rows(&saved));
        }
    }
}
