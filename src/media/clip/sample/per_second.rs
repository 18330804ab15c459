//! One frame a second, and composite pictures of those between.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sampler;
use super::timed::listable;
use crate::media::clip::lines::Linspace;
use crate::media::clip::{Kept, Refusal, Source, Stacked};
use crate::media::rounding::{ceiling, truncated};
use crate::media::{Problems, RuleKind};
use crate::units::Size;

/// One frame of each second; of a clip with more than `max_num_frames` seconds so many, spread over
/// it. With `stack_frames` above 1, the frames at so many parts of a second but the first become one
/// composite picture, after the second's own frame.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerSecond {
    /// The most frames, composite pictures apart; 128 in the class.
    pub max_num_frames: Size,
    /// Parts of a second of which a frame is kept; 1 in the class, which stacks nothing.
    pub stack_frames: Size,
}

impl Default for PerSecond {
    fn default() -> PerSecond {
        // MiniCPMV4_6VideoProcessor of transformers 5.24.
        PerSecond { max_num_frames: Size::of(128), stack_frames: Size::of(1) }
    }
}

impl Sampler for PerSecond {
    const KIND: RuleKind = RuleKind {
        name: "per-second",
        title: "one frame a second",
        in_words: "One frame of each second is kept; a clip of more seconds than the limit has a \
                   frame at every tenth of a second, of which as many as the limit are spread over \
                   it. Frames between them may be stacked: those of one second become one composite \
                   picture.",
        source: "transformers 5.24: models/minicpmv4_6/video_processing_minicpmv4_6.py, \
                 sample_frames and concat_frames_as_image",
    };

    fn kept(&self, source: Source) -> Result<Kept, Refusal> {
        let (most, seconds) = (self.max_num_frames.get(), source.seconds());
        let last = source.frames.saturating_sub(1);
        let mut indices: Vec<u64> = if seconds > most as f64 {
            let tenths = truncated(seconds / 0.1);
            spread(tenths, most)
                .map(|tenth| truncated(tenth as f64 / 10.0 * source.fps).min(last))
                .collect()
        } else {
            let whole = listable(ceiling(seconds))?;
            (0..whole).map(|second| truncated(second as f64 * source.fps)).collect()
        };
        if let Some(index) = indices.last().filter(|index| **index > last) {
            return Err(Refusal::PastTheEnd { wanted: *index, frames: source.frames });
        }
        let singles = indices.len() as u64;
        let between = self.between(source);
        listable(between.count())?;
        let kept: Vec<(u64, u64)> = between.places().collect();
        indices.extend(kept.iter().map(|(second, part)| {
            let time = *second as f64 + *part as f64 / self.stack_frames.get() as f64;
            truncated(time * source.fps).min(last)
        }));
        Ok(Kept::listed(indices).with_stacked(singles, stacked(&kept, singles)))
    }

    fn most(&self) -> Option<u64> {
        Some(self.max_num_frames.get())
    }

    fn check(&self, problems: &mut Problems) {
        problems.at_most("max_num_frames", self.max_num_frames, 1 << 14);
        problems.at_most("stack_frames", self.stack_frames, 1 << 6);
    }
}

/// Places of `total` that are kept: all, or so many spread over them.
fn spread(total: u64, most: u64) -> impl Iterator<Item = u64> {
    let line = Linspace::new(0.0, total.saturating_sub(1) as f64, most);
    let is_thinned = total > most;
    (0..total.min(most))
        .map(move |place| if is_thinned { truncated(line.at(place)) } else { place })
}

/// The frames between those of whole seconds.
struct Between {
    /// Parts of each second that have a frame.
    parts: u64,
    /// Frames of all seconds.
    total: u64,
    /// The most that are kept.
    most: u64,
}

impl Between {
    fn count(&self) -> u64 {
        self.total.min(self.most)
    }

    /// Second and part of it, from 1, of each frame that is kept.
    fn places(&self) -> impl Iterator<Item = (u64, u64)> {
        let parts = self.parts.max(1);
        spread(self.total, self.most).map(move |place| (place / parts, place % parts + 1))
    }
}

impl PerSecond {
    fn between(&self, source: Source) -> Between {
        let (stack, seconds) = (self.stack_frames.get(), source.seconds());
        let parts = stack - 1;
        // All seconds but the last are whole.
        let before = ceiling(seconds).saturating_sub(1);
        let is_within = |part: &u64| (before as f64 + *part as f64 / stack as f64) < seconds;
        let in_last = (1..stack).filter(is_within).count() as u64;
        let total = before * parts + in_last;
        Between { parts, total, most: self.max_num_frames.get() * parts }
    }
}

/// Composite pictures by the frames that they hold. There is one after each single picture at most,
/// that of the second of the same number; frames of later seconds are in none.
fn stacked(kept: &[(u64, u64)], singles: u64) -> Vec<Stacked> {
    let mut found: Vec<Stacked> = Vec::new();
    for second in kept.chunk_by(|a, b| a.0 == b.0).filter(|frames| frames[0].0 < singles) {
        let frames = second.len() as u64;
        match found.iter_mut().find(|stacked| stacked.frames == frames) {
            Some(stacked) => stacked.pictures += 1,
            None => found.push(Stacked { frames, pictures: 1 }),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(stack: u64, frames: u64, fps: f64) -> Kept {
        let sampler = PerSecond { stack_frames: Size::of(stack), ..PerSecond::default() };
        sampler.kept(Source { frames, fps }).unwrap()
    }

    #[test]
    fn one_frame_of_each_second_that_begins() {
        let indices = |frames, fps| kept(1, frames, fps).indices().collect::<Vec<_>>();
        assert_eq!(indices(3, 30.0), [0]);
        assert_eq!(indices(75, 30.0), [0, 30, 60]);
        assert_eq!(indices(314, 29.97)[10], 299);
        assert_eq!(kept(1, 128 * 30, 30.0).count(), 128);
    }

    #[test]
    fn a_long_clip_is_thinned() {
        let long = kept(1, 86_400, 24.0);
        assert_eq!((long.count(), long.index(0), long.index(127)), (128, 0, 86_397));
        assert_eq!(kept(1, 1_000_000_000, 30.0).count(), 128);
    }

    #[test]
    fn frames_of_a_second_are_stacked() {
        let stacks = |stack, frames| {
            let kept = kept(stack, frames, 30.0);
            let stacked = kept.stacked().iter().map(|s| (s.frames, s.pictures)).collect::<Vec<_>>();
            (kept.count(), stacked)
        };
        assert_eq!(stacks(5, 30), (5, vec![(4, 1)]));
        // 2.5 s: of the last second the frames at 0.2 and 0.4 are there.
        assert_eq!(stacks(5, 75), (3 + 10, vec![(4, 2), (2, 1)]));
        assert_eq!(stacks(2, 3), (1, vec![]));
        // A frame at the very end is not in the clip.
        assert_eq!(stacks(2, 45), (2 + 1, vec![(1, 1)]));
        // Thinned over an hour, of the first 128 seconds only.
        let (count, hour) = stacks(3, 3600 * 30);
        assert_eq!((count, kept(3, 3600 * 30, 30.0).singles()), (128 + 256, 128));
        assert_eq!(hour.iter().map(|(_, pictures)| pictures).sum::<u64>(), 10);
    }
}
