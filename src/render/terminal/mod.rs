//! A document for a terminal: comfy-table at the terminal's width.

mod page;
mod table;

pub use page::page;
pub use table::fits;

use super::document::{Block, Document};
use super::{Format, Layout, View};
use crate::diag::sanitize;

/// Below this a table cannot be read; narrower terminals get this and wrap by themselves.
const LEAST_WIDTH: usize = 60;

/// Documents for a terminal.
pub const FORMAT: Format<Layout> = Format {
    name: "table",
    about: "Text and tables for a terminal",
    printer: Layout { print, is_fitted: true },
};

/// The document as text, every line ended. No line is wider than the view, if that has a width.
pub fn print(document: &Document, view: &View) -> String {
    let paint = Paint { color: view.color };
    let width = view.width.map(|width| width.max(LEAST_WIDTH));
    let mut out = String::new();
    let push_all = |out: &mut String, lines: Vec<String>| {
        lines.iter().for_each(|line| push_line(out, line));
    };
    push_line(&mut out, &paint.heading(&sanitize(&document.title)));
    if !document.subtitle.is_empty() {
        push_all(&mut out, wrapped(&sanitize(&document.subtitle), "", width));
    }
    for (at, block) in document.blocks.iter().enumerate() {
        // What has no heading stands close to what is above it.
        let is_open =
            |block: &Block| matches!(block, Block::Table(table) if table.heading.is_empty());
        let above = at.checked_sub(1).and_then(|at| document.blocks.get(at));
        let is_close = match block {
            Block::Hint(_) => true,
            Block::Table(_) => above.is_none() && is_open(block),
            Block::Warning(_) => above.is_some_and(is_open),
            _ => false,
        };
        if !is_close {
            out.push('\n');
        }
        match block {
            Block::Table(table) => {
                if !table.heading.is_empty() {
                    push_line(&mut out, &paint.heading(&table.heading));
                }
                out.push_str(&table::print(table, width, &paint));
            }
            Block::Notes { heading, lines } => {
                push_line(&mut out, &paint.heading(heading));
                for line in lines {
                    push_all(&mut out, wrapped(&format!("- {}", sanitize(line)), "  ", width));
                }
            }
            Block::Prose { heading, paragraphs } => {
                push_line(&mut out, &paint.heading(&sanitize(heading)));
                for paragraph in paragraphs {
                    push_all(&mut out, wrapped(&sanitize(paragraph), "", width));
                }
            }
            Block::Hint(text) => {
                let lines = wrapped(text, "", width);
                push_all(&mut out, lines.iter().map(|line| paint.dim(line)).collect());
            }
            Block::Warning(text) => {
                let lines = wrapped(&sanitize(text), "", width);
                push_all(&mut out, lines.iter().map(|line| paint.warning(line)).collect());
            }
        }
    }
    out
}

/// Colours, or nothing.
pub struct Paint {
    color: bool,
}

impl Paint {
    fn heading(&self, text: &str) -> String {
        self.wrap(text, "\u{1b}[1m")
    }

    /// The line at which encoder-side tokens stop, and the like.
    pub fn divider(&self, text: &str) -> String {
        self.wrap(text, "\u{1b}[1;33m")
    }

    fn dim(&self, text: &str) -> String {
        self.wrap(text, "\u{1b}[2m")
    }

    fn warning(&self, text: &str) -> String {
        self.wrap(text, "\u{1b}[1;31m")
    }

    fn wrap(&self, text: &str, start: &str) -> String {
        if self.color { format!("{start}{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

/// A sentence in lines of at most `width` characters, indented from the second on.
pub fn wrapped(text: &str, indent: &str, width: Option<usize>) -> Vec<String> {
    let width = width.unwrap_or(usize::MAX);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let bare = line.trim().is_empty();
        if !bare && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_wrapped_at_words() {
        let lines = wrapped("- one two three four", "  ", Some(10));
        assert_eq!(lines, ["- one two", "  three", "  four"]);
        assert_eq!(wrapped("unbreakable", "", Some(4)), ["unbreakable"]);
        assert_eq!(wrapped("a b", "", None), ["a b"]);
    }
}
