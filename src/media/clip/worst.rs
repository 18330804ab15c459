//! The fewest and the most visual tokens that a clip can cost.

use super::{ClipRule, Refusal, Temporal};
use crate::media::{Cells, Pixels};

/// How many visual tokens a number of frames costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Frames that are kept.
    pub frames: u64,
    /// LLM-side visual tokens.
    pub tokens: u64,
}

/// The fewest and the most visual tokens over numbers of frames, each with the fewest frames that
/// cost so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The fewest.
    pub least: Cost,
    /// The most.
    pub most: Cost,
}

impl ClipRule {
    /// The most frames whose clip costs more than a fixed number of tokens each: beyond it every
    /// number of frames would have to be tried.
    const MOST_TRIED: u64 = 1 << 20;

    /// The most frames that the sampler keeps, if it has a limit.
    pub fn most_frames(&self) -> Option<u64> {
        self.settings().sample.as_ref().and_then(|sample| sample.most())
    }

    /// The fewest and the most visual tokens of 1 to `limit` frames of a size that are all kept.
    /// Numbers that the processor refuses are left out. Where the size of a frame depends on their
    /// number, every number is tried; otherwise tokens grow with the frames.
    ///
    /// # Errors
    /// The processor refuses every number, or there are too many to try.
    pub fn range(&self, size: Pixels, limit: u64, cells: Cells) -> Result<Range, Refusal> {
        let cost = |frames: u64| {
            let tokens = self.visual(&self.layout_of(size, frames)?, cells)?;
            Ok((Cost { frames, tokens: tokens.least }, Cost { frames, tokens: tokens.most }))
        };
        if limit == 0 {
            return Err(Refusal::NoFrame);
        }
        if !self.settings().budget.depends_on_frames() {
            let first_of_last = match self.settings().temporal {
                Temporal::Patch(frames) | Temporal::Average(frames) => {
                    (limit - 1) / frames.get() * frames.get() + 1
                }
            };
            return Ok(Range { least: cost(1)?.0, most: cost(first_of_last)?.1 });
        }
        if limit > ClipRule::MOST_TRIED {
            return Err(Refusal::TooLong { limit: ClipRule::MOST_TRIED });
        }
        let mut range: Result<Range, Refusal> = Err(Refusal::NoFrame);
        for frames in 1..=limit {
            match (cost(frames), &mut range) {
                (Ok((least, most)), Ok(range)) => {
                    if least.tokens < range.least.tokens {
                        range.least = least;
                    }
                    if most.tokens > range.most.tokens {
                        range.most = most;
                    }
                }
                (Ok((least, most)), none) => *none = Ok(Range { least, most }),
                (Err(refusal), none @ Err(_)) => *none = Err(refusal),
                (Err(_), Ok(_)) => {}
            }
        }
        range
    }
}
