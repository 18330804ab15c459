//! Results as JSON Lines: what the JSON says of each spec, in a line of its own.

use super::json::spec;
use super::{ReportPrinter, View};
use crate::check::Results;
use crate::diag::json_line;
use crate::render::Format;

/// Reports as JSON Lines.
pub const FORMAT: Format<ReportPrinter> = Format {
    name: "jsonl",
    about: "JSON Lines: what `json` says of each spec, a line for each",
    printer: print,
};

/// A line for each spec.
fn print(results: &Results, _: &View) -> String {
    results.checked.iter().map(|checked| json_line(&spec(checked))).collect()
}
