//! A pipeline in one line: `336/14 +cls width 1024 pixel-shuffle 2 -> llm 4096 text 64`.
//!
//! [`Fields::read`] says what stands in it; [`tree`] is the spec as a tree whose places are in the
//! line, from where it goes on as a file does.

mod cursor;
mod field;
mod parse;
mod spec;
mod vocabulary;
mod words;

pub use field::{Fields, Name};

use serde_json::Value as Json;

use crate::diag::{Diagnostic, SourceId, Span};
use crate::yaml::{Entry, Node, Value};

/// Whether an argument that names no file is a pipeline in one line: it has an arrow.
pub fn is_line(argument: &str) -> bool {
    ["->", "=>", "→"].iter().any(|arrow| argument.contains(arrow))
}

/// The spec that a line says, as a tree.
///
/// # Errors
/// Every word that is not understood, each with its place.
pub fn tree(text: &str, source: SourceId) -> Result<Node, Vec<Diagnostic>> {
    let fields = Fields::read(text, source)?;
    let spec = serde_json::to_value(fields.spec()).unwrap_or_default();
    let whole = fields.span(|_| false);
    Ok(node(spec, "", &fields).unwrap_or(Node { value: Value::Null, span: whole }))
}

/// A value at a path of a spec; nothing where nothing is said.
fn node(value: Json, path: &str, fields: &Fields) -> Option<Node> {
    let span: Span = fields.place_of(path);
    let value = match value {
        Json::Null => return None,
        Json::Bool(yes) => Value::Bool(yes),
        Json::Number(number) => Value::Int(number.to_string().parse().ok()?),
        Json::String(text) => Value::Str(text),
        Json::Array(items) => {
            Value::Seq(items.into_iter().filter_map(|item| node(item, path, fields)).collect())
        }
        Json::Object(map) => {
            let entries = map.into_iter().filter_map(|(key, value)| {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let value = node(value, &path, fields)?;
                Some(Entry::new(key, fields.place_of(&path), value))
            });
            Value::Map(entries.collect())
        }
    };
    Some(Node { value, span })
}
