//! Maps: keys, duplicates and merges.

use super::{Composer, Found, Stop};
use crate::diag::{Code, Diagnostic, Span};
use crate::yaml::tree::dedupe;
use crate::yaml::{Entry, Node, Value, scalar};
use serde_yaml::granit_parser::{Event, ScalarStyle};

impl<'t> Composer<'t> {
    /// The entries of a map, where the last of them ends in the text, and the closing bracket.
    pub(super) fn entries(
        &mut self,
        depth: usize,
    ) -> Result<(Vec<Entry>, Option<u32>, Span), Stop> {
        let (mut entries, mut merged) = (Vec::new(), Vec::new());
        let (mut last, mut merge_at): (Option<u32>, Option<Span>) = (None, None);
        loop {
            let (event, key_span) = self.next()?;
            if event == Event::MappingEnd {
                entries.append(&mut merged);
                for fault in dedupe(&mut entries) {
                    self.fault(fault)?;
                }
                return Ok((entries, last, key_span));
            }
            let is_merge =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = if is_merge { None } else { self.key((event, key_span), depth)? };
            let value = self.node(depth + 1)?;
            last = Some(value.span.end.max(key_span.end));
            if let Some(key) = key {
                self.spend(0, key.len(), key_span)?;
                entries.push(Entry::new(key, key_span, value));
            } else if is_merge {
                if let Some(first) = merge_at.replace(key_span) {
                    let d = Diagnostic::error(Code::DuplicateKey, "duplicate key `<<`");
                    let d = d.at(key_span, "given again here").label(first, "first given here");
                    self.fault(d.help("merge several maps with `<<: [*a, *b]`"))?;
                }
                self.merge(value, &mut merged)?;
            }
        }
    }

    /// The text of a key; a fault and `None` if it is not text.
    fn key(&mut self, (event, span): Found<'t>, depth: usize) -> Result<Option<String>, Stop> {
        let what = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let text_tag = self.is_string_tag(tag.as_deref(), span)?;
                let plain = style == ScalarStyle::Plain && !text_tag;
                match scalar::resolve(&text) {
                    _ if anchor > 0 => "a key with an anchor",
                    Value::Null if plain => "an empty key",
                    Value::Bool(_) if plain => "`true` or `false` as a key",
                    Value::Int(_) | Value::Float(_) if plain => "a number as a key",
                    _ => return Ok(Some(text.into_owned())),
                }
            }
            event => {
                self.node_from((event, span), depth + 1)?;
                "a key that is not plain text"
            }
        };
        let d = Diagnostic::error(Code::BadYaml, format!("{what} is not allowed"));
        self.fault(d.at(span, "keys are text").help("write the key as plain text, or in quotes"))?;
        Ok(None)
    }

    /// Adds the entries of `<<: *name` or `<<: [*a, *b]`; of two, the first is stronger.
    fn merge(&mut self, value: Node, merged: &mut Vec<Entry>) -> Result<(), Stop> {
        let span = value.span;
        let maps = match value.value {
            Value::Seq(items) => items,
            _ => vec![value],
        };
        for map in maps {
            let Value::Map(entries) = map.value else {
                let d = Diagnostic::error(Code::BadYaml, "`<<` merges maps only");
                return self.fault(d.at(span, "not a map").help("write `<<: *name` of a map"));
            };
            merged.extend(entries.into_iter().map(|entry| Entry { merged: true, ..entry }));
        }
        Ok(())
    }
}
