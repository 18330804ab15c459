//! Other names of keys, such as `hidden_size` for `width`.

use super::tree::{dedupe, segments};
use super::{Node, Value};
use crate::diag::Diagnostic;

/// Another name of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The dotted path, in canonical names, of the map that the key is in; `""` is the top level.
    pub section: &'static str,
    /// The other name.
    pub alias: &'static str,
    /// The key's own name.
    pub canonical: &'static str,
}

/// Gives every aliased key its own name; `Entry::written` keeps the other one.
/// A key that is given under two names is a fault, and the second is dropped.
pub fn canonicalise(tree: &mut Node, aliases: &[Alias]) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let mut sections: Vec<&str> = aliases.iter().map(|alias| alias.section).collect();
    // Those that stand together first, since there are few others to sort.
    sections.dedup();
    // Outer sections first: their keys may be aliased too.
    sections.sort_by_cached_key(|section| (segments(section).count(), *section));
    sections.dedup();
    for section in sections {
        let Some(Value::Map(entries)) = tree.get_mut(section).map(|node| &mut node.value) else {
            continue;
        };
        let mut renamed = false;
        for entry in entries.iter_mut() {
            if let Some(name) = own_name(section, &entry.key, aliases) {
                entry.key = name.to_owned();
                renamed = true;
            }
        }
        if renamed {
            faults.append(&mut dedupe(entries));
        }
    }
    faults
}

/// The path with every aliased segment under its own name.
pub fn canonical_path(path: &str, aliases: &[Alias]) -> String {
    let mut canonical = String::with_capacity(path.len());
    for segment in segments(path) {
        let name = own_name(&canonical, segment, aliases).unwrap_or(segment);
        if !canonical.is_empty() {
            canonical.push('.');
        }
        canonical.push_str(name);
    }
    canonical
}

fn own_name(section: &str, key: &str, aliases: &[Alias]) -> Option<&'static str> {
    let found = aliases.iter().find(|alias| alias.alias == key && alias.section == section);
    found.map(|alias| alias.canonical)
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::diag::{Code, Source, Sources};

    const ALIASES: &[Alias] = &[
        Alias { section: "bridge.qformer", alias: "num_query_tokens", canonical: "queries" },
        Alias { section: "llm", alias: "hidden_size", canonical: "width" },
        Alias { section: "llm", alias: "d_model", canonical: "width" },
        Alias { section: "", alias: "vision", canonical: "encoder" },
        Alias { section: "encoder", alias: "hidden_size", canonical: "width" },
    ];

    fn tree(text: &str) -> Node {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("f", text));
        parse(&sources, id).unwrap()
    }

    #[test]
    fn keys_get_their_own_names() {
        let text =
            "vision: {hidden_size: 1}\nllm: {width: 2}\nbridge: {qformer: {num_query_tokens: 3}}";
        let mut tree = tree(text);
        assert_eq!(canonicalise(&mut tree, ALIASES), []);
        for (path, value) in [("encoder.width", 1), ("llm.width", 2), ("bridge.qformer.queries", 3)]
        {
            assert_eq!(tree.get(path).unwrap().value, Value::Int(value));
        }
        let Value::Map(entries) = &tree.value else { panic!() };
        assert_eq!((entries[0].written.as_str(), entries[0].key_span.range()), ("vision", 0..6));
        assert_eq!(canonicalise(&mut tree, ALIASES), []);
    }

    #[test]
    fn two_names_of_one_key_are_a_fault() {
        let mut tree = tree("llm: {hidden_size: 1, d_model: 2, width: 1}");
        let faults = canonicalise(&mut tree, ALIASES);
        let messages: Vec<_> = faults.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "`hidden_size` and `d_model` are the same key, and say different things",
                "`hidden_size` and `width` are the same key"
            ]
        );
        assert_eq!(faults[0].code, Code::DuplicateKey);
        assert_eq!(tree.get("llm.width").unwrap().value, Value::Int(1));
    }

    #[test]
    fn a_merged_name_gives_way() {
        let mut tree = tree("x: &x {hidden_size: 1}\nllm: {width: 2, <<: *x}\n");
        assert_eq!(canonicalise(&mut tree, ALIASES), []);
        assert_eq!(tree.get("llm.width").unwrap().value, Value::Int(2));
    }

    #[test]
    fn paths() {
        assert_eq!(canonical_path("vision.hidden_size", ALIASES), "encoder.width");
        assert_eq!(canonical_path("bridge.hidden_size", ALIASES), "bridge.hidden_size");
        assert_eq!(canonical_path("", ALIASES), "");
    }
}
