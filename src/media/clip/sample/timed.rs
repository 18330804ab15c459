//! Frames at times, an even number of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sampler;
use crate::media::RuleKind;
use crate::media::clip::lines::Linspace;
use crate::media::clip::{Kept, Refusal, Source};
use crate::media::rounding::{ceiling, truncated};
use crate::units::{Rate, Size};

/// Frames at times of a rate; of a clip that is longer than `max_seconds`, as many as of one that
/// long. Frames that come twice are kept once, and the last one twice if their number is odd.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timed {
    /// Frames that are kept of each second; 2 in the class.
    pub fps: Rate,
    /// Seconds of which frames are kept at the rate; those of a longer clip are spread over it. 300
    /// in the class.
    pub max_seconds: Size,
}

impl Default for Timed {
    fn default() -> Timed {
        // Glm4vVideoProcessor of transformers 5.24.
        Timed { fps: Rate::of(2.0), max_seconds: Size::of(300) }
    }
}

impl Sampler for Timed {
    const KIND: RuleKind = RuleKind {
        name: "timed",
        title: "frames at times",
        in_words: "At each tick of the rate the next frame is kept. A clip longer than the limit has \
                   as many ticks as one that long, spread over it. No frame is kept twice, but the \
                   last one is repeated if their number is odd.",
        source: "transformers 5.24: models/glm4v/video_processing_glm4v.py, sample_frames",
    };

    fn kept(&self, source: Source) -> Result<Kept, Refusal> {
        let (seconds, rate) = (source.seconds(), self.fps.get());
        let last = source.frames.saturating_sub(1);
        let longest = self.max_seconds.get() as f64;
        let is_long = seconds > longest;
        let ticks = truncated(seconds.min(longest) * rate);
        let ticks = if is_long { ticks } else { ticks.max(1) };
        if is_long && ticks >= source.frames {
            return even((0..listable(source.frames)?).collect());
        }
        let line = Linspace::new(0.0, seconds, ticks);
        let mut indices: Vec<u64> = (0..listable(ticks)?)
            .map(|tick| match is_long {
                true => ceiling(line.at(tick) * source.fps).min(last),
                false => ceiling(tick as f64 * source.fps / rate).min(last),
            })
            .collect();
        indices.dedup();
        even(indices)
    }

    fn most(&self) -> Option<u64> {
        let ticks = truncated(self.max_seconds.get() as f64 * self.fps.get());
        Some(ticks.next_multiple_of(2))
    }
}

/// So many frames, if they can be listed.
pub(super) fn listable(frames: u64) -> Result<u64, Refusal> {
    let limit = Kept::MOST_LISTED;
    if frames > limit { Err(Refusal::TooLong { limit }) } else { Ok(frames) }
}

/// The frames, the last one twice if their number is odd.
fn even(mut indices: Vec<u64>) -> Result<Kept, Refusal> {
    match indices.last() {
        None => return Err(Refusal::NoFrame),
        Some(&last) if indices.len() % 2 == 1 => indices.push(last),
        Some(_) => {}
    }
    Ok(Kept::listed(indices))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indices(frames: u64, fps: f64) -> Vec<u64> {
        Timed::default().kept(Source { frames, fps }).unwrap().indices().collect()
    }

    #[test]
    fn the_number_is_even_and_no_frame_but_the_last_comes_twice() {
        assert_eq!(indices(3, 30.0), [0, 0]);
        assert_eq!(indices(5, 10.0), [0, 0]);
        assert_eq!(indices(75, 30.0), [0, 15, 30, 45, 60, 60]);
        // A clip slower than the rate: ticks of the same frame are one.
        assert_eq!(indices(3, 1.0), [0, 1, 2, 2]);
        // The last tick is past the end of the last frame, and takes it.
        assert_eq!(indices(4, 3.0), [0, 2]);
    }

    #[test]
    fn a_long_clip_has_the_frames_of_one_of_the_limit() {
        let long = indices(86_400, 24.0);
        assert_eq!((long.len(), long[1], long[599]), (600, 145, 86_399));
        // Of fewer frames than ticks all are kept.
        assert_eq!(indices(301, 1.0).len(), 302);
        // The last two ticks take the last frame: one of them is dropped, and the odd rest made even.
        let short = indices(601, 2.0);
        assert_eq!((short.len(), short[599], short[598]), (600, 600, 600));
    }

    #[test]
    fn a_clip_that_is_too_long_is_refused() {
        let dense = Timed { max_seconds: Size::of(1_000_000_000), ..Timed::default() };
        let source = Source { frames: Size::MAX, fps: 24.0 };
        assert_eq!(dense.kept(source), Err(Refusal::TooLong { limit: Kept::MOST_LISTED }));
    }
}
