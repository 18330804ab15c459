//! Longest edge: shrunk to a longest side, then each side up to a multiple.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::truncated;
use crate::media::{Cells, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views};
use crate::units::Size;

/// A picture with a side longer than `longest` is shrunk to it, both sides alike; then each side is
/// made a multiple of `cell`, upwards. A picture is never enlarged otherwise.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LongestEdge {
    /// The longest side in pixels.
    pub longest: Size,
    /// What both sides become multiples of, in pixels: the patch's side times the side of a block
    /// that the bridge merges into one token. One square of this side is one LLM-side token.
    pub cell: Size,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for LongestEdge {
    fn default() -> LongestEdge {
        // The class defaults of PixtralImageProcessor.
        LongestEdge { longest: Size::of(1024), cell: Size::of(16), markers: Markers::default() }
    }
}

impl Settings for LongestEdge {
    const KIND: RuleKind = RuleKind {
        name: "longest-edge",
        title: "longest edge",
        in_words: "A picture whose longer side is too long is shrunk to that length, its sides \
                   rounded down; then each side is rounded up to a multiple of a number.",
        source: "transformers 5.23: models/pixtral/image_processing_pixtral.py, \
                 get_resize_output_image_size",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("longest", self.longest, Pixels::LONGEST);
        problems.at_most("cell", self.cell, Problems::SIDE);
    }

    fn views(&self) -> Box<dyn Views> {
        Box::new(self.clone())
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Some(Cells::Squares(self.cell.get()))
    }
}

impl Views for LongestEdge {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let (longest, cell) = (self.longest.get() as f64, self.cell.get());
        let Pixels { mut height, mut width } = picture;
        let ratio = (height as f64 / longest).max(width as f64 / longest);
        if ratio > 1.0 {
            height = truncated(height as f64 / ratio);
            width = truncated(width as f64 / ratio);
        }
        if height == 0 || width == 0 {
            return Err(Refusal::Vanishes { step: 1 });
        }
        let up = |side: u64| side.div_ceil(cell) * cell;
        Ok(Layout::whole(Pixels::new(up(height), up(width))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_shrunk_down_and_rounded_up() {
        let rule = LongestEdge::default();
        let resized = |height, width| rule.layout(Pixels::new(height, width)).unwrap().resized;
        assert_eq!(resized(37, 53), Pixels::new(48, 64));
        assert_eq!(resized(1087, 528), Pixels::new(1024, 512));
        assert_eq!(resized(3024, 4032), Pixels::new(768, 1024));
    }

    #[test]
    fn a_side_that_vanishes_is_refused() {
        let refusal = LongestEdge::default().layout(Pixels::new(1, 1025));
        assert_eq!(refusal, Err(Refusal::Vanishes { step: 1 }));
    }
}
