//! A fault as diagnostics.

use super::fault::{Fault, Kind};
use super::words::{found, hint, list};
use crate::diag::{Code, Diagnostic, Sources, Span, near, quote, refused};
use crate::yaml::{Entry, Node, Value};

/// Where a fault is.
pub(super) struct Place<'t> {
    pub node: &'t Node,
    /// The path in the user's spelling; empty at the root.
    pub path: String,
    /// The innermost entry on the way.
    entry: Option<&'t Entry>,
}

/// Walks to the place of a fault, or as far as the tree goes.
pub(super) fn locate<'t>(root: &'t Node, fault: &Fault) -> Place<'t> {
    let mut place = Place { node: root, path: String::new(), entry: None };
    for &index in fault.steps.iter().rev() {
        if !place.path.is_empty() {
            place.path.push('.');
        }
        match &place.node.value {
            Value::Map(entries) if index < entries.len() => {
                let entry = &entries[index];
                place.path.push_str(&entry.written);
                (place.node, place.entry) = (&entry.value, Some(entry));
            }
            Value::Seq(items) if index < items.len() => {
                place.path.push_str(&index.to_string());
                place.node = &items[index];
            }
            _ => break,
        }
    }
    place
}

impl Place<'_> {
    /// The place to underline for the value: of a block of several lines its key.
    fn span(&self, sources: &Sources) -> Span {
        match self.node.value {
            Value::Seq(_) | Value::Map(_) if !self.node.raw(sources).starts_with(['[', '{']) => {
                self.section()
            }
            _ => self.node.span,
        }
    }

    /// The place that names the section: its key, or the start of the whole.
    fn section(&self) -> Span {
        self.entry.map_or(self.node.span.head(), |entry| entry.key_span)
    }

    fn name(&self) -> String {
        if self.path.is_empty() { "the spec".to_owned() } else { quote(&self.path) }
    }

    fn inside(&self) -> String {
        if self.path.is_empty() {
            "at the top level".to_owned()
        } else {
            format!("in {}", quote(&self.path))
        }
    }
}

/// The diagnostics of a fault; several only for unknown keys, which are all reported at once.
pub(super) fn report(tree: &Node, fault: &Fault, sources: &Sources) -> Vec<Diagnostic> {
    let place = locate(tree, fault);
    let name = place.name();
    let span = if fault.on_key { place.section() } else { place.span(sources) };
    let d = match &fault.kind {
        Kind::UnknownKey { name, known } => return unknown_keys(&place, name, known),
        Kind::Type { expected } if fault.on_key => {
            Diagnostic::error(Code::BadValue, format!("the key {name} must be {expected}"))
                .at(span, "this key")
                .help(format!("write {expected}"))
        }
        Kind::Type { expected } => {
            let found = found(place.node, sources);
            Diagnostic::error(Code::WrongType, format!("{name} must be {expected}, not {found}"))
                .at(span, format!("expected {expected}"))
                .help(hint(place.node, expected, sources))
        }
        Kind::Range { low, high } => {
            let text = quote(place.node.raw(sources));
            Diagnostic::error(Code::OutOfRange, format!("{name} is out of range: {text}"))
                .at(span, format!("must be from {low} to {high}"))
                .help(format!("write a whole number from {low} to {high}"))
        }
        Kind::NotFinite => {
            let text = quote(place.node.raw(sources));
            Diagnostic::error(Code::OutOfRange, format!("{name} is out of range: {text}"))
                .at(span, "not a finite number")
                .help("write a number such as `0.5` or `1e6`")
        }
        Kind::Missing(key) => {
            let bare = matches!(&place.node.value, Value::Str(_));
            let inside = if bare {
                format!("in {}", quote(place.node.raw(sources)))
            } else {
                place.inside()
            };
            let help = match &place.node.value {
                Value::Str(text) => {
                    format!("write {}", quote(&format!("{{{text}: {{{key}: …}}}}")))
                }
                _ => format!("add `{key}: …` {}", place.inside()),
            };
            let span = if bare { span } else { place.section() };
            Diagnostic::error(Code::MissingField, format!("missing `{key}` {inside}"))
                .at(span, format!("needs `{key}`"))
                .help(help)
        }
        Kind::UnknownVariant { name, known } => {
            let span = match &place.node.value {
                Value::Map(entries) if !fault.on_key => {
                    entries.first().map_or(span, |entry| entry.key_span)
                }
                _ => span,
            };
            unknown_variant(&place, name, known, span)
        }
        Kind::NotOneVariant { known } => not_one_variant(&place, known, span),
        Kind::NoContent => {
            let key = place.entry.map_or("", |entry| entry.written.as_str());
            Diagnostic::error(Code::WrongType, format!("{} takes no settings", quote(key)))
                .at(span, "remove this")
                .help(format!("write {} alone", quote(key)))
        }
        Kind::Custom(text) => {
            let (code, message, help) = refused(text);
            let message = if place.path.is_empty() {
                message.to_owned()
            } else {
                format!("{name}: {message}")
            };
            Diagnostic::error(code, message).at(span, "").maybe_help(help.map(str::to_owned))
        }
    };
    vec![d]
}

fn unknown_keys(place: &Place<'_>, name: &str, known: &[&'static str]) -> Vec<Diagnostic> {
    let fault = |key: &str, written: &str, span: Span| {
        let help = match near(key, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => "it has no keys; remove this one".to_owned(),
            None => format!("known keys: {}", list(known)),
        };
        let message = format!("unknown key {} {}", quote(written), place.inside());
        Diagnostic::error(Code::UnknownKey, message).at(span, "unknown key").help(help)
    };
    let Value::Map(entries) = &place.node.value else {
        return vec![fault(name, name, place.section())];
    };
    let unknown = entries.iter().filter(|entry| !known.contains(&entry.key.as_str()));
    let mut faults: Vec<_> =
        unknown.map(|entry| fault(&entry.key, &entry.written, entry.key_span)).collect();
    if faults.is_empty() {
        faults.push(fault(name, name, place.section()));
    }
    faults
}

fn unknown_variant(
    place: &Place<'_>,
    name: &str,
    known: &[&'static str],
    span: Span,
) -> Diagnostic {
    let kind = place.entry.map_or("choice", |entry| entry.written.as_str());
    let help = match near(name, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("write one of {}", list(known)),
    };
    let message = format!("unknown {} {}", quote(kind).trim_matches('`'), quote(name));
    Diagnostic::error(Code::UnknownVariant, message).at(span, "unknown").help(help)
}

fn not_one_variant(place: &Place<'_>, known: &[&'static str], span: Span) -> Diagnostic {
    let entries = match &place.node.value {
        Value::Map(entries) => entries.as_slice(),
        _ => &[],
    };
    let message = format!("{} must be one choice, not {}", place.name(), entries.len());
    let d =
        Diagnostic::error(Code::WrongType, message).help(format!("keep one of {}", list(known)));
    match entries {
        [first, second, ..] => {
            d.at(second.key_span, "a second choice").label(first.key_span, "the first")
        }
        _ => d.at(span, "empty"),
    }
}
