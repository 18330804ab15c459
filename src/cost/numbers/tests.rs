//! What holds of the whole registry.

use std::collections::{BTreeMap, BTreeSet};

use super::super::testing::report;
use super::*;

const SPECS: [&str; 2] = [
    "image: 28\nencoder: {patch: 14, width: 8, depth: 2, heads: 2, mlp_width: 16}\nbridge: linear\n\
     llm: {width: 12, depth: 3, heads: 2, mlp_width: 24, vocab: 30, context: 64, sliding_window: 2, \
     full_attention_every: 3}\nprompt: {text_tokens: 5, generated_tokens: 6}\n",
    "bridge: {mlp: {depth: 3}}\nprompt: {images: 3}\n",
];

#[test]
fn every_number_is_found_where_it_is_said() {
    for text in SPECS {
        let report = report(text);
        let mut found = 0;
        each(&report, 9, &mut |path, said, number| {
            let fact = find(&report, path, 9);
            match said {
                Said::Number(value, form) => {
                    let Some(Fact::Number(same, closed)) = fact else { panic!("{path}") };
                    assert_eq!((*value, form.is_some()), (same, closed.is_some()), "{path}");
                    let number = number.unwrap_or_else(|| panic!("{path} is not declared"));
                    assert_eq!(number.unit, unit(path), "{path}");
                    assert!(Key::at(path).is_some_and(Key::is_number), "{path}");
                    found += 1;
                }
                Said::Unknown => assert!(matches!(fact, Some(Fact::Number(None, None))), "{path}"),
                _ => assert!(fact.is_none() && number.is_none(), "{path}"),
            }
        });
        assert!(found > 400, "{found}");
    }
}

#[test]
fn every_closed_form_is_said_once_and_has_a_key() {
    for text in SPECS {
        let report = report(text);
        let mut said_forms = BTreeSet::new();
        let mut numbers = BTreeSet::new();
        each(&report, 9, &mut |path, said, _| match said {
            Said::Formula(_) => {
                assert!(said_forms.insert(path.to_owned()), "{path}");
                assert!(Key::at(path).is_some(), "{path}");
            }
            Said::Number(_, Some(_)) => drop(numbers.insert(form_path(path))),
            _ => {}
        });
        said_forms.retain(|path| !path.ends_with(".definition"));
        assert_eq!(said_forms, numbers);
    }
}

#[test]
fn the_closed_form_of_a_number_gives_it() {
    let report = report(SPECS[0]);
    each(&report, 9, &mut |path, said, _| {
        let Said::Number(Some(value), Some(form)) = said else { return };
        let mut symbols = form.symbols.clone();
        match form.closed() {
            Closed::Steps { steps, each, .. } => {
                assert_eq!((symbols.eval(&steps), each.is_none()), (Ok(Some(5)), true), "{path}");
            }
            closed => {
                let dim = closed.dim(&mut symbols).unwrap();
                assert_eq!(symbols.eval(&dim), Ok(Some(*value)), "{path}");
            }
        }
    });
}

#[test]
fn paths_and_names_are_declared_once() {
    let mut paths = BTreeSet::new();
    let mut names = BTreeMap::new();
    for section in SECTIONS {
        for key in section.keys {
            assert!(key.path.starts_with(section.path), "{}", key.path);
            assert!(paths.insert(key.path), "{}", key.path);
            let Some(number) = &key.number else { continue };
            if let Some(other) = number.repeats {
                assert!(Key::at(other).is_some_and(Key::is_number), "{other}");
            }
            assert!(section.compared || !number.kept, "{}", key.path);
            if let Some(name) = number.headline {
                assert_eq!(names.insert(name, key.path), None, "{name}");
            }
        }
    }
    assert_eq!(headlines().count(), 9);
}

#[test]
fn rounds_are_said_of_the_parent_and_of_the_pass() {
    let report = report(SPECS[0]);
    let runs = |path: &str| {
        let said = ["times", "of", "runs"].map(|what| find(&report, &format!("{path}.{what}"), 9));
        said.map(|fact| match fact {
            Some(Fact::Number(value, _)) => value,
            _ => None,
        })
    };
    assert_eq!(runs("llm.blocks"), [Some(3), None, Some(3)]);
    assert_eq!(runs("llm.blocks.sliding"), [Some(2), Some(3), Some(2)]);
    assert_eq!(runs("llm.blocks.sliding.attention"), [Some(1), None, Some(2)]);
    assert_eq!(runs("llm.blocks.full"), [Some(1), Some(3), Some(1)]);
    assert_eq!(runs("llm.blocks.full.attention.q_proj"), [Some(1), None, Some(1)]);
}

#[test]
fn an_unknown_number_counts_what_its_name_says() {
    use crate::units::Unit;
    for (path, counts) in [
        ("memory.later_bytes", Unit::Byte),
        ("training.matmul_flops.total", Unit::Flop),
        ("bridge.matmul_flops", Unit::Flop),
        ("stages.3.params", Unit::Count),
        ("tokens.later", Unit::Count),
    ] {
        assert_eq!(unit(path), counts, "{path}");
    }
}
