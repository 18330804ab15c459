//! Frames at even steps, no more of them in a second than a limit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sampler;
use crate::media::RuleKind;
use crate::media::clip::{Kept, Refusal, Source};
use crate::media::rounding::truncated;
use crate::units::{Rate, Size};

/// Frames at even steps from the first, no more of them in a second than `max_fps`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capped {
    /// The most frames that are kept; 64 in the class. Beside `fps` it must be `null`.
    pub num_frames: Option<Size>,
    /// Frames that are kept of each second, instead of `num_frames`. Not set in the class.
    pub fps: Option<Rate>,
    /// The most frames that are kept of each second, if the clip has more and `fps` is not set; 2 in
    /// the class, `null` for no limit.
    pub max_fps: Option<Rate>,
}

/// Molmo2VideoProcessor of transformers 5.24, which also takes it where neither number is set.
const FRAMES: Size = Size::of(64);

impl Default for Capped {
    fn default() -> Capped {
        Capped { num_frames: Some(FRAMES), fps: None, max_fps: Some(Rate::of(2.0)) }
    }
}

impl Sampler for Capped {
    const KIND: RuleKind = RuleKind {
        name: "capped",
        title: "even steps below a rate",
        in_words: "So many frames are taken at even steps, but no more than the clip's seconds times \
                   the largest rate, rounded down, and at least one. The steps are counted in single \
                   precision, and for some pairs of numbers the last one is past the end: the \
                   reference fails there.",
        source: "transformers 5.24: models/molmo2/video_processing_molmo2.py, sample_frames",
    };

    fn kept(&self, source: Source) -> Result<Kept, Refusal> {
        let seconds = source.seconds();
        let wanted = match (self.num_frames, self.fps) {
            (Some(_), Some(_)) => return Err(Refusal::Both),
            (None, Some(fps)) => truncated(seconds * fps.get()),
            (frames, None) => {
                let frames = frames.unwrap_or(FRAMES).get();
                let limit = self.max_fps.map(Rate::get).filter(|limit| source.fps > *limit);
                limit.map_or(frames, |limit| frames.min(truncated(seconds * limit)))
            }
        };
        Kept::stepped(0.0, source.frames, wanted.min(source.frames).max(1))
    }

    fn most(&self) -> Option<u64> {
        match self.fps {
            None => Some(self.num_frames.unwrap_or(FRAMES).get()),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_rate_allows() {
        let count = |sampler: &Capped, frames, fps| {
            sampler.kept(Source { frames, fps }).map(|kept| kept.count())
        };
        let class = Capped::default();
        assert_eq!(count(&class, 3, 30.0), Ok(1));
        assert_eq!(count(&class, 300, 30.0), Ok(20));
        assert_eq!(count(&class, 3000, 30.0), Ok(64));
        // A clip that is no faster than the limit is not held to it.
        assert_eq!(count(&class, 30, 2.0), Ok(30));
        assert_eq!(count(&Capped { max_fps: None, ..class.clone() }, 300, 30.0), Ok(64));
        let thirteen = Capped { num_frames: Some(Size::of(13)), ..class.clone() };
        assert_eq!(count(&thirteen, 15, 1.0), Err(Refusal::PastTheEnd { wanted: 13, frames: 15 }));
        let rate = Capped { num_frames: None, fps: Some(Rate::of(4.0)), ..class.clone() };
        assert_eq!(count(&rate, 3000, 30.0), Ok(400));
        assert_eq!(count(&Capped { num_frames: None, ..class.clone() }, 3000, 30.0), Ok(64));
        assert_eq!(
            count(&Capped { fps: Some(Rate::of(1.0)), ..class }, 9, 1.0),
            Err(Refusal::Both)
        );
    }
}
