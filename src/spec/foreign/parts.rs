//! Parts of the tree of a spec that is written from another file.

use crate::diag::Span;
use crate::yaml::{Entry, Node, Value};

/// A map of a new tree. Its values keep the places that they come from.
pub(super) struct Section {
    entries: Vec<Entry>,
    span: Span,
}

impl Section {
    /// An empty section that comes from a place.
    pub fn new(span: Span) -> Section {
        Section { entries: Vec::new(), span }
    }

    /// A field from the value that stands there; nothing of one that is not there or is null.
    pub fn take(&mut self, field: &str, value: Option<&Node>) {
        if let Some(value) = value.filter(|value| value.value != Value::Null) {
            self.entries.push(Entry::new(field, value.span, value.clone()));
        }
    }

    /// A field that the kind of file implies.
    pub fn imply(&mut self, field: &str, value: impl Into<Implied>) {
        let Implied(value) = value.into();
        self.entries.push(Entry::new(field, self.span, Node { value, span: self.span }));
    }

    /// A section in it.
    pub fn section(&mut self, field: &str, section: Section) {
        let node = section.into_node();
        self.entries.push(Entry::new(field, node.span, node));
    }

    /// The map.
    pub fn into_node(self) -> Node {
        Node { value: Value::Map(self.entries), span: self.span }
    }
}

/// A value that stands in no text.
pub(super) struct Implied(Value);

impl From<bool> for Implied {
    fn from(value: bool) -> Implied {
        Implied(Value::Bool(value))
    }
}

impl From<i128> for Implied {
    fn from(value: i128) -> Implied {
        Implied(Value::Int(value))
    }
}

impl From<&str> for Implied {
    fn from(value: &str) -> Implied {
        Implied(Value::Str(value.to_owned()))
    }
}
