//! Shrink and pad: within a number of patches, then padded to whole blocks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::truncated;
use crate::media::{Cells, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views};
use crate::units::Size;

/// A picture of too many patches, or with too long a side, is shrunk; then both sides are padded,
/// not resized, to multiples of a block of patches.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShrinkAndPad {
    /// Side of a patch in pixels.
    pub patch: Size,
    /// Side of a block of patches that the bridge merges into one token.
    pub merge: Size,
    /// The most patches of a picture, counted before it is padded.
    pub max_patches: Size,
    /// The most patches on a side.
    pub max_side: Size,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for ShrinkAndPad {
    fn default() -> ShrinkAndPad {
        // The class defaults of Kimi_K25ImageProcessor.
        ShrinkAndPad {
            patch: Size::of(14),
            merge: Size::of(2),
            max_patches: Size::of(16_384),
            max_side: Size::of(512),
            markers: Markers::default(),
        }
    }
}

impl ShrinkAndPad {
    /// Side of a square that becomes one LLM-side token, in pixels.
    fn cell(&self) -> u64 {
        self.patch.get() * self.merge.get()
    }
}

impl Settings for ShrinkAndPad {
    const KIND: RuleKind = RuleKind {
        name: "shrink-and-pad",
        title: "shrink and pad",
        in_words: "A picture of too many patches, or with too long a side, is shrunk, its sides \
                   rounded down. Then it is padded at the bottom and on the right to whole blocks \
                   of patches. It is never enlarged.",
        source: "transformers 5.23: models/kimi_k25/image_processing_kimi_k25.py, navit_resize",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("patch", self.patch, 1 << 10);
        problems.at_most("merge", self.merge, 1 << 4);
        problems.at_most("max_patches", self.max_patches, Problems::PIXELS);
        problems.at_most("max_side", self.max_side, Pixels::LONGEST);
    }

    fn views(&self) -> Box<dyn Views> {
        Box::new(self.clone())
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Some(Cells::Squares(self.cell()))
    }
}

impl Views for ShrinkAndPad {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let (patch, longest) = (self.patch.get(), self.max_side.get() * self.patch.get());
        let Pixels { height, width } = picture;
        let patches = (height / patch).max(1) * (width / patch).max(1);
        let scale = (self.max_patches.get() as f64 / patches as f64)
            .sqrt()
            .min(1.0)
            .min(longest as f64 / height as f64)
            .min(longest as f64 / width as f64);
        let shrunk = |side: u64| truncated(side as f64 * scale).clamp(1, longest);
        let resized = Pixels::new(shrunk(height), shrunk(width));
        let padded = |side: u64| side.next_multiple_of(self.cell());
        let canvas = Pixels::new(padded(resized.height), padded(resized.width));
        Ok(Layout { resized, ..Layout::whole(canvas) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_padded_and_not_stretched() {
        let layout = ShrinkAndPad::default().layout(Pixels::new(37, 53)).unwrap();
        assert_eq!(layout.resized, Pixels::new(37, 53));
        assert_eq!(layout.tile, Pixels::new(56, 56));
    }
}
