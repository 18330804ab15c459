//! The pixels that the frames of a clip may have: limits of each frame, or of all together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Refusal, Temporal};
use crate::media::rounding::{half_even, truncated};
use crate::media::rules::SmartResize;
use crate::media::{self, Pixels, Problems};
use crate::units::Size;

/// Whose the limits of a smart resize are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Budget {
    /// Each frame's (Qwen2-VL, Qwen2.5-VL).
    Frame(FrameBudget),
    /// `min_pixels` is each frame's, and `max_pixels` is the clip's, shared out among the frames
    /// (VideoLLaMA3).
    Shared,
    /// The clip's: they are compared with the pixels of all frames (Qwen3-VL, GLM-4.1V).
    Clip(ClipBudget),
}

/// The limits are each frame's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FrameBudget {
    /// Tokens of the LLM's context of which a clip may fill nine tenths, a cell of the smart resize
    /// each: its frames share them (`cap_pixels_per_frame` of Qwen2-VL, with 128,000). If not given,
    /// a clip has no limit.
    pub clip_tokens: Option<Size>,
}

/// The limits are the clip's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClipBudget {
    /// The most tokens that a frame may have, a cell of the smart resize each
    /// (`cap_pixels_per_frame` of Qwen3-VL, with 768). If not given, one frame may have all.
    pub frame_tokens: Option<Size>,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::Frame(FrameBudget::default())
    }
}

impl Budget {
    /// Notes numbers that its products might not hold.
    pub(super) fn check(self, problems: &mut Problems) {
        let tokens = match self {
            Budget::Frame(budget) => budget.clip_tokens,
            Budget::Shared => None,
            Budget::Clip(budget) => budget.frame_tokens,
        };
        if let Some(tokens) = tokens {
            problems.at_most("budget", tokens, Problems::TOKENS);
        }
    }

    /// Whether the size of a frame depends on how many there are.
    pub fn depends_on_frames(self) -> bool {
        self != Budget::default()
    }

    /// What each of so many frames is resized to.
    ///
    /// # Errors
    /// The processor refuses the clip or its frames.
    pub fn resized(
        self,
        rule: &SmartResize,
        size: Pixels,
        frames: u64,
        temporal: Temporal,
    ) -> Result<Pixels, Refusal> {
        let (min, max) = (rule.min_pixels.get(), rule.max_pixels.get());
        let cell = rule.factor.get().pow(2);
        // What a limit on each frame leaves at least.
        let least = truncated(min as f64 * 1.05);
        let refused = |refusal: media::Refusal| Refusal::Frame { size, refusal };
        let with = |max: u64| {
            let max_pixels = Size::new(max).ok_or(Refusal::NoPixel { frames })?;
            let rule = SmartResize { max_pixels, ..rule.clone() };
            rule.resized(size).map_err(refused)
        };
        match self {
            Budget::Frame(FrameBudget { clip_tokens: None }) => rule.resized(size).map_err(refused),
            Budget::Frame(FrameBudget { clip_tokens: Some(tokens) }) => {
                let total = truncated(tokens.get() as f64 * cell as f64 * 0.9);
                with(max.min(total.saturating_mul(temporal.frames()) / frames).max(least))
            }
            Budget::Shared => with(max / frames),
            Budget::Clip(ClipBudget { frame_tokens }) => {
                let patch = temporal.frames();
                if frames < patch {
                    return Err(Refusal::LessThanAPatch { patch });
                }
                exact(rule, size, frames)?;
                let max = frame_tokens.map_or(max, |tokens| {
                    frames.saturating_mul((tokens.get() * cell).min(max / frames).max(least))
                });
                let max_pixels =
                    Size::new(max).ok_or(Refusal::TooLong { limit: Size::MAX / least })?;
                let rule = SmartResize { max_pixels, ..rule.clone() };
                let counted = half_even(frames as f64 / patch as f64) * patch;
                rule.resized_in_clip(size, counted, frames).map_err(refused)
            }
        }
    }
}

/// Sees to it that the pixels of a clip are exact in a double.
fn exact(rule: &SmartResize, size: Pixels, frames: u64) -> Result<(), Refusal> {
    // A short side is enlarged to `factor`, and each may be rounded up by as much.
    let smallest = rule.max_ratio.get() * rule.factor.get().pow(2);
    let limit = (1 << 53) / (4 * size.area().max(smallest));
    if frames > limit { Err(Refusal::TooLong { limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::rules::SmallSides;

    fn resized(budget: Budget, rule: &SmartResize, size: (u64, u64), frames: u64) -> (u64, u64) {
        let temporal = Temporal::Patch(Size::of(2));
        let size = Pixels::new(size.0, size.1);
        let resized = budget.resized(rule, size, frames, temporal).unwrap();
        (resized.height, resized.width)
    }

    fn rule(factor: u64, min: u64, max: u64) -> SmartResize {
        let (min_pixels, max_pixels) = (Size::of(min), Size::of(max));
        SmartResize { factor: Size::of(factor), min_pixels, max_pixels, ..SmartResize::default() }
    }

    #[test]
    fn a_clip_is_compared_rounded_to_patches_and_scaled_as_it_is() {
        // 5 frames count as 4, 7 as 8.
        let rule = rule(32, 4096, 4 * 64 * 64);
        let clip = Budget::Clip(ClipBudget::default());
        assert_eq!(resized(clip, &rule, (64, 64), 4), (64, 64));
        assert_eq!(resized(clip, &rule, (64, 64), 5), (64, 64));
        assert_eq!(resized(clip, &rule, (64, 64), 6), (32, 32));
        let refused = clip.resized(&rule, Pixels::square(64), 1, Temporal::Patch(Size::of(2)));
        assert_eq!(refused, Err(Refusal::LessThanAPatch { patch: 2 }));
    }

    #[test]
    fn a_shared_limit_may_fall_below_the_smallest() {
        let rule = rule(28, 100_352, 602_112);
        // At 8 frames each may have 75,264 pixels: a larger frame is shrunk, a smaller one enlarged.
        let (large, small) = ((480, 640), (224, 224));
        let area = |(height, width): (u64, u64)| height * width;
        assert!(area(resized(Budget::Shared, &rule, large, 8)) <= 75_264);
        assert!(area(resized(Budget::Shared, &rule, small, 8)) >= 100_352);
        let none = Budget::Shared.resized(&rule, Pixels::square(64), 602_113, Temporal::default());
        assert_eq!(none, Err(Refusal::NoPixel { frames: 602_113 }));
    }

    #[test]
    fn what_a_double_does_not_hold_is_refused() {
        let rule = SmartResize { small_sides: SmallSides::Enlarge, ..rule(32, 4096, 1 << 20) };
        let clip = Budget::Clip(ClipBudget::default());
        for (size, frames) in [((1, 200), 1 << 40), ((Pixels::LONGEST, Pixels::LONGEST), 32)] {
            let size = Pixels::new(size.0, size.1);
            let refused = clip.resized(&rule, size, frames, Temporal::default());
            assert!(matches!(refused, Err(Refusal::TooLong { .. })), "{size}");
        }
    }
}
