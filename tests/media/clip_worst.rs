//! The fewest and the most tokens over frames, against every number of frames.

use vlmcalc::internals::media::Pixels;
use vlmcalc::internals::media::clip::{Clip, Cost, Range, Refusal};

use super::clips::{families, family, seen};

#[test]
fn the_range_is_that_of_all_numbers_of_frames() {
    let sizes = [(480, 640), (1080, 1920), (64, 64), (10, 2100)].map(|(h, w)| Pixels::new(h, w));
    for name in families() {
        for (config, processor) in family(&name).configs {
            let rule = processor.rule().unwrap();
            let limit = rule.most_frames().unwrap_or(100).min(800);
            for size in sizes {
                let costs = (1..=limit).filter_map(|frames| {
                    let seen = seen(&rule, &Clip::given(size, frames)).ok()?;
                    Some((frames, rule.visual(&seen.layout, seen.cells).unwrap()))
                });
                let costs: Vec<_> = costs.collect();
                let least = costs.iter().min_by_key(|(frames, v)| (v.least, *frames));
                let most = costs.iter().min_by_key(|(frames, v)| (u64::MAX - v.most, *frames));
                let expected = least.zip(most).map(|((few, least), (many, most))| Range {
                    least: Cost { frames: *few, tokens: least.least },
                    most: Cost { frames: *many, tokens: most.most },
                });
                let found = rule.range(size, limit, rule.cells().unwrap());
                assert_eq!(found.ok(), expected, "{name} {config} {size} {limit}");
            }
        }
    }
}

#[test]
fn a_limit_of_nothing_or_of_too_much_is_refused() {
    let rule = family("qwen3-vl").configs["class_default"].rule().unwrap();
    let range = |limit| rule.range(Pixels::square(64), limit, rule.cells().unwrap());
    assert_eq!(range(0), Err(Refusal::NoFrame));
    assert_eq!(range(1), Err(Refusal::LessThanAPatch { patch: 2 }));
    assert!(matches!(range(1 << 30), Err(Refusal::TooLong { .. })));
}
