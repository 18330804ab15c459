//! Native or grid: a small picture at its own size, a large one in a grid of tiles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::closest::ClosestGrid;
use crate::media::rounding::half_even;
use crate::media::{
    Cells, Layout, Markers, Padding, Pixels, Problems, Refusal, RuleKind, Settings, Views,
};
use crate::units::Size;

use super::{SmallSides, SmartResize};

/// A picture that has not many more pixels than the most tokens allow is resized to its own ratio,
/// within a number of tokens. A larger one is cut into a grid of tiles, followed by the whole
/// picture, resized in that way.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NativeOrGrid {
    /// Side of a tile in pixels.
    pub tile: Size,
    /// The fewest tiles of a picture that is cut.
    pub min_tiles: Size,
    /// The most tiles, without the thumbnail.
    pub max_tiles: Size,
    /// Side of a patch in pixels.
    pub patch: Size,
    /// Side of a block of patches that the bridge folds into one token.
    pub merge: Size,
    /// The fewest LLM-side tokens of a picture that is not cut.
    pub min_tokens: Size,
    /// The most LLM-side tokens of a picture that is not cut, and of a thumbnail.
    pub max_tokens: Size,
    /// How many times the pixels of the most tokens a picture may have and still not be cut.
    pub tolerance: f64,
    /// Whether the whole picture follows the tiles.
    pub thumbnail: bool,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for NativeOrGrid {
    fn default() -> NativeOrGrid {
        // The class defaults of Lfm2VlImageProcessor.
        NativeOrGrid {
            tile: Size::of(512),
            min_tiles: Size::of(2),
            max_tiles: Size::of(10),
            patch: Size::of(16),
            merge: Size::of(2),
            min_tokens: Size::of(64),
            max_tokens: Size::of(256),
            tolerance: 2.0,
            thumbnail: true,
            markers: Markers::default(),
        }
    }
}

impl NativeOrGrid {
    /// Side of a square that becomes one LLM-side token, in pixels.
    fn cell(&self) -> u64 {
        self.patch.get() * self.merge.get()
    }

    /// The resizing of a picture that is not cut.
    fn native(&self) -> SmartResize {
        let pixels = |tokens: Size| Size::of(tokens.get() * self.cell().pow(2));
        SmartResize {
            factor: Size::of(self.cell()),
            min_pixels: pixels(self.min_tokens),
            max_pixels: pixels(self.max_tokens),
            small_sides: SmallSides::RoundUp,
            max_ratio: Size::of(Size::MAX),
            ..SmartResize::default()
        }
    }

    /// Patches that every view is padded to.
    fn padded(&self) -> u64 {
        let native = self.max_tokens.get() * self.merge.get().pow(2);
        native.max((self.tile.get() / self.patch.get()).pow(2))
    }
}

impl Settings for NativeOrGrid {
    const KIND: RuleKind = RuleKind {
        name: "native-or-grid",
        title: "own size or grid",
        in_words: "A picture that is not too large is resized to its own ratio, within a number of \
                   tokens. A larger one is stretched to the grid of tiles whose ratio is closest, \
                   cut, and followed by itself at that size. The encoder runs on views padded to \
                   the patches of a tile.",
        source: "transformers 5.23: models/lfm2_vl/image_processing_lfm2_vl.py, resize_and_split",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.at_most("max_tiles", self.max_tiles, Problems::TILES);
        problems.at_most("patch", self.patch, 1 << 10);
        problems.at_most("merge", self.merge, 1 << 4);
        problems.at_most("max_tokens", self.max_tokens, 1 << 10);
        problems.ordered(("min_tiles", self.min_tiles), ("max_tiles", self.max_tiles));
        problems.ordered(("min_tokens", self.min_tokens), ("max_tokens", self.max_tokens));
    }

    fn views(&self) -> Box<dyn Views> {
        let [tile, least, most] = [self.tile, self.min_tiles, self.max_tiles].map(Size::get);
        Box::new(Tiles {
            settings: self.clone(),
            native: self.native(),
            choice: ClosestGrid::of(tile, least, most),
        })
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Some(Cells::Squares(self.cell()))
    }
}

/// The rule with what it is made of.
#[derive(Debug)]
struct Tiles {
    settings: NativeOrGrid,
    native: SmartResize,
    choice: ClosestGrid,
}

impl Tiles {
    /// Whether a picture is too large to stay in one piece.
    fn is_large(&self, picture: Pixels) -> bool {
        let (cell, patch) = (self.settings.cell(), self.settings.patch.get());
        let rounded = |side: u64| (half_even(side as f64 / cell as f64) * cell).max(patch);
        let area = rounded(picture.height) * rounded(picture.width);
        area as f64 > self.native.max_pixels.get() as f64 * self.settings.tolerance
    }
}

impl Views for Tiles {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let native = self.native.resized(picture)?;
        let (patch, padded) = (self.settings.patch.get(), self.settings.padded());
        // An elongated picture may keep more pixels than the limit: its sides are at least a cell.
        let patches = native.area() / patch.pow(2);
        if self.settings.max_tiles.get() == 1 || !self.is_large(picture) {
            let padding = Padding::Patches(padded.max(patches));
            return Ok(Layout { padding, ..Layout::whole(native) });
        }
        let grid = self.choice.choose(picture);
        let layout = Layout::filled(self.settings.tile.get(), grid.rows, grid.columns);
        let layout = if self.settings.thumbnail { layout.with_thumbnail(native) } else { layout };
        if layout.overview.is_some() && patches > padded {
            // The reference stacks the views, which then have different numbers of patches.
            return Err(Refusal::Budget { limit: padded * patch.pow(2) });
        }
        Ok(Layout { padding: Padding::Patches(padded), ..layout })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_pixels_are_not_cut_yet() {
        let views = NativeOrGrid::default().views();
        let layout = |height, width| views.layout(Pixels::new(height, width)).unwrap();
        assert_eq!(layout(512, 1024).tiles(), 1);
        // 1041 / 32 is nearer to 33 than to 32.
        assert_eq!(layout(512, 1041).tiles(), 2);
        assert_eq!(layout(1087, 528).overview, Some(Pixels::new(704, 352)));
    }

    #[test]
    fn an_elongated_picture_may_exceed_the_padding() {
        let views = NativeOrGrid::default().views();
        let alone = views.layout(Pixels::new(8209, 1)).unwrap();
        assert_eq!(alone.padding, Padding::Patches(alone.tile.area() / 256));
        let beside_tiles = views.layout(Pixels::new(20_000, 40));
        assert_eq!(beside_tiles, Err(Refusal::Budget { limit: 1024 * 256 }));
    }
}
