//! Rules that hold of every picture, on random sizes.

use std::fs;

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use vlmcalc::internals::media::{Cells, Grid, Pixels, Processor, RULES, Rule};

use super::family::{Family, names};

fn config() -> Config {
    Config { cases: 256, failure_persistence: None, ..Config::default() }
}

/// Small, usual and huge sides.
fn side() -> impl Strategy<Value = u64> {
    prop_oneof![1..=64u64, 1..=4096u64, 1..=Pixels::LONGEST]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_parts_of_a_picture_agree(height in side(), width in side()) {
        let picture = Pixels::new(height, width);
        for name in names() {
            let family = Family::read(&name);
            let Some(seen) = family.see(picture, 1) else { continue };
            let layout = seen.layout;
            let sizes = family.rule.sizes(picture, &layout);
            let views: u64 = sizes.iter().map(|view| view.count).sum();
            prop_assert_eq!(views, layout.views(), "{}", name);
            prop_assert!(layout.views_run() >= views);
            for view in sizes {
                prop_assert!(view.size.height > 0 && view.size.width > 0, "{} {:?}", name, view);
            }
            prop_assert!(seen.joined.tokens > 0, "{} of {picture}", name);
            let count = family.rule.count(picture, family.cells).unwrap();
            prop_assert_eq!(count.visual, seen.joined.tokens);
            prop_assert_eq!(count.structural, seen.structural(&family));
            prop_assert!(seen.encoder(&family) >= seen.encoder_valid(&family), "{}", name);
            let several = family.rule.layout_among(picture, 2).unwrap();
            prop_assert!(several.views() <= layout.views());
            let places = Rule::places(&layout, &seen.joined);
            prop_assert_eq!(places.tile + u64::from(!layout.is_cut()), layout.tiles());
        }
    }
}

/// Settings, of which most numbers are other ones.
fn changed(settings: &Value, draw: &mut dyn FnMut() -> Option<u64>) -> Value {
    match settings {
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), changed(value, draw))).collect()
        }
        Value::Array(items) => items.iter().map(|item| changed(item, draw)).collect(),
        Value::Number(number) => draw().map_or(Value::Number(number.clone()), |other| json!(other)),
        other => other.clone(),
    }
}

/// A number that a spec may say, small or huge.
fn setting() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![
        3 => Just(None),
        2 => (1..=64u64).prop_map(Some),
        2 => (1..=2048u64).prop_map(Some),
        1 => (1..=1_000_000_000_000u64).prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_settings_make_a_rule_panic(
        numbers in prop::collection::vec(setting(), 24),
        height in side(),
        width in side(),
    ) {
        for name in names() {
            let mut numbers = numbers.iter().copied().cycle();
            let text = fs::read_to_string(format!("tests/media/families/{name}.yaml")).unwrap();
            let written = serde_json::to_value(super::family::processor(&name, text)).unwrap();
            let settings = changed(&written, &mut || numbers.next().flatten());
            let Ok(processor) = serde_json::from_value::<Processor>(settings) else { continue };
            let Ok(rule) = processor.rule() else { continue };
            let picture = Pixels::new(height, width);
            for cells in rule.cells().into_iter().chain([
                Cells::Latents(64),
                Cells::Same(Grid::new(3, 5)),
                Cells::Squares(7),
            ]) {
                let _ = rule.count(picture, cells);
            }
            if let Ok(layout) = rule.layout(picture) {
                let _ = rule.sizes(picture, &layout);
            }
        }
    }
}

#[test]
fn settings_are_read_as_they_are_written() {
    for name in names() {
        let text = fs::read_to_string(format!("tests/media/families/{name}.yaml")).unwrap();
        let processor = super::family::processor(&name, text);
        let written = serde_json::to_value(&processor).unwrap();
        assert_eq!(serde_json::from_value::<Processor>(written).unwrap(), processor, "{name}");
    }
}

#[test]
fn every_rule_has_a_family() {
    let kind = |name: String| {
        let text = fs::read_to_string(format!("tests/media/families/{name}.yaml")).unwrap();
        super::family::processor(&name, text).kind().name
    };
    let used: Vec<&str> = names().into_iter().map(kind).collect();
    for rule in RULES {
        assert!(used.contains(&rule.name), "{}", rule.name);
        assert!(rule.in_words.ends_with('.') && !rule.source.is_empty(), "{}", rule.name);
    }
}
