//! What a check, a comparison or a baseline found, printed for people and for CI.
//!
//! To add a format, write its file with its `FORMAT`, and its line in [`FORMATS`].

mod case;
mod github;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod sarif;
mod table;
mod tap;
mod text;
mod words;

pub use text::FORMAT as TEXT;

use crate::check::Results;
use crate::files::Root;
use crate::render::Format;

/// The formats of reports.
pub const FORMATS: [Format<ReportPrinter>; 9] = [
    text::FORMAT,
    table::FORMAT,
    json::FORMAT,
    jsonl::FORMAT,
    junit::FORMAT,
    sarif::FORMAT,
    github::FORMAT,
    markdown::FORMAT,
    tap::FORMAT,
];

/// What prints a report, every line ended. The report says everything that was found: nothing of it
/// is printed beside.
pub type ReportPrinter = fn(&Results, &View) -> String;

/// How a report is shown.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Whether nothing is said of what holds where people read.
    pub quiet: bool,
    /// Columns of the terminal; none where the output is no terminal.
    pub width: Option<usize>,
    /// Whether the output may have colour.
    pub color: bool,
    /// Where paths start in formats that a CI service reads.
    pub root: Root,
}
