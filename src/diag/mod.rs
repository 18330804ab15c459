//! What is wrong with an input, as plain data, and one renderer for it.
//!
//! A [`Diagnostic`] carries a [`Code`], a message, places in the input ([`Span`]) and a hint. It is
//! made by the parser, the decoder and the checks; [`render()`] turns it into text for a terminal.
//! The data keeps the input's text as it is: whatever prints it passes it through [`sanitize()`].

mod code;
mod excerpt;
mod near;
mod pages;
mod refusal;
mod render;
mod sanitize;
mod span;

pub use code::Code;
pub use near::near;
pub use pages::pages;
pub use refusal::{refuse, refused};
pub use render::render;
pub use sanitize::{cut, cut_to, is_unsafe, json_line, json_text, push_json, quote, sanitize, xml};
pub use span::{Source, SourceId, Sources, Span};

/// Whether a diagnostic stops the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, but is probably not what was meant.
    Warning,
}

/// A place in the input with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words printed beside it; may be empty.
    pub text: String,
}

/// One problem of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kind of problem.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in one lowercase line.
    pub message: String,
    /// Where it is wrong.
    pub primary: Option<Label>,
    /// Other places that explain it.
    pub labels: Vec<Label>,
    /// Further facts.
    pub notes: Vec<String>,
    /// Numbers that changed: the name of each, what it was, what it is, and by how much.
    pub changes: Vec<[String; 4]>,
    /// What to type instead.
    pub help: Option<String>,
    /// The file (perhaps with line and column) when there is no span, as for a missing file.
    pub origin: Option<String>,
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: None,
            labels: Vec::new(),
            notes: Vec::new(),
            changes: Vec::new(),
            help: None,
            origin: None,
        }
    }

    /// A warning without a place yet.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    /// Sets the place that is wrong.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.primary = Some(Label { span, text: text.into() });
        self
    }

    /// Adds a place that explains the problem.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Sets the hint.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Sets the hint if there is one.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }

    /// Names the file when no span can.
    #[must_use]
    pub fn from_file(mut self, name: impl Into<String>) -> Self {
        self.origin = Some(name.into());
        self
    }

    /// The changes as aligned lines, made safe.
    pub fn change_lines(&self) -> Vec<String> {
        let rows: Vec<[String; 4]> = self
            .changes
            .iter()
            .map(|row| row.each_ref().map(|cell| sanitize(cell).into_owned()))
            .collect();
        let [name, old, new, by] = [0, 1, 2, 3]
            .map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0));
        let line = |[a, b, c, d]: &[String; 4]| {
            format!("{a:<name$}   {b:>old$} → {c:>new$}   {d:>by$}").trim_end().to_owned()
        };
        rows.iter().map(line).collect()
    }

    /// Line and column (both from 1, the column in characters) of the primary place.
    pub fn line_column(&self, sources: &Sources) -> Option<(usize, usize)> {
        let span = self.primary.as_ref()?.span;
        Some(sources.get(span.source).line_column(span.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builders_fill_the_fields() {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("a.yaml", "x: é!\ny: 2\n"));
        let d = Diagnostic::error(Code::BadValue, "m")
            .at(Span::new(id, 5, 6), "here")
            .label(Span::new(id, 7, 8), "there")
            .note("n")
            .help("h")
            .maybe_help(None);
        assert_eq!(d.line_column(&sources), Some((1, 5)));
        assert_eq!(d.help.as_deref(), Some("h"));
        assert_eq!((d.labels.len(), d.notes.len()), (1, 1));
        let w = Diagnostic::warning(Code::Mismatch, "m").from_file("a.yaml");
        assert_eq!(w.severity, Severity::Warning);
        assert_eq!(w.line_column(&sources), None);
        assert_eq!(w.origin.as_deref(), Some("a.yaml"));
    }
}
