//! What changed, as text: for a terminal, for programs, for a comment on a pull request.

mod json;
mod layout;
mod markdown;
mod words;

use rayon::prelude::*;

use super::outcome::Compared;
use super::run::Diff;
use crate::render::figure::Style;
use crate::render::{self, Format, terminal_text};

/// The formats of a comparison.
pub const FORMATS: [Format<DiffPrinter>; 3] = [TABLE, json::FORMAT, markdown::FORMAT];

/// What prints a comparison, every line ended.
#[derive(Clone, Copy, Debug)]
pub struct DiffPrinter {
    /// The text.
    pub print: fn(&Diff, &View) -> String,
    /// Whether it says what became of the limits, and what cannot be used.
    pub says_findings: bool,
    /// How deep it is if nothing else is asked for.
    pub depth: usize,
}

const TABLE: Format<DiffPrinter> = Format {
    name: "table",
    about: "The numbers that changed side by side, for people",
    printer: DiffPrinter { print: tables, says_findings: false, depth: 0 },
};

/// How a comparison is shown.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// How deep: 0 the numbers that are looked at first, more: all of them, stage by stage.
    pub depth: usize,
    /// Whether integers are shown in full.
    pub exact: bool,
    /// Columns of the terminal; none where the output is no terminal.
    pub width: Option<usize>,
    /// Whether the output may have colour.
    pub color: bool,
}

/// What changed, pair by pair, and how much of all that is.
fn tables(diff: &Diff, view: &View) -> String {
    let in_terminal =
        render::View { exact: view.exact, ..render::View::new(view.width, view.color) };
    let text = |compared| Some(terminal_text(&layout::document(compared, view)?, &in_terminal));
    let mut parts: Vec<String> = diff.compared.par_iter().filter_map(text).collect();
    let is_changed = |compared: &Compared| matches!(compared, Compared::Changed(_));
    if view.depth == 0 && diff.compared.iter().any(is_changed) {
        parts.push(MORE.to_owned());
    }
    // Of one pair, everything has been said.
    if parts.is_empty() && !diff.compared.is_empty() || diff.compared.len() > 1 {
        parts.push(format!("{}\n", words::summary(diff)));
    }
    parts.join("\n")
}

/// Where everything else is.
const MORE: &str = "more with --depth 1: all numbers, stage by stage; --exact: all digits\n";

impl View {
    /// How numbers are written.
    fn style(&self) -> Style {
        if self.exact { Style::Exact } else { Style::Short }
    }
}
