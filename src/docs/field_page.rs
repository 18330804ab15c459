//! The page of a field of a spec.

use serde_json::Value;

use super::example::{example, yaml};
use super::field::{Field, Fields};
use super::rules::{choices, is_other_name};
use super::symbol::symbol;
use super::{item, joined, names};
use crate::dim::Symbol;
use crate::media::RULES;
use crate::media::clip::SAMPLERS;
use crate::schema::resolve;
use crate::spec::CONVERTED;
use crate::units::exact;

/// A field of a spec or policy, for a list of them.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its path, such as `encoder.patch`.
    pub path: String,
    /// What it means.
    pub meaning: String,
    /// What its value is, in words.
    pub kind: String,
    /// Its choices, if it is a choice: items of a Markdown list.
    pub choices: Vec<String>,
    /// What it may be written as, if in several ways: items of a Markdown list.
    pub forms: Vec<String>,
    /// Whether its section cannot do without it.
    pub is_required: bool,
    /// What holds if it is not given, as Markdown, if the schema says it.
    pub default: Option<String>,
    /// Its other names.
    pub names: Vec<String>,
    /// What formulas call it.
    pub symbol: Option<Symbol>,
}

/// What a field is, what it may be, and how it is written.
pub(super) fn page(fields: &Fields, field: &Field) -> String {
    let root = fields.root(field);
    let schema = root.pointer(&field.pointer).unwrap_or(&Value::Null);
    let content = resolve(root, schema);
    let mut page = format!("# {}\n\n{}\n", field.path, field.meaning);
    let says_more = content["title"].is_string() || is_map(content);
    let more = content["description"].as_str().filter(|more| says_more && *more != field.meaning);
    page += &more.map_or_else(String::new, |more| format!("\n{more}\n"));
    page += &rule(&field.path).unwrap_or_default();
    let facts = Facts::of(fields, field);
    page += &format!("\n{}", joined(lines(&facts).into_iter()));
    page += &list("Choices", facts.choices);
    let with_settings =
        items(root, content)["anyOf"].as_array().into_iter().flatten().find(|form| is_choice(form));
    if let Some(name) = with_settings.and_then(|form| form["properties"].as_object()?.keys().next())
    {
        page += &format!("\nMore about one of them: `vlmcalc doc {}.{name}`.\n", field.path);
    }
    page += &list("Forms", facts.forms);
    page += &list("Values", forms(root, resolve(root, &content["additionalProperties"])));
    page += &list("Fields", fields_within(fields, field));
    let example = example(root, field).map(|example| yaml(&example));
    page + &example
        .map_or_else(String::new, |yaml| format!("\nFor example:\n\n```yaml\n{yaml}```\n"))
}

/// What the rule of a processor does exactly, and where that is written.
fn rule(path: &str) -> Option<String> {
    let (section, name) = path.rsplit_once('.')?;
    let rules = match section {
        "processor" | "video_processor.frame" => RULES,
        "video_processor.sample" => SAMPLERS,
        _ => return None,
    };
    let rule = rules.iter().find(|rule| rule.name == name)?;
    let see = "`vlmcalc plan` shows what it makes of a picture with `--section media`.";
    Some(format!("\n{}\n\n{see}\n\n- source: {}", rule.in_words, rule.source))
}

/// Type, default, names and symbol, a line each.
fn lines(facts: &Facts) -> Vec<String> {
    let mut lines = vec![format!("- type: {}", facts.kind)];
    if facts.is_required {
        lines.push("- must be given".to_owned());
    }
    lines.extend(facts.default.as_ref().map(|default| format!("- if not given: {default}")));
    if !facts.names.is_empty() {
        lines.push(format!("- other names: {}", names(facts.names.iter().map(String::as_str))));
    }
    lines.extend(converted(&facts.path));
    let symbol = facts.symbol.as_ref();
    lines.extend(symbol.map(|s| format!("- in formulas: `{}`, {}", s.name, s.meaning)));
    lines
}

/// The keys that say a field in another way.
fn converted(path: &str) -> Option<String> {
    let keys = CONVERTED.iter().filter(|converted| converted.fields.contains(&path));
    let all: Vec<String> = keys
        .map(|converted| match converted.section {
            "" => format!("`{}` at the top level", converted.key),
            section => format!("`{section}.{}`", converted.key),
        })
        .collect();
    (!all.is_empty()).then(|| format!("- said in another way by: {}", all.join(", ")))
}

impl Facts {
    pub(super) fn of(fields: &Fields, field: &Field) -> Facts {
        let root = fields.root(field);
        let schema = root.pointer(&field.pointer).unwrap_or(&Value::Null);
        let content = resolve(root, schema);
        Facts {
            path: field.path.clone(),
            meaning: field.meaning.clone(),
            kind: kind(root, content),
            choices: choice_lines(items(root, content)),
            forms: forms(root, content),
            is_required: field.is_required,
            default: match &schema["default"] {
                Value::Null => None,
                Value::String(name) => Some(format!("`{name}`")),
                other => Some(other.to_string()),
            },
            names: field.names.clone(),
            symbol: symbol(root, field),
        }
    }
}

/// What a value of a schema is, in words.
fn kind(root: &Value, schema: &Value) -> String {
    if choices(schema).next().is_some() || is_choice(&schema["anyOf"][0]) {
        return "a choice".to_owned();
    }
    if schema["anyOf"].is_array() {
        return "one of the forms below".to_owned();
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join(" or ");
    }
    let number = |keyword: &str| schema[keyword].as_i64().map(|bound| exact(bound.into()));
    let name = schema["type"].get(0).unwrap_or(&schema["type"]).as_str().unwrap_or_default();
    match (name, number("minimum").zip(number("maximum"))) {
        ("boolean", _) => "`true` or `false`".to_owned(),
        ("string", _) => "text".to_owned(),
        ("array", _) => {
            format!("a list, each item {}", kind(root, resolve(root, &schema["items"])))
        }
        ("object", _) if schema["additionalProperties"].is_object() => "a map".to_owned(),
        ("object", _) => "a section".to_owned(),
        ("number", _) => "a fraction".to_owned(),
        (_, Some((least, most))) => format!("a whole number from {least} to {most}"),
        _ if schema["minLength"].is_u64() => "a whole number or a formula".to_owned(),
        _ if schema["pattern"].is_string() => "a number, perhaps with a unit".to_owned(),
        _ => "a whole number".to_owned(),
    }
}

/// The items of a list, or what is no list itself.
fn items<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if schema["items"].is_object() { resolve(root, &schema["items"]) } else { schema }
}

/// The choices of a schema by name, with their other names, and those that need settings.
fn choice_lines(schema: &Value) -> Vec<String> {
    let forms: Vec<&Value> = schema["anyOf"].as_array().into_iter().flatten().collect();
    let others = |name: &str| {
        let refers = format!("Another name of `{name}`.");
        let other = forms.iter().filter(|form| form["description"] == *refers);
        names(other.filter_map(|form| form["const"].as_str()))
    };
    let mut lines: Vec<String> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for form in forms.iter().filter(|form| !is_other_name(form)) {
        let with_settings = form["properties"].as_object().filter(|_| is_choice(form));
        let setting = with_settings.and_then(|map| map.keys().next()).map(String::as_str);
        let Some(name) = form["const"].as_str().or(setting) else { continue };
        if known.contains(&name) {
            continue;
        }
        known.push(name);
        let meaning = form["description"].as_str().unwrap_or_default();
        let others = others(name);
        let also = if others.is_empty() { others } else { format!(" (also {others})") };
        lines.push(format!("- `{name}`{also}: {meaning}"));
    }
    lines
}

fn is_map(schema: &Value) -> bool {
    schema["properties"].is_object()
}

/// Whether a schema is that of a choice with its settings.
fn is_choice(form: &Value) -> bool {
    form["minProperties"] == 1 && form["properties"].as_object().is_some_and(|map| map.len() == 1)
}

/// The forms of a schema that is no choice.
fn forms(root: &Value, schema: &Value) -> Vec<String> {
    if kind(root, schema) == "a choice" {
        return Vec::new();
    }
    let forms = schema["anyOf"].as_array().into_iter().flatten();
    let forms = forms.filter(|form| form["type"] != "null");
    let texts = forms.filter_map(|form| resolve(root, form)["description"].as_str());
    texts.map(|text| format!("- {text}")).collect()
}

fn fields_within(fields: &Fields, field: &Field) -> Vec<String> {
    let root = fields.root(field);
    let schema = root.pointer(&field.pointer).map(|schema| resolve(root, schema));
    if schema.is_some_and(|schema| kind(root, schema) == "a choice") {
        return Vec::new();
    }
    fields.within(&field.path).map(|below| item(super::last(&below.path), &below.meaning)).collect()
}

fn list(heading: &str, lines: Vec<String>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    format!("\n## {heading}\n\n{}", joined(lines.into_iter()))
}
