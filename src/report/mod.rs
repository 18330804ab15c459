//! What a check, a comparison or a baseline found, printed for people and for CI.
//!
//! To add a format, write its file with its `FORMAT`, and its line in [`FORMATS`].

mod case;
mod github;
mod json;
mod junit;
mod markdown;
mod sarif;
mod table;
mod tap;
mod words;

pub use table::FORMAT as TABLE;

use crate::check::Results;
use crate::files::Root;
use crate::render::Format;

/// The formats of reports.
pub const FORMATS: [Format<ReportPrinter>; 7] = [
    table::FORMAT,
    json::FORMAT,
    junit::FORMAT,
    sarif::FORMAT,
    github::FORMAT,
    markdown::FORMAT,
    tap::FORMAT,
];

/// What prints a report.
#[derive(Clone, Copy, Debug)]
pub struct ReportPrinter {
    /// The results, every line ended.
    pub print: fn(&Results, &View) -> String,
    /// What is printed beside the report, where whoever reads the report reads that too.
    pub beside: fn(String) -> String,
}

impl ReportPrinter {
    /// A printer whose reader does not see what is printed beside the report.
    const fn new(print: fn(&Results, &View) -> String) -> ReportPrinter {
        ReportPrinter { print, beside: |text| text }
    }
}

/// How a report is shown.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Whether specs that keep everything are left out where people read.
    pub quiet: bool,
    /// Columns of the terminal; none where the output is no terminal.
    pub width: Option<usize>,
    /// Whether the output may have colour.
    pub color: bool,
    /// Where paths start in formats that a CI service reads.
    pub root: Root,
}
