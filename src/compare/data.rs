//! A comparison for other programs: JSON and CSV.

use serde_json::{Map, Value, json};

use super::measures::{Cell, MEASURES, Number};
use super::{Column, Comparison};
use crate::diag::{json_line, json_text, sanitize};
use crate::render::{ABOUT_CSV, Data, Format, csv_text, exact_json};

/// Raised when a key changes its meaning or goes; new keys do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// The formats that programs read.
pub const FORMATS: [Format<Data<Comparison>>; 3] = [
    Format {
        name: "json",
        about: "JSON with stable keys and exact integers",
        printer: |comparisons, _| comparisons.iter().map(json).collect(),
    },
    Format {
        name: "jsonl",
        about: "JSON Lines: what `json` says of each design, a line for each",
        printer: |comparisons, _| comparisons.iter().map(jsonl).collect(),
    },
    Format {
        name: "csv",
        about: ABOUT_CSV,
        printer: |comparisons, _| comparisons.iter().map(csv).collect(),
    },
];

/// The comparison as JSON: exact integers, shares as `{"used", "length"}`, null with a formula where
/// a number is still symbolic.
fn json(comparison: &Comparison) -> String {
    let columns = comparison.columns.iter().enumerate();
    let designs: Vec<Value> = columns.map(|(at, column)| design(comparison, at, column)).collect();
    let best = MEASURES.iter().zip(&comparison.best).map(|(measure, best)| {
        let marked = comparison.columns.iter().zip(best).filter(|(_, best)| **best);
        let names: Vec<&str> = marked.map(|(column, _)| column.name.as_str()).collect();
        (measure.key.to_owned(), json!(names))
    });
    let whole = json!({
        "schema_version": SCHEMA_VERSION,
        "title": comparison.title,
        "designs": designs,
        "best": best.collect::<Map<_, _>>(),
        "trade": comparison.words,
    });
    json_text(&whole)
}

/// A line for each design.
fn jsonl(comparison: &Comparison) -> String {
    let columns = comparison.columns.iter().enumerate();
    columns.map(|(at, column)| json_line(&design(comparison, at, column))).collect()
}

fn design(comparison: &Comparison, at: usize, column: &Column) -> Value {
    let mut numbers = Map::new();
    let mut formulas = Map::new();
    for (measure, row) in MEASURES.iter().zip(&comparison.rows) {
        if let Some(Cell { number, formula, .. }) = &row[at] {
            numbers.insert(measure.key.into(), number.as_ref().map_or(Value::Null, value));
            formulas.insert(measure.key.into(), formula.as_str().into());
        }
    }
    json!({
        "name": column.name,
        "about": column.about,
        "misfit": column.misfit_reason(),
        "numbers": numbers,
        "formulas": formulas,
    })
}

fn value(number: &Number) -> Value {
    let exact = |value: i128| exact_json(Some(value));
    match *number {
        Number::Whole(value, _) => exact(value),
        Number::Share(used, length) => json!({"used": exact(used), "length": exact(length)}),
    }
}

/// A line for each pipeline; a share is the quotient, such as 0.15625. A number that is still symbolic is its formula; one that does not fit
/// has only its reason.
fn csv(comparison: &Comparison) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let keys = MEASURES.iter().map(|measure| measure.key);
    // Writing to memory cannot fail, and every line has as many fields as the header.
    let _ = writer.write_record(["name", "misfit"].into_iter().chain(keys));
    for (at, column) in comparison.columns.iter().enumerate() {
        let misfit = column.misfit_reason().map(csv_text).unwrap_or_default();
        let cells = comparison.rows.iter().map(|row| match &row[at] {
            None => String::new(),
            Some(Cell { number: None, formula, .. }) => sanitize(formula).into_owned(),
            Some(Cell { number: Some(number), .. }) => number.digits(),
        });
        let _ = writer.write_record([csv_text(&column.name), misfit].into_iter().chain(cells));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}
