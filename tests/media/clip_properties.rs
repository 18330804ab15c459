//! Random clips: nothing panics, and no work grows with the length of a clip.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::json;
use vlmcalc::internals::media::Pixels;
use vlmcalc::internals::media::clip::{Clip, ClipRule, Source, VideoProcessor};
use vlmcalc::internals::units::Size;

use super::clips::{families, family, seen};

fn rules() -> Vec<ClipRule> {
    let families = families().into_iter().map(|name| family(&name));
    let configs = families.flat_map(|family| family.configs.into_values());
    configs.map(|processor| processor.rule().unwrap()).collect()
}

fn length() -> impl Strategy<Value = u64> {
    prop_oneof![1..10_u64, 1..2000_u64, 1..=Clip::MOST]
}

proptest! {
    #![proptest_config(Config { cases: 300, failure_persistence: None, ..Config::default() })]
    #[test]
    fn any_clip_is_counted_or_refused(
        height in prop_oneof![1..2000_u64, 1..=Pixels::LONGEST],
        width in prop_oneof![1..2000_u64, 1..=Pixels::LONGEST],
        frames in length(),
        fps in prop_oneof![Just(24.0), Just(29.97), 0.001..1000.0],
        is_sampled in any::<bool>(),
    ) {
        let source = Source { frames, fps };
        let clip = Clip { size: Pixels::new(height, width), source, is_sampled };
        for rule in rules() {
            let Ok(seen) = seen(&rule, &clip) else { continue };
            prop_assert!(seen.kept.count() > 0);
            let last = seen.kept.index(seen.kept.count() - 1);
            prop_assert!(last < frames);
            let Ok(visual) = rule.visual(&seen.layout, seen.cells) else { continue };
            prop_assert!(visual.least <= visual.most);
            drop(rule.structural(&seen.layout, seen.cells));
            let text = rule.text(&clip, &seen.kept, &seen.layout);
            prop_assert!(text.characters >= text.pieces);
        }
    }
}

fn size(most: u64) -> impl Strategy<Value = u64> {
    prop_oneof![1..100_u64, 1..=most]
}

proptest! {
    #![proptest_config(Config { cases: 2000, failure_persistence: None, ..Config::default() })]
    #[test]
    fn no_settings_make_it_panic(
        (factor, min, more) in (size(1 << 14), size(1 << 39), size(Size::MAX - (1 << 39))),
        (height, width) in (size(Pixels::LONGEST), size(Pixels::LONGEST)),
        (tokens, group, frames) in (size(Size::MAX), size(64), length()),
        budget in prop_oneof![Just("frame"), Just("shared"), Just("clip")],
        (is_capped, is_averaged) in any::<(bool, bool)>(),
    ) {
        let cap = if budget == "clip" { "frame_tokens" } else { "clip_tokens" };
        let budget = match budget {
            "shared" => json!("shared"),
            budget if is_capped => json!({budget: {cap: tokens}}),
            budget => json!({budget: {}}),
        };
        let limits = json!({"factor": factor, "min_pixels": min, "max_pixels": (min + more).min(Size::MAX)});
        let temporal = if is_averaged { "average" } else { "patch" };
        let processor: VideoProcessor = serde_json::from_value(json!({
            "frame": {"smart-resize": limits}, "budget": budget, "temporal": {temporal: group},
        })).unwrap();
        if let Ok(rule) = processor.rule() {
            let clip = Clip::given(Pixels::new(height, width), frames);
            if let Ok(seen) = seen(&rule, &clip) {
                let _ = rule.visual(&seen.layout, seen.cells);
                let _ = seen.layout.patches(1);
            }
            let _ = rule.range(clip.size, frames.min(50), rule.cells().unwrap());
        }
    }
}

#[test]
fn a_clip_of_many_frames_is_counted_at_once() {
    let start = Instant::now();
    let size = Pixels::new(480, 640);
    for rule in rules() {
        for is_sampled in [false, true] {
            let source = Source { frames: 1_000_000_000, fps: 30.0 };
            let Ok(seen) = seen(&rule, &Clip { size, source, is_sampled }) else { continue };
            let clip = Clip { size, source, is_sampled };
            rule.visual(&seen.layout, seen.cells).unwrap();
            rule.text(&clip, &seen.kept, &seen.layout);
        }
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}
