//! The most and the least over all sizes, and the largest picture within a number of tokens,
//! compared with asking one size after the other.

use proptest::prelude::*;
use proptest::test_runner::Config;
use vlmcalc::internals::media::{Pixels, extremes, fit};

use super::family::{Family, names};

#[test]
fn every_size_is_counted() {
    for name in names() {
        let family = Family::read(&name);
        let within = Pixels::new(70, 110);
        let found = extremes(within, |picture| family.rule.count(picture, family.cells)).unwrap();
        let sizes =
            (1..=within.height).flat_map(|h| (1..=within.width).map(move |w| Pixels::new(h, w)));
        let counts = sizes.map(|picture| (picture, family.rule.count(picture, family.cells).ok()));
        let counts: Vec<_> = counts.collect();
        let refused = counts.iter().filter(|(_, count)| count.is_none()).count() as u64;
        assert_eq!((found.refused, found.counted), (refused, within.area() - refused), "{name}");
        let visual = |(picture, count): &(Pixels, Option<_>)| {
            count.map(|count: vlmcalc::internals::media::Count| (count.visual, *picture))
        };
        let least = counts.iter().filter_map(visual).min().unwrap();
        assert_eq!((found.least.count.visual, found.least.picture), least, "{name}");
        let most = counts.iter().filter_map(visual).map(|(visual, _)| visual).max();
        assert_eq!(Some(found.most.count.visual), most, "{name}");
        let first = counts.iter().find(|(_, count)| count.map(|count| count.visual) == most);
        assert_eq!(found.most.picture, first.unwrap().0, "{name}");
    }
}

proptest! {
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_larger_picture_of_the_ratio_fits(
        tokens in 1..4000u64,
        height in 1..20u64,
        width in 1..20u64,
    ) {
        for name in names() {
            let family = Family::read(&name);
            let count = |picture| family.rule.count(picture, family.cells);
            let fits = |k: &u64| {
                count(Pixels::new(height * k, width * k)).is_ok_and(|c| c.visual <= tokens)
            };
            // The ratio need not be in lowest terms for the larger picture to fit.
            let found = fit(tokens, Pixels::new(height, width), 1500, count);
            let largest = (1..=1500 / height.max(width)).rev().find(fits);
            match (found, largest) {
                (Some(found), Some(k)) => {
                    prop_assert!(found.picture.height >= height * k, "{name}");
                }
                (found, largest) => prop_assert!(largest.is_none(), "{name} {found:?}"),
            }
            prop_assert!(found.is_none_or(|found| found.count.visual <= tokens));
        }
    }
}
