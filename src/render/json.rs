//! A plan as JSON. The keys are stable; integers are exact, whatever their size.

use serde_json::{Map, Number, Value, json};

use super::symbols::{closed_form, shape};
use super::{Data, Format, View};
use crate::cost::numbers::{Each, SECTIONS, Said, rows};
use crate::cost::{Report, Row};
use crate::diag::json_text;
use crate::dim::{Sym, Symbol};

/// Plans as JSON.
pub const FORMAT: Format<Data<Report>> =
    Format { name: "json", about: "JSON with stable keys and exact integers", printer: print };

/// One object for one plan, a list for several.
fn print(reports: &[Report], view: &View) -> String {
    let mut values: Vec<Value> = reports.iter().map(|report| value(report, view.depth)).collect();
    let whole = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
    json_text(&whole)
}

/// Everything that a plan says, its stages opened to `depth`.
pub fn value(report: &Report, depth: usize) -> Value {
    let mut plan = Value::Object(Map::new());
    for section in SECTIONS {
        match section.each {
            Each::Plan => section.of_plan(report, &mut |path, said, _| put(&mut plan, path, said)),
            Each::Row => {
                let object = |row: &Row| {
                    let mut object = Value::Object(Map::new());
                    section.of_row(report, row, &mut |path, said, _| put(&mut object, path, said));
                    object
                };
                plan[section.path] = rows(report, depth).map(object).collect();
            }
            Each::Symbol => {
                let symbols = &report.prefill.graph.symbols;
                let object = |(sym, symbol): (Sym, &Symbol)| {
                    let mut object = Value::Object(Map::new());
                    section
                        .of_symbol(symbols, sym, &mut |path, said, _| put(&mut object, path, said));
                    (symbol.name.clone(), object)
                };
                plan[section.path] = Value::Object(symbols.iter().map(object).collect());
            }
        }
    }
    plan
}

/// Puts each run into its plan. What is no JSON (a run that was refused) changes nothing.
pub fn with_forward(plans: &str, runs: &str) -> String {
    let (Ok(mut plans), Ok(runs)) = (serde_json::from_str(plans), serde_json::from_str(runs))
    else {
        return plans.to_owned();
    };
    match (&mut plans, runs) {
        (Value::Array(plans), Value::Array(runs)) => {
            for (plan, run) in plans.iter_mut().zip(runs) {
                plan["forward"] = run;
            }
        }
        (plan, run) => plan["forward"] = run,
    }
    json_text(&plans)
}

/// Puts what is said at its path; a segment that is a number is an index of a list.
fn put(whole: &mut Value, path: &str, said: &Said) {
    let place = path.split('.').fold(whole, |place, segment| match segment.parse::<usize>() {
        Ok(index) => {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            if let Value::Array(items) = place
                && items.len() <= index
            {
                items.resize(index + 1, Value::Null);
            }
            &mut place[index]
        }
        Err(_) => &mut place[segment],
    });
    *place = as_json(said);
}

/// The value at a dotted path; items of lists by their index.
pub fn lookup<'v>(plan: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(plan, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => value.get(key),
    })
}

fn as_json(said: &Said) -> Value {
    match said {
        Said::Number(value, _) => exact(*value),
        Said::List(items) => items.iter().map(as_json).collect(),
        Said::Text(text) => text.as_ref().into(),
        Said::Flag(flag) => (*flag).into(),
        Said::Formula(form) => closed_form(form).into(),
        Said::Shape(symbols, axes) => shape(symbols, axes).into(),
        Said::Design(spec) => json!(spec),
        Said::Unknown | Said::Absent => Value::Null,
    }
}

/// An exact integer, or null.
pub fn exact(value: Option<i128>) -> Value {
    value.and_then(Number::from_i128).map_or(Value::Null, Value::Number)
}
