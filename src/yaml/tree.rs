//! The spec as a tree of values that know their place in the text.

use crate::diag::{Code, Diagnostic, Sources, Span, quote};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its text. A value that an alias (`*name`) repeats has the place of its definition.
    pub span: Span,
}

/// A YAML value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`; `yes` and `no` are text.
    Bool(bool),
    /// A whole number, exactly.
    Int(i128),
    /// A number with a point or an exponent, or a whole one beyond 128 bits.
    Float(f64),
    /// Text.
    Str(String),
    /// A list.
    Seq(Vec<Node>),
    /// A map, in the order of the text.
    Map(Vec<Entry>),
}

/// A key of a map and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key by its own name; see [`canonicalise`](super::canonicalise).
    pub key: String,
    /// The key as the text has it.
    pub written: String,
    /// The place of the key.
    pub key_span: Span,
    /// Whether a merge (`<<`) brought it; a key of the map itself is stronger.
    pub merged: bool,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// An entry under the key that is written.
    pub fn new(key: impl Into<String>, key_span: Span, value: Node) -> Self {
        let key = key.into();
        Entry { written: key.clone(), key, key_span, merged: false, value }
    }
}

impl Node {
    /// The value at a path of keys, and of indices of lists: `llm.width`, `stages.0.depth`.
    /// The empty path is the node itself.
    pub fn get(&self, path: &str) -> Option<&Node> {
        segments(path).try_fold(self, |node, segment| node.child(segment).map(|found| found.0))
    }

    /// The entries of a map; none of another value.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a map under a key, which may have dots.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// As [`get`](Node::get), to change.
    pub(super) fn get_mut(&mut self, path: &str) -> Option<&mut Node> {
        segments(path).try_fold(self, |node, segment| match &mut node.value {
            Value::Map(entries) => {
                entries.iter_mut().find(|entry| entry.key == segment).map(|entry| &mut entry.value)
            }
            Value::Seq(items) => items.get_mut(segment.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The place of the value at a path; of a map, that of its key. If there is none, the key of the
    /// nearest section above it that exists, or the start of the whole.
    pub fn span_of(&self, path: &str) -> Span {
        let (mut node, mut nearest) = (self, self.span.head());
        for segment in segments(path) {
            match node.child(segment) {
                Some((child, key_span)) => (node, nearest) = (child, key_span),
                None => return nearest,
            }
        }
        if matches!(node.value, Value::Map(_)) { nearest } else { node.span }
    }

    /// The text of the value as it is written.
    pub fn raw<'a>(&self, sources: &'a Sources) -> &'a str {
        self.span.text(sources)
    }

    /// A child and the place that names it.
    fn child(&self, segment: &str) -> Option<(&Node, Span)> {
        match &self.value {
            Value::Map(entries) => entries
                .iter()
                .find(|entry| entry.key == segment)
                .map(|entry| (&entry.value, entry.key_span)),
            Value::Seq(items) => {
                items.get(segment.parse::<usize>().ok()?).map(|item| (item, item.span))
            }
            _ => None,
        }
    }

    /// The number of values in the node, itself included, and the bytes of its texts and keys.
    pub(super) fn weight(&self) -> (usize, usize) {
        let add = |(nodes, bytes): (usize, usize), child: &Node, key: usize| {
            let (n, b) = child.weight();
            (nodes + n, bytes + b + key)
        };
        match &self.value {
            Value::Str(text) => (1, text.len()),
            Value::Seq(items) => items.iter().fold((1, 0), |sum, item| add(sum, item, 0)),
            Value::Map(entries) => {
                entries.iter().fold((1, 0), |sum, entry| add(sum, &entry.value, entry.key.len()))
            }
            _ => (1, 0),
        }
    }
}

/// The segments of a dotted path; none for the empty path.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').filter(|_| !path.is_empty())
}

/// Drops all but the first entry of each key, and those that a merge brought where the map has its
/// own. Each second entry that the map itself writes is a fault.
pub(super) fn dedupe(entries: &mut Vec<Entry>) -> Vec<Diagnostic> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (&entries[a], &entries[b]);
        (&a.key, a.merged).cmp(&(&b.key, b.merged))
    });
    let mut dropped = vec![false; entries.len()];
    let mut faults = Vec::new();
    for group in order.chunk_by(|&a, &b| entries[a].key == entries[b].key) {
        let Some((&first, others)) = group.split_first() else {
            continue;
        };
        for &other in others {
            dropped[other] = true;
            if !entries[other].merged {
                faults.push(given_twice(&entries[first], &entries[other]));
            }
        }
    }
    if dropped.contains(&true) {
        let mut at = dropped.iter();
        entries.retain(|_| !at.next().copied().unwrap_or_default());
    }
    faults
}

fn given_twice(first: &Entry, second: &Entry) -> Diagnostic {
    let (a, b) = (quote(&first.written), quote(&second.written));
    let (message, help) = if a == b {
        (format!("duplicate key {b}"), format!("remove one of the two {b}"))
    } else if first.value.value == second.value.value {
        (format!("{a} and {b} are the same key"), format!("keep either {a} or {b}"))
    } else {
        let key = quote(&first.key);
        (
            format!("{a} and {b} are the same key, and say different things"),
            format!("find out which of them is {key} here, and take the other one out"),
        )
    };
    Diagnostic::error(Code::DuplicateKey, message)
        .at(second.key_span, "given again here")
        .label(first.key_span, "first given here")
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::diag::Source;

    #[test]
    fn paths_and_places() {
        let mut sources = Sources::default();
        let text = "llm:\n  width: 4_096\n  list: [a, {b: 1}]\n";
        let id = sources.add(Source::new("f", text));
        let mut tree = parse(&sources, id).unwrap();
        let width = tree.get("llm.width").unwrap();
        assert_eq!((&width.value, width.raw(&sources)), (&Value::Int(4096), "4_096"));
        assert_eq!(tree.get("llm.list.1.b").unwrap().value, Value::Int(1));
        assert_eq!(tree.get("llm.list").unwrap().raw(&sources), "[a, {b: 1}]");
        assert_eq!(tree.get("llm").unwrap().raw(&sources), text[7..].trim_end());
        assert!(tree.get("").is_some() && tree.get("llm.nope").is_none());
        assert!(tree.get("llm.list.x").is_none() && tree.get("llm.list.9").is_none());
        assert_eq!(tree.span_of("llm.depth.x").text(&sources), "llm");
        assert_eq!(tree.span_of("llm.list.1.c").text(&sources), "{b: 1}");
        assert_eq!(tree.span_of("llm.list.1.b").text(&sources), "1");
        assert_eq!(tree.span_of("nope").range(), 0..0);
        assert!(tree.get_mut("llm.list.0").is_some() && tree.get_mut("llm.width.x").is_none());
        assert_eq!(tree.weight(), (7, "llmwidthlistab".len()));
    }
}
