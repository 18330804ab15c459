//! `vlmcalc doc`.

#[cfg(unix)] // a shell runs their commands
mod codes;

use std::collections::BTreeSet;

use serde_json::Value;
use vlmcalc::internals::cost::numbers::{Key, keys};

use crate::command::{Ran, vlmcalc};

fn page(topic: &str) -> String {
    let Ran { code, stdout, stderr } = vlmcalc(&["doc", topic]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{topic}");
    stdout
}

#[test]
fn pages() {
    for topic in [
        "encoder.patch",
        "hidden_size",
        "bridge",
        "bridge.qformer.cross_attention_every",
        "prompt.dtype",
        "expect",
        "tokens.visual",
        "memory",
        "not-divisible",
        "editors",
    ] {
        insta::assert_snapshot!(topic.replace(['.', '-'], "_"), page(topic));
    }
    insta::assert_snapshot!("contents", vlmcalc(&["doc"]).stdout);
}

#[test]
fn other_ways_to_a_page() {
    assert_eq!(page("patch_size"), page("encoder.patch"));
    assert_eq!(page("patch"), page("encoder.patch"));
    assert_eq!(page("vision_config.patch_size"), page("encoder.patch"));
    assert_eq!(page("expect.tokens.visual"), page("tokens.visual"));
    assert_eq!(page("error[not-divisible]"), page("not-divisible"));
    assert!(page("bridge.output").contains("The output's shape"));
    assert!(page("llm.blocks.matmul_flops").contains("Of the stage `llm.blocks`"));
    assert_eq!(page("weight_bytes"), page("memory.weight_bytes"));
    assert_eq!(page("editors"), vlmcalc(&["doc", "editors", "--color", "never"]).stdout);
    let bold = vlmcalc(&["doc", "editors", "--color", "always"]).stdout;
    assert!(bold.starts_with("\u{1b}[1mCompletion and checks in an editor\u{1b}[0m\n"), "{bold}");
}

#[test]
fn every_guide_can_be_read() {
    for entry in std::fs::read_dir("src/docs").unwrap() {
        let path = entry.unwrap().path();
        // The list of what there is has its own form in a terminal.
        if path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md") {
            let text = std::fs::read_to_string(&path).unwrap();
            let heading = text.lines().next().unwrap().trim_start_matches("# ").to_owned();
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert_eq!(page(name).lines().next(), Some(heading.as_str()), "{name}");
        }
    }
}

#[test]
fn unknown_topics() {
    for (topic, help) in [
        ("encoder.pach", "did you mean `encoder.patch`?"),
        ("hiden_size", "did you mean `hidden_size`?"),
        ("tokens.visuel", "did you mean `tokens.visual`?"),
        ("not-divisable", "did you mean `not-divisible`?"),
        ("zzzzzz", "help: `vlmcalc doc` lists what there is"),
        ("", "help: `vlmcalc doc` lists what there is"),
        ("\u{1b}[31m", "help: `vlmcalc doc` lists what there is"),
    ] {
        let Ran { code, stdout, stderr } = vlmcalc(&["doc", topic]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{topic}");
        assert!(stderr.contains("error[unknown-topic]") && stderr.contains(help), "{stderr}");
        assert!(!stderr.contains("\u{1b}[31m"), "{stderr:?}");
    }
}

#[test]
fn prose_fits_80_columns_where_there_is_no_terminal() {
    for topic in ["encoder", "bridge.resampler", "stages", "expectation"] {
        for line in page(topic).lines().filter(|line| !line.starts_with("    ")) {
            assert!(line.chars().count() <= 80, "{topic}: {line}");
        }
    }
}

/// What stands at a path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Null,
    Number,
    Other,
}

/// The paths of everything that is no map or list.
fn leaves(value: &Value, path: &str, found: &mut BTreeSet<(String, Kind)>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        // Its fields are those of a spec, with pages of their own.
        Value::Object(_) if path == "spec" => drop(found.insert((path.to_owned(), Kind::Other))),
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(value, &below(key), found)),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| leaves(item, &below(&at.to_string()), found));
        }
        Value::Null => drop(found.insert((path.to_owned(), Kind::Null))),
        Value::Number(_) => drop(found.insert((path.to_owned(), Kind::Number))),
        _ => drop(found.insert((path.to_owned(), Kind::Other))),
    }
}

#[test]
fn every_key_of_a_plan_is_documented_and_every_documented_key_exists() {
    let mut paths = BTreeSet::new();
    let tiled = "processor={aspect-grid: {markers: {picture: {start: 1}}}}";
    let with_processor = ["internvl3-8b", "--set", tiled, "--image", "1080x1920"];
    let presets = [&["llava-1.5-7b"][..], &["blip2-opt-2.7b"], &["gemma-3-4b"], &["textbook"]];
    let kinds = [&["llama-3.2-11b-vision"][..], &["lfm2-vl-1.6b"], &["llama-4-scout"]];
    let all = presets.into_iter().chain(kinds).chain([&with_processor[..]]);
    for spec in all {
        let more = ["--format", "json", "--depth", "9", "--generated-tokens", "9"];
        let args = [&["plan"], spec, &more].concat();
        let mut plan: Value = serde_json::from_str(&vlmcalc(&args).stdout).unwrap();
        // The fields of the design are those of a spec, which have their own pages.
        plan["spec"] = Value::Bool(plan["spec"].is_object());
        leaves(&plan, "", &mut paths);
    }
    let mut seen = BTreeSet::new();
    for (path, kind) in &paths {
        let key = Key::at(path).unwrap_or_else(|| panic!("`{path}` is not documented"));
        seen.insert(key.path);
        // `null` stands for any that is not known.
        assert!(*kind == Kind::Null || key.is_number() == (*kind == Kind::Number), "{path}");
    }
    let all: BTreeSet<&str> = keys().map(|key| key.path).collect();
    assert_eq!(all.len(), keys().count());
    assert_eq!(seen, all);
    for key in keys() {
        assert!(key.meaning.ends_with('.') && key.meaning.len() > 20, "{}", key.path);
    }
}
