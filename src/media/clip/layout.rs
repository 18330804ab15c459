//! What a processor makes of a clip: the frames that are kept, their size, and the views that an
//! encoder sees.

use super::{Refusal, Temporal};
use crate::media::{Layout, Padding, Pixels};

/// How the frames of a clip are kept, resized and cut. All pictures of one entry are alike.
#[derive(Clone, Debug, PartialEq)]
pub struct ClipLayout {
    /// Frames that are kept.
    pub frames: u64,
    /// Which frames share one set of visual tokens.
    pub temporal: Temporal,
    /// The pictures that the frames make: frames of their own, then composite pictures.
    pub pictures: Vec<Pictures>,
}

/// Pictures that are alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pictures {
    /// How many sets of visual tokens they make: temporal patches, chunks or single pictures.
    pub groups: u64,
    /// How often the encoder sees such a picture: once for each set, or once for each frame of a
    /// chunk.
    pub seen: u64,
    /// Frames that a picture is composed of: 1 unless frames are stacked.
    pub stacked: u64,
    /// Height and width before the processor resizes.
    pub size: Pixels,
    /// How such a picture is resized and cut.
    pub layout: Layout,
}

/// Patches of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patches {
    /// Patches that hold something of the clip.
    pub needed: u64,
    /// Patches that the reference's encoder runs on, those that pad a view among them.
    pub executed: u64,
}

impl ClipLayout {
    /// Frames with those that repeat the last until the last temporal patch is whole.
    pub fn padded(&self) -> u64 {
        self.temporal.padded(self.frames)
    }

    /// Sets of visual tokens: temporal patches, chunks or single pictures.
    pub fn groups(&self) -> u64 {
        self.pictures.iter().map(|pictures| pictures.groups).sum()
    }

    /// How the frames of their own are resized and cut.
    pub fn frame(&self) -> &Layout {
        &self.pictures[0].layout
    }

    /// Views that the encoder runs on. A view of a temporal patch holds all of its frames.
    pub fn views(&self) -> u64 {
        self.pictures.iter().map(|pictures| pictures.seen * pictures.layout.views_run()).sum()
    }

    /// Patches of this side in pixels; a temporal patch counts once.
    ///
    /// # Errors
    /// The number does not fit 64 bits.
    pub fn patches(&self, side: u64) -> Result<Patches, Refusal> {
        let of = |view: Pixels| (view.height / side.max(1)) * (view.width / side.max(1));
        let mut sum = Patches { needed: 0, executed: 0 };
        for Pictures { seen, layout, .. } in &self.pictures {
            let tiles = layout.tiles() * of(layout.tile);
            let needed = tiles + layout.overview.map_or(0, of);
            let executed = match layout.padding {
                Padding::None => needed,
                Padding::Pixels(size) => layout.views() * of(size),
                Padding::Patches(patches) => layout.views() * patches,
                Padding::Views(_) => layout.views_run() * of(layout.tile),
            };
            let add = |sum: u64, each: u64| {
                each.checked_mul(*seen)
                    .and_then(|more| sum.checked_add(more))
                    .ok_or(Refusal::TooMany)
            };
            sum = Patches {
                needed: add(sum.needed, needed)?,
                executed: add(sum.executed, executed)?,
            };
        }
        Ok(sum)
    }
}
