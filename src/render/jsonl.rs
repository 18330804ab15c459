//! Plans as JSON Lines: each in a line of its own, however many there are.

use super::{Data, Format, View, json};
use crate::cost::Report;

/// Plans as JSON Lines.
pub const FORMAT: Format<Data<Report>> = Format {
    name: "jsonl",
    about: "JSON Lines: a plan a line, however many there are",
    printer: print,
};

fn print(reports: &[Report], view: &View) -> String {
    reports.iter().map(|report| line(&json::object(report, view.depth))).collect()
}

/// A JSON text in one line. No text in it has a line break: that is an escape there.
fn line(json: &str) -> String {
    json.lines().map(str::trim_start).chain(["\n"]).collect()
}
