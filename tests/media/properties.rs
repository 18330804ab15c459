//! Rules that hold of every picture, on random sizes.

use proptest::prelude::*;
use proptest::test_runner::Config;
use vlmcalc::internals::media::{Pixels, Rule};

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
            let views: u64 = family.rule.sizes(picture, &layout).iter().map(|view| view.count).sum();
            prop_assert_eq!(views, layout.views(), "{}", name);
            prop_assert!(layout.views_run() >= views);
            for view in family.rule.sizes(picture, &layout) {
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
