//! The middle of each of so many equal parts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sampler, at_rate, enough};
use crate::media::RuleKind;
use crate::media::clip::{Kept, Refusal, Source};
use crate::media::rounding::truncated;
use crate::units::{Offset, Rate, Size};

/// The clip is cut into equal parts, and the frame in the middle of each is kept. Either
/// `num_frames` or `fps` must be set; of both the first one counts.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Centred {
    /// Frames that are kept; a shorter clip is refused. Not set in the class.
    pub num_frames: Option<Size>,
    /// Frames that are kept of each second of the clip. Not set in the class.
    pub fps: Option<Rate>,
    /// Frames before the first one that is kept; half a part if not given.
    pub initial_shift: Option<Offset>,
}

impl Sampler for Centred {
    const KIND: RuleKind = RuleKind {
        name: "centred",
        title: "middle of equal parts",
        in_words: "The clip is cut into as many equal parts as frames are asked for, or as its \
                   seconds times the rate make, rounded down; the frame in the middle of each is \
                   kept, or the one at another shift.",
        source: "transformers 5.24: models/internvl/video_processing_internvl.py, sample_frames",
    };

    fn kept(&self, source: Source) -> Result<Kept, Refusal> {
        let wanted = match (self.num_frames, self.fps) {
            (Some(frames), _) => frames.get(),
            (None, Some(fps)) => truncated(at_rate(source, fps.get())),
            (None, None) => return Err(Refusal::Neither),
        };
        if wanted == 0 {
            return Err(Refusal::NoFrame);
        }
        let part = source.frames as f64 / enough(source, wanted)? as f64;
        let first = self.initial_shift.map_or(part / 2.0, Offset::get);
        Kept::stepped(first, source.frames, wanted)
    }

    fn most(&self) -> Option<u64> {
        self.num_frames.map(Size::get)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_or_another_shift() {
        let of = |frames| Centred { num_frames: Some(Size::of(frames)), ..Centred::default() };
        let source = |frames| Source { frames, fps: 30.0 };
        let indices = |sampler: Centred, frames| {
            sampler.kept(source(frames)).map(|kept| kept.indices().collect::<Vec<_>>())
        };
        assert_eq!(indices(of(4), 16).unwrap(), [2, 6, 10, 14]);
        let shifted = |shift| Centred { initial_shift: Some(Offset::of(shift)), ..of(7) };
        let past = Refusal::PastTheEnd { wanted: 7, frames: 34 };
        assert_eq!(indices(shifted(0.0), 34), Err(past));
        assert_eq!(indices(shifted(20.0), 34).unwrap().len(), 3);
        assert_eq!(indices(shifted(40.0), 34), Err(Refusal::NoFrame));
        let slow = Centred { fps: Some(Rate::of(1.0)), ..Centred::default() };
        assert_eq!(indices(slow, 5), Err(Refusal::NoFrame));
        // Of both the number counts, and nothing is refused.
        let both = Centred { fps: Some(Rate::of(1.0)), ..of(4) };
        assert_eq!(indices(both, 16).unwrap().len(), 4);
    }
}
