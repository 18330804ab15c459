//! What changed, as text: for a terminal, for programs, for a comment on a pull request.

mod json;
mod layout;
mod markdown;
mod words;

use rayon::prelude::*;

use super::run::Diff;
use crate::render::figure::Style;
use crate::render::{self, terminal_text};

/// A format of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Tables for a terminal; nothing where nothing changed.
    #[default]
    Table,
    /// JSON with stable keys and exact integers.
    Json,
    /// A comment for a pull request, with a hidden mark that a bot finds it by.
    Markdown,
}

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

/// Prints a comparison and its findings, every line ended.
pub fn print(diff: &Diff, format: Format, view: &View) -> String {
    match format {
        Format::Json => json::print(diff),
        Format::Markdown => markdown::print(diff, view),
        Format::Table => {
            let shown =
                render::View { exact: view.exact, ..render::View::new(view.width, view.color) };
            let text =
                |compared| Some(terminal_text(&layout::document(compared, view.style())?, &shown));
            let parts: Vec<String> = diff.compared.par_iter().filter_map(text).collect();
            parts.join("\n")
        }
    }
}

impl View {
    /// How numbers are written.
    fn style(&self) -> Style {
        if self.exact { Style::Exact } else { Style::Short }
    }
}
