//! What a check, a comparison or a baseline found, printed for people and for CI.
//!
//! To add a format, write its file and its lines in [`Format`] and in [`render`].

mod table;

use crate::check::Results;

/// A format of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A line for each spec, and below it what does not hold.
    #[default]
    Table,
}

/// How a report is shown.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Whether specs that keep everything are left out where people read.
    pub quiet: bool,
    /// Columns of the terminal; none where the output is no terminal.
    pub width: Option<usize>,
    /// Whether the output may have colour.
    pub color: bool,
}

/// Prints results, every line ended.
pub fn render(results: &Results, format: Format, view: &View) -> String {
    match format {
        Format::Table => table::print(results, view),
    }
}
