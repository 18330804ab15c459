//! Changes of the tree from the command line: `--set path=value`, and flags of single values.

use super::compose::fragment;
use super::tree::segments;
use super::{Alias, Entry, MAX_DEPTH, Node, Value, canonical_path, canonicalise};
use crate::diag::{Code, Diagnostic, Source, SourceId, Sources, Span, quote};

/// What is known of the keys that a path names.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'a> {
    /// Other names of keys.
    pub aliases: &'a [Alias],
    /// The section at the top level whose keys have dots of their own.
    pub dotted: &'a str,
}

/// Applies one argument of `--set`, such as `llm.depth=16` or `bridge={mlp: {depth: 3}}`.
///
/// The value is YAML. Maps on the way are created. Below a choice that is written as text
/// (`bridge: linear`), the text becomes a map if the path names the same choice. The path may use
/// aliased names, and so may the value; the tree has been canonicalised before.
pub fn apply(
    tree: &mut Node,
    sources: &mut Sources,
    arg: &str,
    keys: Keys<'_>,
) -> Result<(), Vec<Diagnostic>> {
    let id = sources.add(Source::new("--set", arg));
    let (path, equals) = split(arg, id, keys.dotted)?;
    let value = fragment(&arg[equals + 1..], id, equals + 1)?;
    set(tree, &path, value, keys.aliases)?;
    let faults = canonicalise(tree, keys.aliases);
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Sets the value at a path to that of a flag, such as `--batch 3`; problems name the flag.
pub fn put(
    tree: &mut Node,
    sources: &mut Sources,
    flag: &str,
    path: &str,
    text: &str,
) -> Result<(), Vec<Diagnostic>> {
    let id = sources.add(Source::new(flag, text));
    let span = Span::new(id, 0, text.len());
    let path: Vec<Segment> = segments(path).map(|name| Segment { name, span }).collect();
    let value = fragment(text, id, 0)?;
    set(tree, &path, value, &[])
}

/// The path that an argument of `--set` names, in the keys that are written.
pub fn set_path(arg: &str) -> impl Iterator<Item = &str> {
    segments(arg.split('=').next().unwrap_or_default()).map(str::trim)
}

/// One key of the path and its place in the argument.
struct Segment<'a> {
    name: &'a str,
    span: Span,
}

/// The path and the place of the `=`.
fn split<'a>(
    arg: &'a str,
    id: SourceId,
    dotted: &str,
) -> Result<(Vec<Segment<'a>>, usize), Vec<Diagnostic>> {
    let whole = Span::new(id, 0, arg.len());
    let bad = |message: &str, span: Span, help: String| {
        Err(vec![Diagnostic::error(Code::BadOverride, message).at(span, "").help(help)])
    };
    let Some(equals) = arg.find('=') else {
        let path = if arg.trim().is_empty() { "llm.depth" } else { arg.trim() };
        let help = format!("write {}", quote(&format!("{path}=VALUE")));
        return bad("no `=` in the argument of `--set`", whole, help);
    };
    if arg[equals + 1..].trim().is_empty() {
        let help =
            format!("write {} to unset it", quote(&format!("{}=null", arg[..equals].trim())));
        return bad("no value after `=`", Span::new(id, equals, equals + 1), help);
    }
    let mut path = Vec::new();
    let mut start = 0;
    for part in arg[..equals].split('.') {
        let name = part.trim();
        let from = start + (part.len() - part.trim_start().len());
        let span = Span::new(id, from, from + name.len());
        if name.is_empty() {
            let help = "name the value by its keys, such as `llm.depth=16`".to_owned();
            return bad("a key of the path is empty", span, help);
        }
        path.push(Segment { name, span });
        start += part.len() + 1;
    }
    if let [section, first, .., last] = &path[..]
        && section.name == dotted
    {
        let (from, to) = (first.span.start as usize, last.span.end as usize);
        let segment = Segment { name: &arg[from..to], span: Span::new(id, from, to) };
        path.truncate(1);
        path.push(segment);
    }
    if path.len() > MAX_DEPTH {
        let help = format!("a path has at most {MAX_DEPTH} keys");
        return bad("the path is too long", whole, help);
    }
    Ok((path, equals))
}

fn set(
    tree: &mut Node,
    path: &[Segment<'_>],
    value: Node,
    aliases: &[Alias],
) -> Result<(), Vec<Diagnostic>> {
    let mut node = tree;
    let mut parent = String::new();
    for segment in path {
        let joined = match parent.as_str() {
            "" => segment.name.to_owned(),
            parent => format!("{parent}.{}", segment.name),
        };
        let here = canonical_path(&joined, aliases);
        // A key with dots of its own has no other name.
        let own = here.rsplit('.').next().filter(|_| !segment.name.contains('.'));
        let key = own.unwrap_or(segment.name);
        node = step(node, key, segment, &parent)?;
        parent = here;
    }
    *node = value;
    Ok(())
}

/// The child of `node` that the segment names, created if need be.
fn step<'n>(
    node: &'n mut Node,
    key: &str,
    segment: &Segment<'_>,
    parent: &str,
) -> Result<&'n mut Node, Vec<Diagnostic>> {
    let span = node.span;
    let name = || {
        if parent.is_empty() { "the spec".to_owned() } else { quote(parent) }
    };
    let below_text = matches!(&node.value, Value::Str(text) if text == key);
    if below_text || node.value == Value::Null {
        node.value = Value::Map(Vec::new());
    }
    match &mut node.value {
        Value::Map(entries) => {
            let index = entries.iter().position(|entry| entry.key == key);
            let index = index.unwrap_or(entries.len());
            if index == entries.len() {
                let empty = Node { value: Value::Map(Vec::new()), span: segment.span };
                entries.push(Entry::new(key, segment.span, empty));
            }
            let entry = &mut entries[index];
            segment.name.clone_into(&mut entry.written);
            entry.key_span = segment.span;
            entry.merged = false;
            Ok(&mut entry.value)
        }
        Value::Seq(items) => {
            let count = items.len();
            let index = key.parse::<usize>().ok().filter(|&index| index < count);
            index.and_then(|index| items.get_mut(index)).ok_or_else(|| {
                let message = format!("{} is a list of {count} items", name());
                vec![
                    Diagnostic::error(Code::BadOverride, message)
                        .at(segment.span, "no such item")
                        .label(span, "the list")
                        .help("name an item by its index from 0, or set the whole list"),
                ]
            })
        }
        _ => {
            let message = format!("{} has no keys", name());
            let help = if parent.is_empty() {
                "a spec is a map of keys, such as `image: 224`".to_owned()
            } else {
                format!("set it whole: `--set '{parent}={{{key}: …}}'`")
            };
            Err(vec![
                Diagnostic::error(Code::BadOverride, message)
                    .at(segment.span, "a key below it")
                    .label(span, "a single value")
                    .help(help),
            ])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const SPEC: &str = "image: 224\nllm: {width: 4096, sizes: [1, 2]}\nbridge: linear\nprompt:\nencoder: {hidden_size: 1}\n";
    const ALIASES: &[Alias] = &[
        Alias { section: "llm", alias: "hidden_size", canonical: "width" },
        Alias { section: "encoder", alias: "hidden_size", canonical: "width" },
    ];

    const KEYS: Keys = Keys { aliases: ALIASES, dotted: "expect" };

    fn after(args: &[&str]) -> Result<(Node, Sources), Vec<Diagnostic>> {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("f", SPEC));
        let mut tree = parse(&sources, id).unwrap();
        assert_eq!(canonicalise(&mut tree, ALIASES), []);
        for arg in args {
            apply(&mut tree, &mut sources, arg, KEYS)?;
        }
        Ok((tree, sources))
    }

    #[track_caller]
    fn gives(arg: &str, path: &str, value: Value) {
        let (tree, sources) = after(&[arg]).unwrap();
        let node = tree.get(path).unwrap();
        assert_eq!(node.value, value);
        assert_eq!(sources.get(node.span.source).name, "--set");
        assert!(arg.ends_with(node.raw(&sources)) || arg.contains('{'));
    }

    #[test]
    fn values_are_set_and_maps_created() {
        gives("llm.depth=16", "llm.depth", Value::Int(16));
        gives(" llm . depth = 16", "llm.depth", Value::Int(16));
        gives("llm.hidden_size=8", "llm.width", Value::Int(8));
        gives("llm={hidden_size: 8}", "llm.width", Value::Int(8));
        gives("image=480x640", "image", Value::Str("480x640".into()));
        gives("bridge=mlp", "bridge", Value::Str("mlp".into()));
        gives("bridge={mlp: {depth: 3}}", "bridge.mlp.depth", Value::Int(3));
        gives("bridge.linear.bias=false", "bridge.linear.bias", Value::Bool(false));
        gives("prompt.batch=2", "prompt.batch", Value::Int(2));
        gives("new.a.b=x=y", "new.a.b", Value::Str("x=y".into()));
        gives("llm.sizes.1=7", "llm.sizes.1", Value::Int(7));
        gives("llm.width=null", "llm.width", Value::Null);
    }

    #[test]
    fn keys_with_dots_stay_whole() {
        let (tree, sources) = after(&["expect.a.b = 3", "expect.c=4"]).unwrap();
        let Value::Map(entries) = &tree.get("expect").unwrap().value else { panic!() };
        let keys: Vec<_> = entries.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["a.b", "c"]);
        assert_eq!(entries[0].key_span.text(&sources), "a.b");
        fails("expect..b=3", Code::BadOverride, 7, "empty");
    }

    #[test]
    fn flags_are_named() {
        let (mut tree, mut sources) = after(&[]).unwrap();
        put(&mut tree, &mut sources, "--batch", "prompt.batch", "2").unwrap();
        let node = tree.get("prompt.batch").unwrap();
        assert_eq!((&node.value, node.raw(&sources)), (&Value::Int(2), "2"));
        assert_eq!(sources.get(node.span.source).name, "--batch");
        let found = put(&mut tree, &mut sources, "--image", "image.size", "4").unwrap_err();
        assert_eq!(found[0].code, Code::BadOverride);
    }

    #[test]
    fn the_path_of_an_argument() {
        assert_eq!(set_path(" expect . a = 3.x").collect::<Vec<_>>(), ["expect", "a"]);
        assert_eq!(set_path("").count(), 0);
    }

    #[test]
    fn later_arguments_win() {
        let (tree, _) = after(&["encoder.hidden_size=2", "encoder.width=3"]).unwrap();
        assert_eq!(tree.get("encoder.width").unwrap().value, Value::Int(3));
    }

    #[track_caller]
    fn fails(arg: &str, code: Code, place: usize, words: &str) {
        let found = after(&[arg]).unwrap_err();
        assert_eq!((found.len(), found[0].code), (1, code), "{found:?}");
        assert_eq!(found[0].primary.as_ref().unwrap().span.start as usize, place, "{found:?}");
        assert!(found[0].message.contains(words), "{found:?}");
        assert!(found[0].help.is_some());
    }

    #[test]
    fn faults_point_into_the_argument() {
        fails("", Code::BadOverride, 0, "no `=`");
        fails("llm.depth", Code::BadOverride, 0, "no `=`");
        fails("=3", Code::BadOverride, 0, "empty");
        fails("llm..depth=3", Code::BadOverride, 4, "empty");
        fails("llm.=3", Code::BadOverride, 4, "empty");
        fails("llm.depth= ", Code::BadOverride, 9, "no value");
        fails("llm.depth=# c", Code::Empty, 13, "no spec");
        fails("bridge.mlp.depth=3", Code::BadOverride, 7, "`bridge` has no keys");
        fails("image.height=3", Code::BadOverride, 6, "`image` has no keys");
        fails("llm.sizes.5=3", Code::BadOverride, 10, "a list of 2 items");
        fails("llm.depth=[1", Code::BadYaml, 10, "never closed");
        fails("llm={width: 1, hidden_size: 2}", Code::DuplicateKey, 15, "same key");
        fails(&format!("{}a=1", "a.".repeat(100_000)), Code::BadOverride, 0, "too long");
    }
}
