//! A line of a terminal picture: pieces of text, each in a style.

use super::super::text::{printed, width};

/// How a piece looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// What must be read first: names and numbers of tokens.
    Bold,
    /// What may be skipped: frames, symbols.
    Dim,
    /// The line between the two kinds of token.
    Boundary,
}

impl Style {
    fn start(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Bold => "\u{1b}[1m",
            Style::Dim => "\u{1b}[2m",
            Style::Boundary => "\u{1b}[1;33m",
        }
    }
}

/// Pieces from left to right.
#[derive(Clone, Debug, Default)]
pub struct Line(Vec<(Style, String)>);

impl Line {
    /// A line of one piece.
    pub fn of(style: Style, text: impl Into<String>) -> Line {
        Line::default().with(style, text)
    }

    /// The line with a piece more.
    #[must_use]
    pub fn with(mut self, style: Style, text: impl Into<String>) -> Line {
        self.0.push((style, text.into()));
        self
    }

    /// The line with another one after it.
    #[must_use]
    pub fn then(mut self, other: Line) -> Line {
        self.0.extend(other.0);
        self
    }

    /// The line with blanks after it up to a column.
    #[must_use]
    pub fn padded(self, columns: usize) -> Line {
        let missing = columns.saturating_sub(self.width());
        self.with(Style::Plain, " ".repeat(missing))
    }

    /// The columns of the line.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| width(text)).sum()
    }

    /// The text, without blanks at its end; a blank is a blank.
    pub fn print(&self, color: bool) -> String {
        printed(&self.marked(color))
    }

    fn marked(&self, color: bool) -> String {
        let bare: String = self.0.iter().map(|(_, text)| text.as_str()).collect();
        if !color {
            return bare.trim_end().to_owned();
        }
        let mut left = bare.trim_end().len();
        let mut out = String::new();
        for (style, text) in &self.0 {
            let shown = &text[..text.len().min(left)];
            left -= shown.len();
            match style.start() {
                _ if shown.is_empty() => {}
                "" => out.push_str(shown),
                start => out.push_str(&format!("{start}{shown}\u{1b}[0m")),
            }
        }
        out
    }
}
