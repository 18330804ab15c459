//! Texts and defaults as a reader wants them.

use serde_json::Value;

use super::walk::{Object, each};

/// Makes one schema readable: a description in whole paragraphs without links, no Rust formats.
pub(super) fn tidy(schema: &mut Object) {
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = paragraphs(text);
    }
    schema.remove("format");
}

/// Keywords that stand first, in this order.
const FIRST: [&str; 5] = ["$schema", "title", "description", "$ref", "type"];

/// Puts the keywords that a reader wants to see first before the others.
pub(super) fn order(schema: &mut Object) {
    let mut rest = std::mem::take(schema);
    let first = FIRST.into_iter().filter_map(|keyword| rest.shift_remove_entry(keyword));
    schema.extend(first.collect::<Vec<_>>());
    schema.extend(rest);
}

/// A doc comment as text: its lines joined, links as their words.
fn paragraphs(text: &str) -> String {
    let joined = text.split("\n\n").map(|lines| lines.split_whitespace().collect::<Vec<_>>());
    let joined: Vec<String> = joined.map(|words| words.join(" ")).collect();
    joined.join("\n\n").replace("[`", "`").replace("`]", "`")
}

/// Writes defaults as a person would: a choice by its bare name; none where it is empty, or where it
/// is a whole section, whose fields have their own.
pub(super) fn defaults(schema: &mut Value) {
    each(schema, &mut |schema| {
        let Some(default) = schema.get("default") else { return };
        let short = match default {
            Value::Null => None,
            // Bare names are offered only for choices whose content is all defaults, and a default
            // is such a one.
            Value::Object(map) if map.len() == 1 => {
                map.keys().next().map(|key| key.as_str().into())
            }
            Value::Object(_) => None,
            other => Some(other.clone()),
        };
        match short {
            Some(short) => schema.insert("default".to_owned(), short),
            None => schema.remove("default"),
        };
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doc_comments_become_paragraphs() {
        let text = "One line\nand [`Bridge`] more.\n\nA second `[B, N]`.";
        assert_eq!(paragraphs(text), "One line and `Bridge` more.\n\nA second `[B, N]`.");
    }
}
