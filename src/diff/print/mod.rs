//! What changed, as text: for a terminal, for programs, for a comment on a pull request.

mod json;
mod layout;
mod markdown;
mod words;

use rayon::prelude::*;

use super::run::Diff;
use crate::render::figure::Style;
use crate::render::{self, Format, terminal_text};

/// The formats of a comparison.
pub const FORMATS: [Format<DiffPrinter>; 3] = [TABLE, json::FORMAT, markdown::FORMAT];

/// What prints a comparison and its findings, every line ended.
#[derive(Clone, Copy, Debug)]
pub struct DiffPrinter {
    /// The text.
    pub print: fn(&Diff, &View) -> String,
    /// Whether it says what became of the limits.
    pub says_findings: bool,
}

const TABLE: Format<DiffPrinter> = Format {
    name: "table",
    about: "Tables for a terminal; nothing where nothing changed",
    printer: DiffPrinter { print: tables, says_findings: false },
};

/// How a comparison is shown.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Whether integers are shown in full.
    pub exact: bool,
    /// Columns of the terminal; none where the output is no terminal.
    pub width: Option<usize>,
    /// Whether the output may have colour.
    pub color: bool,
}

fn tables(diff: &Diff, view: &View) -> String {
    let in_terminal =
        render::View { exact: view.exact, ..render::View::new(view.width, view.color) };
    let text =
        |compared| Some(terminal_text(&layout::document(compared, view.style())?, &in_terminal));
    let parts: Vec<String> = diff.compared.par_iter().filter_map(text).collect();
    parts.join("\n")
}

impl View {
    /// How numbers are written.
    fn style(&self) -> Style {
        if self.exact { Style::Exact } else { Style::Short }
    }
}
