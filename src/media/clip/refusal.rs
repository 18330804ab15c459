//! Why a processor refuses a clip.

use crate::diag::{Code, Diagnostic};
use crate::media::{self, Pixels};

/// Why a processor refuses a clip, with its limit. Where the reference raises an error, its kind is
/// said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refusal {
    /// Both `num_frames` and `fps` are set (`ValueError`).
    Both,
    /// Neither `num_frames` nor `fps` is set (`TypeError`).
    Neither,
    /// Only one of `num_frames` and `fps` is set, and the sampler needs both (`TypeError`).
    One,
    /// More frames are asked for than the clip has (`ValueError`).
    TooShort {
        /// Frames that are asked for.
        wanted: u64,
        /// Frames of the clip.
        frames: u64,
    },
    /// The sampler asks for no frame (`ZeroDivisionError`).
    NoFrame,
    /// The sampler returns an index that the clip does not have (`IndexError`): its list of indices
    /// is one longer than it should be, since a quotient is rounded up.
    PastTheEnd {
        /// Frames that are asked for.
        wanted: u64,
        /// Frames of the clip.
        frames: u64,
    },
    /// Fewer frames than stand in one patch (`ValueError`).
    LessThanAPatch {
        /// Frames of a patch.
        patch: u64,
    },
    /// Frames are stacked into composite pictures, which needs a clip that is sampled.
    Stacked,
    /// Shared out among the frames, the limit on pixels leaves none for each
    /// (`ZeroDivisionError`).
    NoPixel {
        /// Frames of the clip.
        frames: u64,
    },
    /// Pooling needs rows and columns, which the tokens of a frame do not have.
    NoGrid,
    /// More tokens than this program counts.
    TooMany,
    /// More frames than this program counts.
    TooLong {
        /// The most frames.
        limit: u64,
    },
    /// The processor refuses a frame (`ValueError`).
    Frame {
        /// Height and width of the frame, or of a composite picture of several.
        size: Pixels,
        /// What it refuses.
        refusal: media::Refusal,
    },
}

impl Refusal {
    /// What is wrong with a clip.
    pub fn message(self) -> String {
        match self {
            Refusal::Both => "the processor refuses both `num_frames` and `fps`".to_owned(),
            Refusal::Neither => {
                "the processor samples frames, and neither `num_frames` nor `fps` says how many"
                    .to_owned()
            }
            Refusal::One => "the processor needs both `num_frames` and `fps`".to_owned(),
            Refusal::TooShort { wanted, frames } => {
                format!("the processor refuses a clip of {frames} frames: {wanted} are asked for")
            }
            Refusal::NoFrame => "the processor would keep no frame of this clip".to_owned(),
            Refusal::PastTheEnd { wanted, frames } => format!(
                "the processor fails on a clip of {frames} frames of which it shall keep {wanted}: \
                 its last index is past the end"
            ),
            Refusal::LessThanAPatch { patch } => {
                format!("the processor refuses a clip of fewer than {patch} frames")
            }
            Refusal::Stacked => {
                "the processor stacks frames by their time, which needs a clip on disk".to_owned()
            }
            Refusal::NoPixel { frames } => {
                format!("the processor's limit leaves no pixel for each of {frames} frames")
            }
            Refusal::NoGrid => {
                "the tokens of a frame stand in no rows and columns, so they cannot be pooled"
                    .to_owned()
            }
            Refusal::TooMany => "the clip has more tokens than fit 64 bits".to_owned(),
            Refusal::TooLong { limit } => format!("the clip has more than {limit} frames"),
            Refusal::Frame { size, refusal } => refusal.message(size),
        }
    }

    /// What would work.
    pub fn help(self) -> String {
        match self {
            Refusal::Both => "keep one, and write `null` for the other".to_owned(),
            Refusal::Neither => "write `fps: 2` or `num_frames: 32`".to_owned(),
            Refusal::One => "write both: `fps: 1` and `num_frames: 64`".to_owned(),
            Refusal::TooShort { frames, .. } => {
                format!("ask for at most {frames} frames, or take a longer clip")
            }
            Refusal::NoFrame => "take a longer clip, or ask for more frames".to_owned(),
            Refusal::PastTheEnd { wanted, .. } => {
                format!(
                    "the sampler rounds so for some pairs only: ask for a few more or fewer \
                         frames than {wanted}"
                )
            }
            Refusal::LessThanAPatch { patch } => format!("take {patch} or more frames"),
            Refusal::Stacked => "write `seconds` and `fps` of the clip, or `stack: 1`".to_owned(),
            Refusal::NoPixel { .. } | Refusal::TooMany => "take a shorter clip".to_owned(),
            Refusal::NoGrid => "leave `pool` out, or write a square number of tokens".to_owned(),
            Refusal::TooLong { limit } => format!("write a clip of at most {limit} frames"),
            Refusal::Frame { size, refusal } => refusal.help(size),
        }
    }

    /// The problem without a place.
    pub fn diagnostic(self) -> Diagnostic {
        Diagnostic::error(Code::OutOfRange, self.message()).help(self.help())
    }
}
