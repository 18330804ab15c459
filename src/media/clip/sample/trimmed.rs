//! Frames spread over a clip whose first and last second are left out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sampler;
use super::timed::listable;
use crate::media::RuleKind;
use crate::media::clip::lines::Linspace;
use crate::media::clip::{Kept, Refusal, Source};
use crate::media::rounding::{half_even, truncated};
use crate::units::{Amount, Rate, Size};

/// Frames spread over the clip; of a long one without its first and last second. Both `fps` and
/// `num_frames` must be set.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trimmed {
    /// The most frames that are kept. Not set in the class.
    pub num_frames: Option<Size>,
    /// Frames that are kept of each second. Not set in the class.
    pub fps: Option<Rate>,
    /// Seconds that are left out at both ends of a clip that is longer without them than
    /// `num_frames` times `fps`; 1 in the class.
    pub skip_secs: Amount,
}

impl Default for Trimmed {
    fn default() -> Trimmed {
        // SmolVLMVideoProcessor of transformers 5.24.
        Trimmed { num_frames: None, fps: None, skip_secs: Amount::of(1) }
    }
}

impl Sampler for Trimmed {
    const KIND: RuleKind = RuleKind {
        name: "trimmed",
        title: "spread without the ends",
        in_words: "The clip's seconds times the rate, to the nearest whole number and at most a \
                   limit, are spread over the clip; a long one loses its first and last second. No \
                   frame is kept twice.",
        source: "transformers 5.24: models/smolvlm/video_processing_smolvlm.py, sample_frames",
    };

    fn kept(&self, source: Source) -> Result<Kept, Refusal> {
        let (frames, fps) = match (self.num_frames, self.fps) {
            (Some(frames), Some(fps)) => (frames.get(), fps.get()),
            (None, None) => return Err(Refusal::Neither),
            _ => return Err(Refusal::One),
        };
        let seconds = source.seconds();
        let wanted = half_even(fps * seconds).min(frames).max(1);
        let (first, last) = self.range(source, frames as f64 * fps);
        let line = Linspace::new(first as f64, last as f64, wanted);
        let mut indices: Vec<u64> =
            (0..listable(wanted)?).map(|place| truncated(line.at(place))).collect();
        indices.dedup();
        Ok(Kept::listed(indices))
    }

    fn most(&self) -> Option<u64> {
        self.num_frames.map(Size::get)
    }
}

impl Trimmed {
    /// The first and the last frame that may be kept.
    fn range(&self, source: Source, long: f64) -> (u64, u64) {
        let last = source.frames.saturating_sub(1);
        let skip = self.skip_secs.get() as f64;
        if skip == 0.0 || source.seconds() - 2.0 * skip <= long {
            return (0, last);
        }
        let first = truncated(skip * source.fps);
        let end = truncated(source.frames as f64 - skip * source.fps).min(last);
        if first < end { (first, end) } else { (0, last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(num_frames: u64, fps: f64, source: (u64, f64)) -> Vec<u64> {
        let sampler = Trimmed {
            num_frames: Some(Size::of(num_frames)),
            fps: Rate::new(fps),
            ..Trimmed::default()
        };
        let (frames, fps) = source;
        sampler.kept(Source { frames, fps }).unwrap().indices().collect()
    }

    #[test]
    fn short_clips_are_spread_whole() {
        assert_eq!(indices(64, 1.0, (3, 30.0)), [0]);
        // 2.5 s and 3.5 s: 2 and 4 frames.
        assert_eq!(indices(64, 1.0, (75, 30.0)), [0, 74]);
        assert_eq!(indices(64, 1.0, (105, 30.0)), [0, 34, 69, 104]);
        // More frames than there are: none comes twice.
        assert_eq!(indices(64, 30.0, (5, 10.0)), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn long_clips_lose_a_second_at_both_ends() {
        // 66 s are not longer than 64 frames at 1 a second without their ends; 67 s are.
        let ends = |frames: u64| {
            let all = indices(64, 1.0, (frames, 30.0));
            (all.len(), all[0], all[63])
        };
        assert_eq!(ends(66 * 30), (64, 0, 66 * 30 - 1));
        assert_eq!(ends(67 * 30), (64, 30, 66 * 30));
    }

    #[test]
    fn both_numbers_are_needed() {
        let source = Source { frames: 100, fps: 24.0 };
        assert_eq!(Trimmed::default().kept(source), Err(Refusal::Neither));
        let one = Trimmed { fps: Some(Rate::of(1.0)), ..Trimmed::default() };
        assert_eq!(one.kept(source), Err(Refusal::One));
    }
}
