//! YAML as JSON, through the tool's own parser.

use serde_json::{Map, Number, Value};
use vlmcalc::internals::diag::{Source, Sources};
use vlmcalc::internals::yaml::{self, Node};

/// The text as JSON, with its keys as they are written.
pub fn json(text: &str) -> Value {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("spec", text));
    value(&yaml::parse(&sources, id).unwrap())
}

fn value(node: &Node) -> Value {
    match &node.value {
        yaml::Value::Null => Value::Null,
        yaml::Value::Bool(value) => (*value).into(),
        yaml::Value::Int(value) => Value::Number(Number::from_i128(*value).unwrap()),
        yaml::Value::Float(value) => (*value).into(),
        yaml::Value::Str(value) => value.as_str().into(),
        yaml::Value::Seq(items) => items.iter().map(value).collect(),
        yaml::Value::Map(entries) => {
            let entries = entries.iter().map(|entry| (entry.written.clone(), value(&entry.value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}
