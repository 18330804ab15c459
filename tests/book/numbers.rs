//! The numbers of a plan and the codes of messages.

use std::collections::BTreeSet;

use serde_json::Value;
use vlmcalc::internals::cost::numbers::{Key, keys};
use vlmcalc::internals::diag::Code;
use vlmcalc::internals::docs;

use super::markdown::{code, codes as codes_of, sentences, table};
use crate::command::vlmcalc_reading;

/// `plan`: the keys of a plan's JSON, a table for each section. `check`, `diff`,
/// `drill`: those of these commands, as the documentation of their source has them.
pub fn part(what: &str) -> String {
    match what {
        "plan" => plan(),
        "check" => check(),
        "diff" => diff(),
        "drill" => drill(),
        _ => panic!("no numbers of `{what}`"),
    }
}

fn plan() -> String {
    let section = |key: &Key| key.path.split('.').next().unwrap();
    let all: Vec<&Key> = keys().collect();
    let sections =
        all.chunk_by(|a, b| section(a) == section(b) || [a, b].iter().all(|key| is_alone(key)));
    let table = |keys: &[&Key]| {
        let mut names: Vec<&str> = keys.iter().map(|key| section(key)).collect();
        names.dedup();
        let rows = keys.iter().map(|key| [code(key.path), key.meaning.to_owned()]);
        format!("### {}\n\n{}\n", codes_of(names), table(["key", "meaning"], rows))
    };
    sections.map(table).collect()
}

/// Whether a key stands in no section.
fn is_alone(key: &Key) -> bool {
    !key.path.contains('.')
}

fn check() -> String {
    let source = std::fs::read_to_string("src/report/json.rs").unwrap();
    let lines = source.lines().filter_map(|line| line.strip_prefix("//! "));
    let rows: Vec<&str> = lines.filter(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 10, "the keys of a check are documented elsewhere now");
    rows.join("\n")
}

fn diff() -> String {
    let source = std::fs::read_to_string("src/diff/print/json.rs").unwrap();
    let (_, list) = source.split_once("/// One object:\n///\n").unwrap();
    let items = list.lines().map_while(|line| line.strip_prefix("/// "));
    items.collect::<Vec<_>>().join("\n").split("\n\n").next().unwrap().to_owned()
}

fn drill() -> String {
    let source = std::fs::read_to_string("src/drill/sheet/json.rs").unwrap();
    let (_, text) = source.split_once("//! A drill as JSON.\n//!\n").unwrap();
    let lines = text.lines().map_while(|line| line.strip_prefix("//! "));
    sentences(&lines.collect::<Vec<_>>().join(" "))
}

/// Every code with its page.
pub fn codes() -> String {
    let section = |code: &Code| {
        let page = docs::page(code.as_str()).unwrap();
        let (_, text) = page.split_once("\n\n").unwrap();
        let parts = text.split("```").enumerate();
        let text =
            parts.map(|(at, part)| if at % 2 == 1 { part.to_owned() } else { sentences(part) });
        let text = text.collect::<Vec<_>>().join("```");
        format!("## {}\n\n{}\n", code.as_str(), within_page(text.trim()))
    };
    Code::ALL.iter().map(section).collect::<Vec<_>>().join("\n")
}

/// A page of a code whose links to others stay in the page that holds all.
fn within_page(text: &str) -> String {
    let link = |text: String, code: &Code| {
        text.replace(&format!("]({}.md)", code.as_str()), &format!("](#{})", code.as_str()))
    };
    Code::ALL.iter().fold(text.to_owned(), link)
}

/// The paths of everything that is no map, with `[]` for an item of a list and `NAME` for a key
/// that is a name or another path.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = if key.contains('.') { "PATH" } else { key };
                let dot = if path.is_empty() { "" } else { "." };
                paths(value, &format!("{path}{dot}{key}"), found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            items.iter().for_each(|item| paths(item, &format!("{path}[]"), found));
        }
        _ => drop(found.insert(path.to_owned())),
    }
}

/// The keys in the table under a heading.
fn documented(page: &str, heading: &str) -> BTreeSet<String> {
    let (_, section) = page.split_once(&format!("## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

#[test]
fn keys_of_other_commands_are_those_that_they_print() {
    let page = std::fs::read_to_string("src/docs/numbers.md").unwrap();
    let spec = "bridge: linear\nllm: {context: 9}\n";
    for (heading, args, stdin) in [
        ("`vlmcalc explain`", &["explain", "textbook", "--format", "json"][..], ""),
        ("`vlmcalc tensors`", &["tensors", "textbook", "--format", "json"][..], ""),
        ("`vlmcalc tokens`", &["tokens", "gpt-4o", "--image", "8", "--format", "json"], ""),
        ("`vlmcalc compare`", &["compare", "-", "--format", "json"][..], spec),
        ("`vlmcalc compare`", &["compare", "llava-1.5-7b", "--format", "json"][..], ""),
    ] {
        let output = vlmcalc_reading(args, stdin).stdout;
        let mut found = BTreeSet::new();
        paths(&serde_json::from_str(&output).unwrap(), "", &mut found);
        let documented = documented(&page, heading);
        let missing: Vec<_> = found.difference(&documented).collect();
        assert!(missing.is_empty(), "{heading}: {missing:?} are not in numbers.md");
        if stdin.is_empty() {
            let gone: Vec<_> = documented.difference(&found).collect();
            assert!(gone.is_empty(), "{heading}: there is no {gone:?}");
        }
    }
}

#[test]
#[cfg(feature = "forward")]
fn keys_of_a_run_are_those_that_it_prints() {
    let page = std::fs::read_to_string("src/docs/numbers.md").unwrap();
    let args = ["forward", "tiny", "--decode", "1", "--format", "json"];
    let output = vlmcalc_reading(&args, "").stdout;
    let mut found = BTreeSet::new();
    paths(&serde_json::from_str(&output).unwrap(), "", &mut found);
    assert_eq!(documented(&page, "`vlmcalc forward`"), found);
}
