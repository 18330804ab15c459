//! The texts that diagnostics point into, and places in them.

use std::ops::Range;
use std::sync::Arc;

/// A text to point into: a file, `<stdin>`, a preset, or one `--set` argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name shown before line and column.
    pub name: String,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// A text under a name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Source { name: name.into(), text: text.into() }
    }

    /// Line and column, both from 1, the column in characters. An offset beyond the end is the end.
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let before = &self.text[..floor_boundary(&self.text, offset as usize)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = 1 + before.bytes().filter(|&b| b == b'\n').count();
        (line, 1 + before[line_start..].chars().count())
    }
}

/// The name of one [`Source`] in its [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

impl SourceId {
    /// The source of nodes that stand in no text.
    pub(crate) const NOWHERE: SourceId = SourceId(u32::MAX);
}

/// All texts of one run.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    list: Vec<Arc<Source>>,
}

impl Sources {
    /// Keeps a text, which others may keep too, and names it.
    pub fn add(&mut self, source: impl Into<Arc<Source>>) -> SourceId {
        self.list.push(source.into());
        SourceId((self.list.len() - 1) as u32)
    }

    /// The text of an id that [`Sources::add`] of this same value gave; of any other an empty one.
    pub fn get(&self, id: SourceId) -> &Source {
        static EMPTY: Source = Source { name: String::new(), text: String::new() };
        self.list.get(id.0 as usize).map_or(&EMPTY, |source| source)
    }
}

/// A range of bytes of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// A span of byte offsets. Sources are far below 4 GiB; a larger offset saturates.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let fit = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { source, start: fit(start), end: fit(end.max(start)) }
    }

    /// The empty span at the start of this one.
    #[must_use]
    pub fn head(self) -> Self {
        Span { end: self.start, ..self }
    }

    /// The text under the span; empty where the span does not fit the text.
    pub fn text(self, sources: &Sources) -> &str {
        sources.get(self.source).text.get(self.range()).unwrap_or("")
    }

    /// The byte range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The largest character boundary at or below `offset`.
pub(super) fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source::new("f", "中文: 1\r\nb: 2");
        assert_eq!(source.line_column(0), (1, 1));
        assert_eq!(source.line_column(6), (1, 3));
        assert_eq!(source.line_column(7), (1, 4));
        assert_eq!(source.line_column(11), (2, 1));
        assert_eq!(source.line_column(999), (2, 5));
        assert_eq!(source.line_column(1), (1, 1)); // inside a character
    }

    #[test]
    fn span_text_never_panics() {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("f", "é"));
        assert_eq!(Span::new(id, 0, 2).text(&sources), "é");
        assert_eq!(Span::new(id, 1, 2).text(&sources), "");
        assert_eq!(Span::new(id, 5, usize::MAX).text(&sources), "");
        assert_eq!(Span::new(SourceId::NOWHERE, 0, 9).text(&sources), "");
        assert_eq!(Span::new(id, 0, 2).head(), Span::new(id, 0, 0));
    }
}
