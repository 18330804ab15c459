//! Frames spread from the first to the last.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sampler, at_rate};
use crate::media::clip::{Kept, Refusal, Source};
use crate::media::rounding::truncated;
use crate::media::{Problems, RuleKind};
use crate::units::{Rate, Size};

/// Frames at even distances, the first and the last of the clip among them.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spread {
    /// Frames that are kept, even if the clip has fewer: then some are kept twice. Not set in the
    /// class; beside it `fps` must be `null`.
    pub num_frames: Option<Size>,
    /// Frames that are kept of each second of the clip; 2 if not given.
    pub fps: Option<Rate>,
    /// The fewest frames, if the clip has them and `num_frames` does not say how many; 4 in the
    /// class.
    pub min_frames: Size,
    /// The most frames, if `num_frames` does not say how many; 768 in the class.
    pub max_frames: Size,
}

impl Default for Spread {
    fn default() -> Spread {
        // Qwen3VLVideoProcessor of transformers 5.24.
        Spread {
            num_frames: None,
            fps: Some(Rate::of(2.0)),
            min_frames: Size::of(4),
            max_frames: Size::of(768),
        }
    }
}

impl Sampler for Spread {
    const KIND: RuleKind = RuleKind {
        name: "spread",
        title: "spread from first to last",
        in_words: "The clip's seconds times the rate, rounded down and kept within limits, are \
                   spread from the first frame to the last; halves of an index go to the even frame.",
        source: "transformers 5.24: models/qwen3_vl/video_processing_qwen3_vl.py, sample_frames",
    };

    fn kept(&self, source: Source) -> Result<Kept, Refusal> {
        let limited = |frames: u64| frames.max(self.min_frames.get()).min(self.max_frames.get());
        let wanted = match (self.num_frames, self.fps) {
            (Some(_), Some(_)) => return Err(Refusal::Both),
            (Some(frames), None) => frames.get(),
            (None, Some(fps)) => limited(truncated(at_rate(source, fps.get()))).min(source.frames),
            (None, None) => limited(source.frames),
        };
        Ok(Kept::spread(source.frames, wanted))
    }

    fn most(&self) -> Option<u64> {
        Some(self.num_frames.unwrap_or(self.max_frames).get())
    }

    fn check(&self, problems: &mut Problems) {
        problems.ordered(("min_frames", self.min_frames), ("max_frames", self.max_frames));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_be_more_than_the_clip_has_and_a_rate_may_not() {
        let count = |sampler: &Spread, frames| {
            sampler.kept(Source { frames, fps: 30.0 }).map(|kept| kept.count())
        };
        let class = Spread::default();
        assert_eq!(count(&class, 3), Ok(3));
        assert_eq!(count(&class, 30), Ok(4));
        assert_eq!(count(&class, 1_000_000), Ok(768));
        let number = Spread { num_frames: Some(Size::of(31)), fps: None, ..class.clone() };
        assert_eq!(count(&number, 5), Ok(31));
        assert_eq!(count(&Spread { fps: Some(Rate::of(2.0)), ..number }, 5), Err(Refusal::Both));
        let neither = Spread { fps: None, ..class };
        assert_eq!((count(&neither, 2), count(&neither, 1000)), (Ok(4), Ok(768)));
    }
}
