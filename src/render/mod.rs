//! From a report to text. Nothing is computed here: numbers come from [`crate::cost`].
//!
//! A plan is laid out once, as a [`Document`] of facts, tables and notes, which a format of
//! `LAYOUTS` prints; for programs it is written as data. To add a format, write its file and its
//! line in `LAYOUTS` or in [`Output::DATA`].

mod csv;
mod document;
pub mod figure;
mod format;
#[cfg(feature = "forward")]
mod forward;
mod json;
mod jsonl;
mod markdown;
mod plan;
mod presets;
mod symbols;
mod tensors;
mod terminal;

pub use csv::{ABOUT as ABOUT_CSV, plain as csv_text, table_of as csv_table};
pub use document::{Block, Column, Document, Row, Table};
pub use format::{Data, Format, FormatOf, Layout, Output, Printer, formats};
#[cfg(feature = "forward")]
pub use forward::Executed;
pub use json::{exact as exact_json, lookup, value as plan_json};
pub use markdown::{escape as markdown_escape, print as markdown_text, rows as markdown_rows};
pub use plan::{SECTIONS, Sections, subtitle};
pub use presets::Catalogue;
pub use symbols::{
    closed_form, in_brief, legend, plain, shape as shape_symbols, shape_names, shape_numbers,
    shape_values, times,
};
pub use terminal::{fits, page, print as terminal_text, wrapped};

use crate::cost::Report;
use crate::units::Counts;

/// The formats of laid-out documents.
const LAYOUTS: &[Format<Layout>] = &[terminal::FORMAT, markdown::FORMAT];

/// How deep stages are opened if nothing else is asked for.
pub const DEFAULT_DEPTH: usize = 1;

/// How a plan is shown.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// How deep stages are opened: 0 components, 1 stages, 2 and more blocks and operations.
    pub depth: usize,
    /// The sections of a plan.
    pub sections: Sections,
    /// Whether integers are shown in full.
    pub exact: bool,
    /// Whether multiply-adds stand beside the FLOPs of products.
    pub macs: bool,
    /// How counts are abbreviated.
    pub counts: Counts,
    /// Columns of the terminal; none where the output is no terminal.
    pub width: Option<usize>,
    /// Whether the output may have colour.
    pub color: bool,
}

impl View {
    /// The summary, or stages at the default depth, in short numbers.
    pub const fn new(width: Option<usize>, color: bool) -> View {
        View {
            depth: DEFAULT_DEPTH,
            sections: Sections::SUMMARY,
            exact: false,
            macs: false,
            counts: Counts::Decimal,
            width,
            color,
        }
    }
}

impl Output for Report {
    const DATA: &'static [Format<Data<Report>>] = &[json::FORMAT, jsonl::FORMAT, csv::FORMAT];

    fn layout(&self, view: &View) -> Document {
        plan::document(self, view)
    }
}

/// A plan and what followed it, as one text; in data the run stands in its plan, as `forward`.
pub fn joined(plan: &str, run: &str, format: &FormatOf<Report>) -> String {
    match format.printer {
        Printer::Layout(_) => format!("{plan}\n{run}"),
        Printer::Data(_) => json::with_forward(plan, run),
    }
}
