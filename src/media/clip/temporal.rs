//! Which frames share one set of visual tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::Size;

/// Which frames share one set of visual tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Temporal {
    /// So many frames are one patch of the encoder; the last frame is repeated until the last patch
    /// is whole (Qwen-VL, GLM-4.1V).
    Patch(Size),
    /// Frames are encoded in chunks of so many, whose tokens are averaged; the last chunk may have
    /// fewer (Kimi K2.5).
    Average(Size),
}

impl Default for Temporal {
    /// Each frame is alone.
    fn default() -> Temporal {
        Temporal::Patch(Size::of(1))
    }
}

impl Temporal {
    /// Frames that share one set of tokens.
    pub fn frames(self) -> u64 {
        match self {
            Temporal::Patch(frames) | Temporal::Average(frames) => frames.get(),
        }
    }

    /// Frames with those that repeat the last one.
    pub fn padded(self, frames: u64) -> u64 {
        match self {
            Temporal::Patch(patch) => frames.next_multiple_of(patch.get()),
            Temporal::Average(_) => frames,
        }
    }

    /// How often the encoder sees a frame's picture: once for each patch, or once for each frame.
    pub fn seen(self, frames: u64) -> u64 {
        match self {
            Temporal::Patch(patch) => frames.div_ceil(patch.get()),
            Temporal::Average(_) => frames,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_filled_and_chunks_are_not() {
        let (patch, chunk) = (Temporal::Patch(Size::of(2)), Temporal::Average(Size::of(4)));
        assert_eq!((patch.padded(5), patch.seen(5)), (6, 3));
        assert_eq!((chunk.padded(5), chunk.seen(5)), (5, 5));
        assert_eq!((Temporal::default().padded(5), Temporal::default().seen(5)), (5, 5));
    }
}
