//! Edge tiles: the longer side to one length, then both up to whole tiles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::truncated;
use crate::media::{Cells, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views};
use crate::units::Size;

/// The longer side is always resized to one length, whatever it was; then the picture is stretched
/// to whole tiles and cut, followed by the whole picture as one more tile.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct EdgeTiles {
    /// What the longer side is resized to, in pixels.
    pub longest: Size,
    /// Side of a tile in pixels.
    pub tile: Size,
    /// Whether the picture is cut; if not, it becomes one tile.
    pub split: bool,
    /// LLM-side tokens of each view; they follow from the encoder where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

/// The longest side that the processor makes, whatever its settings (`MAX_IMAGE_SIZE`).
const LONGEST: u64 = 4096;

impl Default for EdgeTiles {
    fn default() -> EdgeTiles {
        // The class defaults of Idefics3ImageProcessor.
        EdgeTiles {
            longest: Size::of(1456),
            tile: Size::of(364),
            split: true,
            tokens: None,
            markers: Markers::default(),
        }
    }
}

/// A picture with another longer side, its ratio kept, the shorter side rounded down.
fn with_longer(picture: Pixels, longer: u64) -> Pixels {
    let ratio = picture.width as f64 / picture.height as f64;
    if picture.width >= picture.height {
        Pixels::new(truncated(longer as f64 / ratio), longer)
    } else {
        Pixels::new(longer, truncated(longer as f64 * ratio))
    }
}

impl EdgeTiles {
    /// The canvas that is cut.
    fn canvas(&self, picture: Pixels) -> Pixels {
        let tile = self.tile.get();
        let mut scaled = with_longer(picture, self.longest.get());
        let other =
            if picture.width >= picture.height { &mut scaled.height } else { &mut scaled.width };
        *other = other.next_multiple_of(2).max(1);
        if scaled.longer() > LONGEST {
            scaled = with_longer(scaled, LONGEST);
            scaled = Pixels::new(scaled.height.max(1), scaled.width.max(1));
        }
        let tiled = with_longer(scaled, scaled.longer().next_multiple_of(tile));
        Pixels::new(tiled.height.next_multiple_of(tile), tiled.width.next_multiple_of(tile))
    }
}

impl Settings for EdgeTiles {
    const KIND: RuleKind = RuleKind {
        name: "edge-tiles",
        title: "tiles along the longest edge",
        in_words: "The longer side is resized to one length, small pictures too, and the other in \
                   proportion. Then the picture is stretched to whole tiles and cut; more than one \
                   tile are followed by the whole picture as one more.",
        source: "transformers 5.23: models/idefics3/image_processing_idefics3.py and \
                 models/smolvlm/image_processing_smolvlm.py",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("longest", self.longest, Problems::SIDE);
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.tokens(self.tokens);
    }

    fn views(&self) -> Box<dyn Views> {
        Box::new(self.clone())
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Cells::of_each(self.tokens)
    }
}

impl Views for EdgeTiles {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let tile = self.tile.get();
        if !self.split {
            return Ok(Layout::whole(Pixels::square(tile)));
        }
        let canvas = self.canvas(picture);
        let layout = Layout::filled(tile, canvas.height / tile, canvas.width / tile);
        Ok(layout.with_thumbnail(Pixels::square(tile)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_cut_as_large_ones() {
        let rule = EdgeTiles::default();
        assert_eq!(rule.canvas(Pixels::new(100, 100)), Pixels::square(1456));
        assert_eq!(rule.canvas(Pixels::new(480, 640)), Pixels::new(1092, 1456));
    }

    #[test]
    fn the_other_side_is_even() {
        // 1456 / (728 / 91) = 182 and 1456 / (728 / 182) = 364, but 1456 / (728 / 183) = 366.
        let rule = EdgeTiles::default();
        assert_eq!(rule.canvas(Pixels::new(182, 728)), Pixels::new(364, 1456));
        assert_eq!(rule.canvas(Pixels::new(183, 728)), Pixels::new(728, 1456));
        // 4097 × 4097 is made 4097 × 4098, which is beyond the longest side.
        let large = EdgeTiles { longest: Size::of(4097), ..EdgeTiles::default() };
        assert_eq!(large.canvas(Pixels::square(10)), Pixels::square(4368));
    }
}
