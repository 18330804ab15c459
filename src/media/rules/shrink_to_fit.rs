//! Shrink to fit: within a box, then padded to whole patches.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::truncated;
use crate::media::{Cells, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views};
use crate::units::{ImageSize, Size};

/// A picture that does not fit into a box is shrunk until it does; then it is padded to whole
/// patches.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShrinkToFit {
    /// Height × width of the box in pixels.
    pub within: ImageSize,
    /// Side of a patch in pixels, which is one LLM-side token.
    pub cell: Size,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for ShrinkToFit {
    fn default() -> ShrinkToFit {
        // The class defaults of FuyuImageProcessor.
        let within = ImageSize { height: Size::of(1080), width: Size::of(1920) };
        ShrinkToFit { within, cell: Size::of(30), markers: Markers::default() }
    }
}

impl Settings for ShrinkToFit {
    const KIND: RuleKind = RuleKind {
        name: "shrink-to-fit",
        title: "shrink to fit",
        in_words: "A picture that does not fit into a box is shrunk until it does, its sides \
                   rounded down, and then padded to whole patches. It is never enlarged.",
        source: "transformers 5.23: models/fuyu/image_processing_fuyu.py, \
                 FuyuImageProcessor.resize",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("within", self.within.height.max(self.within.width), Pixels::LONGEST);
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

impl Views for ShrinkToFit {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let (within, cell) = (Pixels::from(self.within), self.cell.get());
        let mut resized = picture;
        if picture.height > within.height || picture.width > within.width {
            let high = within.height as f64 / picture.height as f64;
            let scale = high.min(within.width as f64 / picture.width as f64);
            let shrunk = |side: u64| truncated(side as f64 * scale);
            resized = Pixels::new(shrunk(picture.height), shrunk(picture.width));
        }
        if resized.shorter() == 0 {
            return Err(Refusal::Vanishes { step: 1 });
        }
        let padded = |side: u64| side.next_multiple_of(cell);
        let canvas = Pixels::new(padded(resized.height), padded(resized.width));
        Ok(Layout { resized, ..Layout::whole(canvas) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_picture_beyond_the_box_is_shrunk() {
        let rule = ShrinkToFit::default();
        let canvas = |height, width| rule.layout(Pixels::new(height, width)).unwrap().canvas;
        assert_eq!(canvas(31, 29), Pixels::new(60, 30));
        assert_eq!(canvas(1920, 1080), Pixels::new(1080, 630));
    }
}
