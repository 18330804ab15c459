//! Values: scalars, lists, tags, anchors and aliases.

use super::{Composer, Found, Stop};
use crate::diag::{Code, Diagnostic, Span, quote};
use crate::yaml::{MAX_ALIASES, MAX_DEPTH, Node, Value, scalar};
use serde_yaml::granit_parser::{Event, ScalarStyle, StructureStyle, Tag};

impl<'t> Composer<'t> {
    pub(super) fn node(&mut self, depth: usize) -> Result<Node, Stop> {
        let found = self.next()?;
        self.node_from(found, depth)
    }

    pub(super) fn node_from(
        &mut self,
        (event, span): Found<'t>,
        depth: usize,
    ) -> Result<Node, Stop> {
        if depth > MAX_DEPTH {
            return self.too_complex(span, &format!("nested deeper than {MAX_DEPTH} levels"));
        }
        let (value, span, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                let text_tag = self.is_string_tag(tag.as_deref(), span)?;
                let plain = style == ScalarStyle::Plain && !text_tag;
                let implicit = span.start == span.end && plain;
                let value = match plain {
                    _ if implicit => Value::Null,
                    true => scalar::resolve(&text),
                    false => Value::Str(text.into_owned()),
                };
                (value, if implicit { self.after_colon(span) } else { span }, anchor)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span)?;
                let (items, end) = self.items(depth)?;
                let last = items.last().map(|item| item.span.end);
                (Value::Seq(items), self.around(span, style, last, end), anchor)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.refuse_tag(tag.as_deref(), span)?;
                let (entries, last, end) = self.entries(depth)?;
                (Value::Map(entries), self.around(span, style, last, end), anchor)
            }
            _ => {
                let d = Diagnostic::error(Code::BadYaml, "a value is missing here");
                return self.stop(d.at(span, "expected a value"));
            }
        };
        let node = Node { value, span };
        let text = if let Value::Str(text) = &node.value { text.len() } else { 0 };
        self.spend(1, text, span)?;
        if anchor > 0 {
            // A copy for the aliases; it counts, or nested anchors could fill the memory.
            let (nodes, bytes) = node.weight();
            self.spend(nodes, bytes, span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn items(&mut self, depth: usize) -> Result<(Vec<Node>, Span), Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, end) => return Ok((items, end)),
                found => items.push(self.node_from(found, depth + 1)?),
            }
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<Node, Stop> {
        self.aliases += 1;
        if self.aliases > MAX_ALIASES {
            return self.too_complex(span, &format!("more than {MAX_ALIASES} aliases"));
        }
        let Some(node) = self.anchors.get(&anchor) else {
            let d = Diagnostic::error(Code::BadYaml, "an alias inside of its own definition");
            return self.stop(d.at(span, "refers to a value around it").help("write it out"));
        };
        let (nodes, bytes) = node.weight();
        let node = node.clone();
        self.spend(nodes, bytes, span)?;
        Ok(node)
    }

    /// Whether the tag is `!!str`; any other tag is a fault.
    pub(super) fn is_string_tag(&mut self, tag: Option<&Tag>, span: Span) -> Result<bool, Stop> {
        let text = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
        if !text {
            self.refuse_tag(tag, span)?;
        }
        Ok(text)
    }

    fn refuse_tag(&mut self, tag: Option<&Tag>, span: Span) -> Result<(), Stop> {
        let Some(tag) = tag else { return Ok(()) };
        let name = tag.original();
        let d = Diagnostic::error(Code::BadYaml, format!("the tag {} is not known", quote(&name)));
        let key = name.trim_start_matches('!');
        let help =
            format!("remove the tag; a choice is a key, as in {}", quote(&format!("{{{key}: …}}")));
        self.fault(d.at(span, "tagged value").help(help))
    }

    /// The place after the colon of a key without a value.
    fn after_colon(&self, span: Span) -> Span {
        let at = span.start as usize - self.base;
        let skip = usize::from(self.text.as_bytes().get(at) == Some(&b':'));
        self.span(at + skip, at + skip)
    }

    /// The place of a list or map: up to its bracket, or in block style to its last child.
    fn around(&self, start: Span, style: StructureStyle, last: Option<u32>, end: Span) -> Span {
        let end = match style {
            StructureStyle::Flow => end.end,
            // A child that an alias repeats stands earlier.
            StructureStyle::Block => last.unwrap_or(start.end),
        };
        Span { end: end.max(start.end), ..start }
    }
}
