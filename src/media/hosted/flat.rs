//! An image costs the same, whatever its size.

use super::Counted;
use crate::units::exact;

/// Tokens of an image and of a frame.
#[derive(Debug)]
pub struct Flat {
    /// Tokens of an image.
    pub image: u64,
    /// Tokens of a frame of a video, of which one a second is taken.
    pub frame: u64,
}

impl Flat {
    /// What any image costs.
    pub fn count(&self) -> Counted {
        Counted { resized: None, tiles: None, patches: None, visual: self.image }
    }

    pub(super) fn in_words(&self) -> String {
        let [image, frame] = [self.image, self.frame].map(|tokens| exact(tokens.into()));
        format!("{image} tokens for an image of any size, {frame} for each second of a video")
    }
}
