//! A plan as JSON. The keys are stable; integers are exact, whatever their size.

mod writer;

use std::fmt::Write;

use serde_json::{Number, Value};

use super::symbols::{closed_form, shape};
use super::{Data, Format, View};
use crate::cost::Report;
use crate::cost::numbers::{Said, each};
use crate::diag::{json_text, push_json};
use writer::Writer;

/// Plans as JSON.
pub const FORMAT: Format<Data<Report>> =
    Format { name: "json", about: "JSON with stable keys and exact integers", printer: print };

/// One object for one plan, a list for several.
fn print(reports: &[Report], view: &View) -> String {
    let plans: Vec<String> = reports.iter().map(|report| object(report, view.depth)).collect();
    match &plans[..] {
        [] => "[]\n".to_owned(),
        [plan] => format!("{plan}\n"),
        several => format!("[\n  {}\n]\n", inner(&several.join(",\n"))),
    }
}

/// Everything that a plan says, its stages opened to `depth`.
pub(super) fn object(report: &Report, depth: usize) -> String {
    let mut writer = Writer::default();
    each(report, depth, &mut |path, said, _| write(writer.at(path), said));
    writer.finish()
}

/// The JSON of a plan, read.
pub fn value(report: &Report, depth: usize) -> Value {
    serde_json::from_str(&object(report, depth)).unwrap_or_default()
}

/// The lines of a JSON text as they stand one level further in.
fn inner(json: &str) -> String {
    json.replace('\n', "\n  ")
}

/// Puts what is said at the end of a text.
fn write(text: &mut String, said: &Said) {
    match said {
        // A String takes everything.
        Said::Number(Some(number), _) => drop(write!(text, "{number}")),
        Said::List(_) | Said::Map(_) => text.push_str("[]"),
        Said::Text(said) => push_json(text, said),
        Said::Flag(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Said::Formula(form) => push_json(text, &closed_form(form)),
        Said::Shape(symbols, axes) => push_json(text, &shape(symbols, axes)),
        Said::Design(spec) => text.push_str(&inner(json_text(spec).trim_end())),
        Said::Number(None, _) | Said::Unknown | Said::Absent => text.push_str("null"),
    }
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

/// The value at a dotted path; items of lists by their index.
pub fn lookup<'v>(plan: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(plan, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => value.get(key),
    })
}

/// An exact integer, or null.
pub fn exact(value: Option<i128>) -> Value {
    value.and_then(Number::from_i128).map_or(Value::Null, Value::Number)
}
