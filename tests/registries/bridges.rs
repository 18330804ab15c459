//! Every bridge: its pages, its words, its place in the drill, and random specs with it.

use std::collections::BTreeSet;
use std::fs;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use vlmcalc::internals::planned::plan;
use vlmcalc::internals::spec::Overrides;
use vlmcalc::internals::stages::bridge::BRIDGES;
use vlmcalc::internals::stages::decoder::Logits;

use crate::command::{Ran, vlmcalc};
use crate::properties::bridges;

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
fn no_two_bridges_share_a_name_or_a_word() {
    let (mut names, mut words) = (BTreeSet::new(), BTreeSet::new());
    for kind in BRIDGES {
        assert!(!kind.title.is_empty() && names.insert(kind.name), "{}", kind.name);
        for word in kind.practice.words {
            assert!(words.insert(*word), "`{word}` is two bridges");
        }
    }
}

#[test]
fn every_bridge_is_told_and_drawn() {
    for kind in BRIDGES {
        let name = kind.name;
        let typical = (kind.typical)(None);
        assert!(typical.source.len() > 10, "{name}: whose is it?");
        let yaml = typical.yaml;
        let set = if yaml.contains(':') {
            format!("bridge={{{yaml}}}")
        } else {
            format!("bridge={yaml}")
        };
        let overrides = Overrides { set: vec![set.clone()], ..Overrides::default() };
        let planned = plan(DESIGN, &overrides, Logits::All).unwrap_or_else(|_| panic!("{name}"));
        let words = planned.report.design.bridge.stage().in_words();
        assert!(!words.is_empty() && words.iter().all(|one| one.ends_with('.')), "{words:?}");
        let told = said(&["explain", DESIGN, "--format", "markdown", "--set", &set]);
        assert!(words.iter().all(|one| told.contains(one)), "{name}: {told}");
        let drawn = said(&["diagram", DESIGN, "--depth", "0", "--set", &set]);
        assert!(drawn.contains(&format!("Bridge: {}", kind.title)), "{name}: {drawn}");
    }
}

#[test]
fn every_bridge_can_be_asked_about() {
    let help = said(&["drill", "--help"]);
    for kind in BRIDGES {
        let number = kind.practice.usual.map_or_else(String::new, |usual| format!(" {usual}"));
        assert!(help.contains(&format!("`{}", kind.name)), "`--ask` does not name `{}`", kind.name);
        assert!(kind.practice.words.contains(&kind.name), "{}", kind.name);
        for word in kind.practice.words {
            said(&["drill", "--ask", &format!("448/14 {word}{number} -> llm 4096")]);
        }
    }
}

#[test]
fn every_bridge_stands_in_random_specs() {
    let mut runner = TestRunner::deterministic();
    let strategy = bridges::bridge(2);
    let drawn = (0..200).map(|_| strategy.new_tree(&mut runner).unwrap().current().0);
    assert_eq!(drawn.collect::<BTreeSet<_>>(), names().collect());
}
