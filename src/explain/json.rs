//! Explanations as JSON.

use serde_json::{Number, Value as Json, json};

use super::{Explanation, Line, Step, Value};
use crate::diag::json_text;
use crate::render::{Data, Format, View};

/// Raised when a key changes its meaning or goes; new keys do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// Explanations as JSON.
pub const FORMAT: Format<Data<Explanation>> =
    Format { name: "json", about: "JSON with exact integers", printer: print };

/// One object for one explanation, a list for several.
fn print(explanations: &[Explanation], _: &View) -> String {
    let mut values: Vec<Json> = explanations.iter().map(explanation).collect();
    let whole = if values.len() == 1 { values.remove(0) } else { Json::Array(values) };
    json_text(&whole)
}

fn explanation(explanation: &Explanation) -> Json {
    json!({
        "schema_version": SCHEMA_VERSION,
        "title": explanation.title,
        "subtitle": explanation.subtitle,
        "steps": explanation.steps.iter().map(step).collect::<Vec<_>>(),
        "notes": explanation.notes,
    })
}

fn step(step: &Step) -> Json {
    let not_given = step.not_given.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    json!({
        "title": step.title,
        "text": plain(&step.text.join(" ")),
        "lines": step.lines.iter().map(line).collect::<Vec<_>>(),
        "not_given": not_given,
    })
}

/// Text that need not keep together.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

/// The value is an exact integer, a text where it is no single number, or null.
fn line(line: &Line) -> Json {
    let value = match &line.value {
        Value::Number(value, _) => Number::from_i128(*value).map_or(Json::Null, Json::Number),
        Value::Text(text) => plain(text).into(),
        Value::Open => Json::Null,
    };
    json!({
        "what": line.what,
        "formula": line.formula,
        "numbers": line.numbers,
        "shapes": plain(&line.shapes),
        "value": value,
    })
}
