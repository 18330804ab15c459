//! Every bridge: its pages, its words, its place in the drill, and random specs with it.

use std::collections::BTreeSet;
use std::fs;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use vlmcalc::planned::plan;
use vlmcalc::spec::Overrides;
use vlmcalc::stages::bridge::BRIDGES;
use vlmcalc::stages::decoder::Logits;

use crate::command::{Ran, vlmcalc};
use crate::properties::specs;

/// A preset whose grid suits every bridge.
const DESIGN: &str = "llava-1.5-7b";

fn names() -> impl Iterator<Item = &'static str> {
    BRIDGES.iter().map(|kind| kind.name)
}

/// What a command prints that must not fail.
#[track_caller]
fn said(args: &[&str]) -> String {
    let Ran { code, stdout, stderr } = vlmcalc(args);
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

#[test]
fn every_bridge_is_written_of() {
    for file in ["README.md", "CHANGELOG.md", "src/docs/bridges.md", "src/docs/fields.md"] {
        let text = fs::read_to_string(file).unwrap();
        for name in names() {
            assert!(text.contains(&format!("`{name}`")), "`{name}` is not in {file}");
        }
    }
    for name in names() {
        let page = said(&["doc", &format!("bridge.{name}")]);
        assert!(page.contains(name), "{page}");
    }
}

#[test]
fn every_bridge_is_told_and_drawn() {
    for name in names() {
        let set = format!("bridge={}", typical(name));
        let told = said(&["explain", DESIGN, "--format", "markdown", "--set", &set]);
        let overrides = Overrides { set: vec![set.clone()], ..Overrides::default() };
        let planned = plan(DESIGN, &overrides, Logits::All).unwrap_or_else(|_| panic!("{name}"));
        let words = planned.report.design.bridge.stage().in_words();
        assert!(
            !words.is_empty() && words.iter().all(|one| one.ends_with('.')),
            "{name}: {words:?}"
        );
        assert!(words.iter().all(|one| told.contains(one)), "{name}: {told}");
        let drawn = said(&["diagram", DESIGN, "--depth", "0", "--set", &set]);
        assert!(drawn.contains("Bridge: "), "{name}: {drawn}");
    }
}

/// The bridge as its known model has it.
fn typical(name: &str) -> String {
    let kind = BRIDGES.iter().find(|kind| kind.name == name).unwrap();
    let yaml = (kind.typical)(None).yaml;
    if yaml.contains(':') { format!("{{{yaml}}}") } else { yaml }
}

#[test]
fn every_bridge_can_be_asked_about() {
    let help = said(&["drill", "--help"]);
    for name in names() {
        assert!(help.contains(&format!("`{name}")), "`--ask` does not name `{name}`");
        let asked = ["", " 2", " 32"].map(|number| format!("448/14 {name}{number} -> llm 4096"));
        let codes = asked.map(|design| vlmcalc(&["drill", "--ask", &design]).code);
        assert!(codes.contains(&0), "`--ask` understands no `{name}`");
    }
}

#[test]
fn every_bridge_stands_in_random_specs() {
    let mut runner = TestRunner::deterministic();
    let strategy = specs::bridge(2);
    let drawn = (0..200).map(|_| strategy.new_tree(&mut runner).unwrap().current().0);
    assert_eq!(drawn.collect::<BTreeSet<_>>(), names().collect());
}
