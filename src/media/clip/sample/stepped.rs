//! Frames at even steps, a multiple of a patch's frames of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sampler, at_rate, enough};
use crate::media::clip::{Kept, Refusal, Source};
use crate::media::rounding::{half_even, truncated};
use crate::media::{Problems, RuleKind};
use crate::units::{Rate, Size};

/// Frames at even steps from the first, as many of them as fill whole temporal patches. Either
/// `num_frames` or `fps` must be set.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stepped {
    /// Frames that are kept, rounded to a multiple of `multiple`; a shorter clip is refused. Not set
    /// in the class.
    pub num_frames: Option<Size>,
    /// Frames that are kept of each second of the clip. Not set in the class.
    pub fps: Option<Rate>,
    /// What the number of frames is a multiple of: the frames of a temporal patch. 2 in Qwen2-VL's
    /// class, 1 in VideoLLaMA3's.
    pub multiple: Size,
    /// The fewest frames, if `fps` says how many and the clip has them; 4 in the classes.
    pub min_frames: Size,
    /// The most frames, if `fps` says how many; 768 in Qwen2-VL's class, 180 in VideoLLaMA3's.
    pub max_frames: Size,
}

impl Default for Stepped {
    fn default() -> Stepped {
        // Qwen2VLVideoProcessor of transformers 5.24.
        Stepped {
            num_frames: None,
            fps: None,
            multiple: Size::of(2),
            min_frames: Size::of(4),
            max_frames: Size::of(768),
        }
    }
}

impl Sampler for Stepped {
    const KIND: RuleKind = RuleKind {
        name: "stepped",
        title: "even steps",
        in_words: "The clip's seconds times the rate, within limits, are rounded down to a multiple \
                   of a temporal patch's frames; so many frames are taken at even steps. The steps \
                   are counted in single precision, and for some pairs of numbers the last one is \
                   past the end: the reference fails there.",
        source: "transformers 5.24: models/qwen2_vl/video_processing_qwen2_vl.py and \
                 models/video_llama_3/video_processing_video_llama_3.py, sample_frames",
    };

    fn kept(&self, source: Source) -> Result<Kept, Refusal> {
        let multiple = self.multiple.get();
        let wanted = match (self.num_frames, self.fps) {
            (Some(_), Some(_)) => return Err(Refusal::Both),
            (None, None) => return Err(Refusal::Neither),
            (Some(frames), None) => half_even(frames.get() as f64 / multiple as f64) * multiple,
            (None, Some(fps)) => {
                let most = self.max_frames.get().min(source.frames) / multiple * multiple;
                let wanted = at_rate(source, fps.get()).max(self.min_frames.get() as f64);
                let wanted = wanted.min(most as f64).min(source.frames as f64);
                truncated(wanted / multiple as f64) * multiple
            }
        };
        Kept::stepped(0.0, source.frames, enough(source, wanted)?)
    }

    fn most(&self) -> Option<u64> {
        let most = self.num_frames.unwrap_or(self.max_frames).get();
        Some(most.next_multiple_of(self.multiple.get()))
    }

    fn check(&self, problems: &mut Problems) {
        problems.at_most("multiple", self.multiple, 1 << 10);
        problems.ordered(("min_frames", self.min_frames), ("max_frames", self.max_frames));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(sampler: &Stepped, frames: u64, fps: f64) -> Result<u64, Refusal> {
        sampler.kept(Source { frames, fps }).map(|kept| kept.count())
    }

    #[test]
    fn a_rate_keeps_to_the_limits_and_to_even_numbers() {
        let two = Stepped { fps: Some(Rate::of(2.0)), ..Stepped::default() };
        assert_eq!(count(&two, 30, 30.0), Ok(4));
        assert_eq!(count(&two, 3, 30.0), Ok(2));
        assert_eq!(count(&two, 1, 30.0), Err(Refusal::NoFrame));
        assert_eq!(count(&two, 86_400, 24.0), Ok(768));
        // 10.5 s: 21 becomes 20.
        assert_eq!(count(&two, 315, 30.0), Ok(20));
        let single = Stepped { multiple: Size::of(1), max_frames: Size::of(180), ..two };
        assert_eq!((count(&single, 315, 30.0), count(&single, 1, 30.0)), (Ok(21), Ok(1)));
        assert_eq!(count(&single, 86_400, 24.0), Ok(180));
    }

    #[test]
    fn a_number_goes_to_the_nearest_multiple() {
        let of = |frames| Stepped { num_frames: Some(Size::of(frames)), ..Stepped::default() };
        // 5 / 2 and 1 / 2 go to the even number.
        assert_eq!((count(&of(5), 100, 24.0), count(&of(7), 100, 24.0)), (Ok(4), Ok(8)));
        assert_eq!(count(&of(1), 100, 24.0), Err(Refusal::NoFrame));
        assert_eq!(count(&of(8), 7, 24.0), Err(Refusal::TooShort { wanted: 8, frames: 7 }));
        let past = |wanted, frames| Err(Refusal::PastTheEnd { wanted, frames });
        assert_eq!(
            (count(&of(26), 30, 24.0), count(&of(14), 34, 24.0)),
            (past(26, 30), past(14, 34))
        );
        assert_eq!(count(&Stepped::default(), 34, 24.0), Err(Refusal::Neither));
        let both = Stepped { fps: Some(Rate::of(1.0)), ..of(4) };
        assert_eq!(count(&both, 34, 24.0), Err(Refusal::Both));
    }
}
