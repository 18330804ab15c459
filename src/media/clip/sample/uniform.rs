//! The first frame of each of so many equal parts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sampler, at_rate, enough};
use crate::media::RuleKind;
use crate::media::clip::{Kept, Refusal, Source};
use crate::media::rounding::truncated;
use crate::units::{Rate, Size};

/// The clip is cut into equal parts, and the first frame of each is kept. Without `num_frames` and
/// `fps` all frames are.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Uniform {
    /// Frames that are kept; a shorter clip is refused. Not set in most classes, 32 in Gemma 4's.
    pub num_frames: Option<Size>,
    /// Frames that are kept of each second of the clip, at least one of the clip. Not set in most
    /// classes, 2 in Kimi K2.5's.
    pub fps: Option<Rate>,
}

impl Sampler for Uniform {
    const KIND: RuleKind = RuleKind {
        name: "uniform",
        title: "uniform sampling",
        in_words: "The clip is cut into as many equal parts as frames are asked for, or as its \
                   seconds times the rate make, rounded down; the first frame of each is kept.",
        source: "transformers 5.24: video_utils.py, default_sample_indices_fn",
    };

    fn kept(&self, source: Source) -> Result<Kept, Refusal> {
        let wanted = match (self.num_frames, self.fps) {
            (Some(_), Some(_)) => return Err(Refusal::Both),
            (None, None) => return Ok(Kept::every(source.frames)),
            (Some(frames), None) => frames.get(),
            (None, Some(fps)) => truncated(at_rate(source, fps.get())).max(1),
        };
        Ok(Kept::quotients(source.frames, enough(source, wanted)?))
    }

    fn most(&self) -> Option<u64> {
        self.num_frames.map(Size::get)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_has_one_frame_at_least() {
        let source = |frames, fps| Source { frames, fps };
        let slow = Uniform { fps: Some(Rate::of(2.0)), num_frames: None };
        assert_eq!(slow.kept(source(3, 30.0)).map(|kept| kept.count()), Ok(1));
        assert_eq!(slow.kept(source(5, 10.0)).map(|kept| kept.count()), Ok(1));
        // More frames than a slow clip has.
        let refused = Refusal::TooShort { wanted: 6, frames: 3 };
        assert_eq!(slow.kept(source(3, 1.0)), Err(refused));
        let both = Uniform { num_frames: Some(Size::of(8)), ..slow };
        assert_eq!(both.kept(source(100, 24.0)), Err(Refusal::Both));
        assert_eq!(Uniform::default().kept(source(7, 24.0)), Ok(Kept::every(7)));
    }
}
