//! Text to tree: composes the events of the YAML parser, within bounds.

mod map;
mod node;

use super::{Bounds, MAX_DEPTH, MAX_FAULTS, Node, Value, syntax};
use crate::diag::{Code, Diagnostic, SourceId, Sources, Span};
use serde_yaml::granit_parser::{self as yaml, Event, StrInput};
use std::collections::BTreeMap;

/// Parses the one document of a source. All faults that can be found are returned, in the order of
/// the text: those of the syntax end the search, duplicate keys and the like do not.
pub fn parse(sources: &Sources, id: SourceId) -> Result<Node, Vec<Diagnostic>> {
    parse_within(sources, id, Bounds::SPEC)
}

/// As [`parse`], for a text that may hold more or less than a spec.
pub fn parse_within(
    sources: &Sources,
    id: SourceId,
    bounds: Bounds,
) -> Result<Node, Vec<Diagnostic>> {
    let tree = compose(&sources.get(id).text, id, 0, bounds)?;
    if tree.value == Value::Null {
        return Err(vec![empty(Span::new(id, 0, 0))]);
    }
    Ok(tree)
}

/// Parses `text`, which starts at byte `base` of its source.
pub(super) fn fragment(text: &str, id: SourceId, base: usize) -> Result<Node, Vec<Diagnostic>> {
    compose(text, id, base, Bounds::SPEC)
}

fn compose(text: &str, id: SourceId, base: usize, bounds: Bounds) -> Result<Node, Vec<Diagnostic>> {
    if text.len() > bounds.bytes {
        let most = size(bounds);
        let d = Diagnostic::error(Code::TooLarge, format!("the text is larger than {most}"));
        return Err(vec![d.at(Span::new(id, base, base), "").help("a spec is a few kilobytes")]);
    }
    let mut options = yaml::Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut composer = Composer {
        events: yaml::Parser::new_from_str_with_options(text, options),
        text,
        id,
        base,
        bounds,
        faults: Vec::new(),
        nodes: 0,
        bytes: 0,
        aliases: 0,
        anchors: BTreeMap::new(),
    };
    let tree = composer.document();
    let mut faults = composer.faults;
    match tree {
        Ok(tree) if faults.is_empty() => Ok(tree),
        _ => {
            faults.sort_by_key(|d| d.primary.as_ref().map(|label| label.span.start));
            Err(faults)
        }
    }
}

/// The bytes of the bounds, for messages.
fn size(bounds: Bounds) -> String {
    format!("{} MiB", bounds.bytes >> 20)
}

fn empty(span: Span) -> Diagnostic {
    Diagnostic::error(Code::Empty, "there is no spec in this file")
        .at(span, "nothing but blanks and comments")
        .help("the shortest spec has `image`, `encoder`, `bridge` and `llm`")
}

/// The text cannot be read further; the reason is among the faults.
struct Stop;

struct Composer<'t> {
    events: yaml::Parser<'t, StrInput<'t>>,
    text: &'t str,
    id: SourceId,
    base: usize,
    bounds: Bounds,
    faults: Vec<Diagnostic>,
    nodes: usize,
    bytes: usize,
    aliases: usize,
    /// The values that aliases may repeat, by the parser's number.
    anchors: BTreeMap<usize, Node>,
}

type Found<'t> = (Event<'t>, Span);

impl<'t> Composer<'t> {
    /// The only document of the text.
    fn document(&mut self) -> Result<Node, Stop> {
        loop {
            match self.next()? {
                (Event::StreamStart, _) => {}
                (Event::DocumentStart(..), _) => break,
                (_, span) => {
                    return self.stop(empty(span.head()));
                }
            }
        }
        let tree = self.node(0)?;
        loop {
            match self.next()? {
                (Event::DocumentEnd, _) => {}
                (Event::DocumentStart(..), span) => {
                    let d = Diagnostic::error(Code::BadYaml, "a second document starts here");
                    return self.stop(
                        d.at(span, "the first one ends above")
                            .help("write one spec per file; remove this `---` if it is one spec"),
                    );
                }
                _ => return Ok(tree),
            }
        }
    }

    fn next(&mut self) -> Result<Found<'t>, Stop> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or_default();
                Ok((event, self.span(range.start, range.end)))
            }
            Some(Err(error)) => {
                let d = syntax::explain(&error, self.text, |a, b| self.span(a, b));
                self.stop(d)
            }
            // After the end of the stream, which `document` does not pass.
            None => {
                let end = self.span(self.text.len(), self.text.len());
                self.stop(Diagnostic::error(Code::BadYaml, "the text ends too early").at(end, ""))
            }
        }
    }

    /// Counts values and the bytes of texts against the bounds.
    fn spend(&mut self, nodes: usize, bytes: usize, span: Span) -> Result<(), Stop> {
        self.nodes += nodes;
        self.bytes += bytes;
        let most = self.bounds.values;
        if self.nodes > most {
            return self.too_complex(span, &format!("more than {most} values"));
        }
        if self.bytes > self.bounds.bytes {
            return self.too_complex(span, &format!("more than {} of text", size(self.bounds)));
        }
        Ok(())
    }

    fn too_complex<T>(&mut self, span: Span, why: &str) -> Result<T, Stop> {
        let mut d = Diagnostic::error(Code::TooComplex, format!("the spec is too complex: {why}"))
            .at(span, "the bound is passed here")
            .help("a spec has a few dozen values; is this the right file?");
        if self.aliases > 0 {
            d = d.note("aliases (`*name`) count as often as they are used");
        }
        self.stop(d)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.id, self.base + start, self.base + end)
    }

    fn fault(&mut self, d: Diagnostic) -> Result<(), Stop> {
        self.faults.push(d);
        if self.faults.len() < MAX_FAULTS { Ok(()) } else { Err(Stop) }
    }

    fn stop<T>(&mut self, d: Diagnostic) -> Result<T, Stop> {
        self.faults.push(d);
        Err(Stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;
    use crate::yaml::{MAX_ALIASES, MAX_NODES};

    fn parsed(text: &str) -> Result<Node, Vec<Diagnostic>> {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("f", text));
        parse(&sources, id)
    }

    fn faults(text: &str) -> Vec<(Code, u32, String)> {
        let place = |d: &Diagnostic| d.primary.as_ref().unwrap().span.start;
        let list = parsed(text).unwrap_err();
        list.into_iter().map(|d| (d.code, place(&d), d.message)).collect()
    }

    fn only(text: &str, code: Code, at: u32, words: &str) {
        let found = faults(text);
        assert_eq!((found.len(), found[0].0, found[0].1), (1, code, at), "{found:?}");
        assert!(found[0].2.contains(words), "{found:?}");
    }

    #[test]
    fn values_and_places() {
        let tree = parsed("---\na: 1 # c\nb:\nc: 'x'\nd: !!str 12\ne: no\nf: |\n  t\n").unwrap();
        assert_eq!(tree.get("a").unwrap().value, Value::Int(1));
        assert_eq!(tree.get("b").unwrap().value, Value::Null);
        assert_eq!(tree.get("b").unwrap().span.range(), 15..15);
        for (key, text) in [("c", "x"), ("d", "12"), ("e", "no"), ("f", "t\n")] {
            assert_eq!(tree.get(key).unwrap().value, Value::Str(text.into()));
        }
    }

    #[test]
    fn merges_and_aliases() {
        let text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], a: 9}\nw: *x\n";
        let tree = parsed(text).unwrap();
        for (path, value) in [("z.a", 9), ("z.b", 2), ("z.c", 4), ("w.b", 2)] {
            assert_eq!(tree.get(path).unwrap().value, Value::Int(value), "{path}");
        }
        only("a: {<<: 1}\n", Code::BadYaml, 8, "`<<` merges maps only");
        only("x: &x {a: 1}\n<<: *x\n<<: *x\n", Code::DuplicateKey, 20, "`<<`");
    }

    #[test]
    fn duplicates_are_all_reported_with_both_places() {
        let found = parsed("a: 1\nb: {c: 1, c: 2, c: 3}\na: 2\n").unwrap_err();
        let codes: Vec<_> = found.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(codes, ["duplicate key `c`", "duplicate key `c`", "duplicate key `a`"]);
        assert_eq!(found[2].labels[0].span.start, 0);
        assert_eq!(parsed(&"k: 1\n".repeat(1000)).unwrap_err().len(), MAX_FAULTS);
    }

    #[test]
    fn empty_files() {
        for text in ["", "\n\n", "# only a comment\n", "---\n", "~", "null\n"] {
            assert_eq!(faults(text)[0].0, Code::Empty, "{text:?}");
        }
    }

    #[test]
    fn parts_of_yaml_that_a_spec_does_not_use() {
        only("a: 1\n---\nb: 2\n", Code::BadYaml, 5, "second document");
        only("1: x\n", Code::BadYaml, 0, "a number as a key");
        only("true: x\n", Code::BadYaml, 0, "as a key");
        only("? [1]\n: 2\n", Code::BadYaml, 2, "not plain text");
        only(": 2\n", Code::BadYaml, 0, "an empty key");
        only("a: !mlp {x: 1}\n", Code::BadYaml, 8, "the tag `!mlp`");
        only("a: &x [*x]\n", Code::BadYaml, 7, "its own definition");
        let found = faults("1: x\nb: !t 2\nc: {d: 1, d: 2}\n");
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn bounds() {
        let deep = format!("a: {}{}", "[".repeat(40), "]".repeat(40));
        assert_eq!(faults(&deep)[0].0, Code::TooComplex);
        assert!(parsed(&format!("a: {}{}", "[".repeat(30), "]".repeat(30))).is_ok());
        let many = format!("a: [{}]", "1, ".repeat(MAX_NODES));
        assert_eq!(faults(&many)[0].0, Code::TooComplex);
        let aliases = format!("x: &x 1\ny: [{}]", "*x, ".repeat(MAX_ALIASES + 1));
        assert_eq!(faults(&aliases)[0].0, Code::TooComplex);
    }
}
