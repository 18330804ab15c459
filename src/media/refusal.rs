//! Why a processor refuses a picture.

use crate::diag::{Code, Diagnostic};

use super::Pixels;

/// Why a processor refuses a picture, with its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A side is 0 or longer than [`Pixels::LONGEST`].
    Side,
    /// A side is longer than an interface takes.
    Long {
        /// The longest side in pixels.
        limit: u64,
    },
    /// The longer side is more than so many times the shorter.
    Ratio {
        /// The largest ratio that is accepted.
        limit: u64,
    },
    /// Resized, a side would have no pixel: the picture is too elongated.
    Vanishes {
        /// What the sides are rounded down to a multiple of, in pixels.
        step: u64,
    },
    /// Resized, the picture would exceed the budget.
    Budget {
        /// The largest area in pixels.
        limit: u64,
    },
    /// Resized, a side would have fewer pixels than the processor accepts.
    TooThin {
        /// The fewest pixels of a side.
        least: u64,
    },
}

impl Refusal {
    /// What is wrong with a picture.
    pub fn message(self, picture: Pixels) -> String {
        match self {
            Refusal::Side => format!("the processor takes no picture of {picture} pixels"),
            Refusal::Long { limit } => {
                format!("a picture of {picture} is refused: a side is longer than {limit} pixels")
            }
            Refusal::Ratio { limit } => format!(
                "the processor refuses a picture of {picture}: one side is more than {limit} times \
                 the other"
            ),
            Refusal::Vanishes { step } => format!(
                "the processor refuses a picture of {picture}: resized and rounded down to a \
                 multiple of {step} pixels, a side would be 0"
            ),
            Refusal::Budget { limit } => format!(
                "the processor refuses a picture of {picture}: resized, it would have more than \
                 {limit} pixels"
            ),
            Refusal::TooThin { least } => format!(
                "the processor refuses a picture of {picture}: resized, a side would be shorter \
                 than {least} pixels"
            ),
        }
    }

    /// What would work.
    pub fn help(self, picture: Pixels) -> String {
        let Pixels { height, width } = picture;
        match self {
            Refusal::Side => format!("sides may have 1 to {} pixels", Pixels::LONGEST),
            Refusal::Long { limit } => format!("scale it down to sides of {limit} pixels"),
            Refusal::Ratio { limit } => {
                let shorter = picture.longer().div_ceil(limit);
                let fits = if height < width {
                    Pixels::new(shorter, width)
                } else {
                    Pixels::new(height, shorter)
                };
                format!("crop or pad the picture: {fits} is accepted")
            }
            Refusal::Vanishes { .. } | Refusal::Budget { .. } | Refusal::TooThin { .. } => {
                "crop or pad the picture, so that its sides differ less".to_owned()
            }
        }
    }

    /// The problem without a place.
    pub fn diagnostic(self, picture: Pixels) -> Diagnostic {
        Diagnostic::error(Code::OutOfRange, self.message(picture)).help(self.help(picture))
    }
}
