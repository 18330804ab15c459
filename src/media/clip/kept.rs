//! The frames that are kept of a clip: how many, and which.

use super::lines::{Arange, Linspace};
use super::{Refusal, Source};
use crate::media::rounding::half_even;

/// The frames that are kept of a clip, in their order. Which they are is worked out when it is asked,
/// so that a clip may have any number of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    count: u64,
    picked: Picked,
    singles: u64,
    stacked: Vec<Stacked>,
}

/// Which frames are kept.
#[derive(Clone, Debug, PartialEq)]
enum Picked {
    /// Every one.
    Every,
    /// The place times the frames of the clip over those that are kept, as a whole number.
    Quotients { frames: u64 },
    /// Numbers in single precision, without their fractions.
    Arange(Arange),
    /// Numbers in doubles, rounded.
    Linspace(Linspace),
    /// As they are listed.
    Listed(Box<[u64]>),
}

/// Composite pictures, each of several frames of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stacked {
    /// Frames in such a picture.
    pub frames: u64,
    /// How many such pictures there are.
    pub pictures: u64,
}

impl Kept {
    /// The most frames that are kept one by one; more are refused.
    pub const MOST_LISTED: u64 = 1 << 20;

    fn of(count: u64, picked: Picked) -> Kept {
        Kept { count, picked, singles: count, stacked: Vec::new() }
    }

    /// All frames.
    pub fn every(frames: u64) -> Kept {
        Kept::of(frames, Picked::Every)
    }

    /// Frames at `i · frames div count`.
    pub fn quotients(frames: u64, count: u64) -> Kept {
        Kept::of(count, Picked::Quotients { frames })
    }

    /// Frames at even steps from a first one, as torch counts them; `wanted` are asked for.
    ///
    /// # Errors
    /// The last index is past the end.
    pub fn stepped(first: f64, frames: u64, wanted: u64) -> Result<Kept, Refusal> {
        if wanted == 0 {
            return Err(Refusal::NoFrame);
        }
        let line = Arange::new(first, frames as f64, frames as f64 / wanted as f64);
        let kept = Kept::of(line.count(), Picked::Arange(line));
        match kept.count.checked_sub(1).map(|last| kept.index(last)) {
            None => Err(Refusal::NoFrame),
            Some(last) if last >= frames => Err(Refusal::PastTheEnd { wanted, frames }),
            Some(_) => Ok(kept),
        }
    }

    /// Frames from the first to the last, halves to the even one.
    pub fn spread(frames: u64, count: u64) -> Kept {
        let line = Linspace::new(0.0, frames.saturating_sub(1) as f64, count);
        Kept::of(count, Picked::Linspace(line))
    }

    /// Frames as they are listed.
    pub fn listed(indices: Vec<u64>) -> Kept {
        Kept::of(indices.len() as u64, Picked::Listed(indices.into()))
    }

    /// The same frames, of which the first so many are pictures of their own, and the others stand in
    /// composite pictures or in none.
    #[must_use]
    pub fn with_stacked(self, singles: u64, stacked: Vec<Stacked>) -> Kept {
        Kept { singles, stacked, ..self }
    }

    /// How many frames are kept.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Frames that are pictures of their own: all, unless some are stacked.
    pub fn singles(&self) -> u64 {
        self.singles
    }

    /// Composite pictures by the frames that they hold.
    pub fn stacked(&self) -> &[Stacked] {
        &self.stacked
    }

    /// The index in the clip of the frame at a place.
    pub fn index(&self, place: u64) -> u64 {
        match &self.picked {
            Picked::Every => place,
            Picked::Quotients { frames } => {
                let index = u128::from(place) * u128::from(*frames) / u128::from(self.count.max(1));
                u64::try_from(index).unwrap_or(u64::MAX)
            }
            Picked::Arange(line) => line.at(place) as u64,
            Picked::Linspace(line) => half_even(line.at(place)),
            Picked::Listed(indices) => usize::try_from(place)
                .ok()
                .and_then(|place| indices.get(place))
                .copied()
                .unwrap_or(0),
        }
    }

    /// The indices in the clip.
    pub fn indices(&self) -> impl Iterator<Item = u64> {
        (0..self.count).map(|place| self.index(place))
    }

    /// The time of the frame at a place in seconds. Indices that torch made are divided in single
    /// precision.
    pub fn seconds(&self, place: u64, source: Source) -> f64 {
        let index = self.index(place);
        match self.picked {
            Picked::Arange(_) => f64::from(index as f32 / source.fps as f32),
            _ => index as f64 / source.fps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(kept: &Kept) -> Vec<u64> {
        kept.indices().collect()
    }

    #[test]
    fn which_frames_are_kept() {
        assert_eq!(all(&Kept::every(3)), [0, 1, 2]);
        assert_eq!(all(&Kept::quotients(30, 8)), [0, 3, 7, 11, 15, 18, 22, 26]);
        assert_eq!(all(&Kept::stepped(0.0, 30, 4).unwrap()), [0, 7, 15, 22]);
        // 2.5 becomes 2, 0.5 becomes 0.
        assert_eq!(all(&Kept::spread(6, 3)), [0, 2, 5]);
        assert_eq!(all(&Kept::spread(2, 3)), [0, 0, 1]);
        assert_eq!(all(&Kept::spread(5, 1)), [0]);
    }

    #[test]
    fn steps_may_end_past_the_clip() {
        let refused = |frames, wanted| Kept::stepped(0.0, frames, wanted).unwrap_err();
        assert_eq!(refused(30, 26), Refusal::PastTheEnd { wanted: 26, frames: 30 });
        assert_eq!(refused(1, 0), Refusal::NoFrame);
        assert_eq!(Kept::stepped(30.0, 30, 3).unwrap_err(), Refusal::NoFrame);
    }

    #[test]
    fn times_of_steps_are_single() {
        let source = Source { frames: 20, fps: 20.0 };
        let single = Kept::stepped(0.0, 20, 20).unwrap().seconds(3, source);
        let double = Kept::every(20).seconds(3, source);
        assert_eq!((format!("{single:.1}"), format!("{double:.1}")), ("0.2".into(), "0.1".into()));
    }

    #[test]
    fn a_clip_may_have_any_number_of_frames() {
        let frames = 1_000_000_000_000;
        assert_eq!(Kept::quotients(frames, frames).index(frames - 1), frames - 1);
        assert_eq!(Kept::spread(frames, 768).index(767), frames - 1);
        assert_eq!(Kept::stepped(0.0, frames, 768).unwrap().count(), 768);
    }
}
