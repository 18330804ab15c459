//! From a report to text. Nothing is computed here: numbers come from [`crate::cost`].
//!
//! A plan is laid out once, as a [`Document`] of facts, tables and notes; a format prints it. To
//! add a format, write its file and its line in [`Format`] and in [`render`].

mod csv;
mod document;
pub mod figure;
#[cfg(feature = "forward")]
mod forward;
mod json;
mod markdown;
mod plan;
mod symbols;
mod terminal;

pub use csv::plain as csv_text;
pub use document::{Align, Block, Column, Document, Row, Table};
#[cfg(feature = "forward")]
pub use forward::render as forward;
pub use json::{exact as exact_json, lookup, value as plan_json};
pub use markdown::{escape as markdown_escape, print as markdown_text, rows as markdown_rows};
pub use plan::{document as plan_document, subtitle};
pub use symbols::{
    bytes_in_brief, closed_form, legend, plain, shape as shape_symbols, shape_names, shape_numbers,
    shape_values, times, written,
};
pub use terminal::{fits, page, print as terminal_text, wrapped};

use crate::cost::Report;

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Tables for a terminal.
    #[default]
    Table,
    /// GitHub-flavoured Markdown.
    Markdown,
    /// JSON with stable keys and exact integers.
    Json,
    /// One row per stage, or per design that is compared.
    Csv,
}

/// How deep stages are opened if nothing else is asked for.
pub const DEFAULT_DEPTH: usize = 1;

/// How a plan is shown.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// How deep stages are opened: 0 components, 1 stages, 2 and more blocks and operations.
    pub depth: usize,
    /// Whether closed forms are shown beside the numbers.
    pub formulas: bool,
    /// Whether integers are shown in full.
    pub exact: bool,
    /// Columns of the terminal; none where the output is no terminal.
    pub width: Option<usize>,
    /// Whether the output may have colour.
    pub color: bool,
}

impl View {
    /// Stages at the default depth, in short numbers, without formulas.
    pub fn new(width: Option<usize>, color: bool) -> View {
        View { depth: DEFAULT_DEPTH, formulas: false, exact: false, width, color }
    }
}

/// Prints plans, one after another or as one JSON list.
pub fn render(reports: &[Report], format: Format, view: &View) -> String {
    let each = |print: fn(&Document, &View) -> String| {
        let documents = reports.iter().map(|report| print(&plan::document(report, view), view));
        documents.collect::<Vec<_>>().join("\n")
    };
    match format {
        Format::Table => each(terminal::print),
        Format::Markdown => each(|document, _| markdown::print(document)),
        Format::Json => json::print(reports, view),
        Format::Csv => csv::print(reports, view),
    }
}

/// A plan and what followed it, as one text; in JSON the run stands in its plan, as `forward`.
pub fn joined(plan: &str, run: &str, format: Format) -> String {
    if format == Format::Json { json::with_forward(plan, run) } else { format!("{plan}\n{run}") }
}
