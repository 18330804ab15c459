//! Plans as JSON Lines: each in a line of its own, however many there are.

use super::{Data, Format, View, json};
use crate::cost::Report;
use crate::diag::json_line;

/// Plans as JSON Lines.
pub const FORMAT: Format<Data<Report>> = Format {
    name: "jsonl",
    about: "JSON Lines: a plan a line, however many there are",
    printer: |reports, view: &View| {
        reports.iter().map(|report| json_line(&json::value(report, view.depth))).collect()
    },
};
