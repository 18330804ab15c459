//! Dynamic HD: as many tiles as the picture begins, and the tokens without those of the padding.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::closest::ClosestGrid;
use crate::media::rounding::truncated;
use crate::media::{
    Cells, Grid, Joined, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views,
};
use crate::units::Size;

/// The picture is fitted into as many tiles as it begins on each side, or into the grid of the
/// closest ratio if these are too many, and padded. The tokens of the tiles are joined as one grid
/// without those of the padding, with a learned newline after each row, after those of the whole
/// picture and a separator.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct DynamicHd {
    /// Side of a tile in pixels.
    pub tile: Size,
    /// The most tiles, without the view of the whole picture.
    pub max_tiles: Size,
    /// Side of a patch in pixels.
    pub patch: Size,
    /// LLM-side tokens of each view, a square number; they follow from the encoder where there is
    /// one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

/// The fewest pixels of a side that the processor resizes to.
const LEAST: u64 = 10;

impl Default for DynamicHd {
    fn default() -> DynamicHd {
        // The class defaults of Phi4MultimodalImageProcessor.
        DynamicHd {
            tile: Size::of(448),
            max_tiles: Size::of(36),
            patch: Size::of(14),
            tokens: None,
            markers: Markers::default(),
        }
    }
}

impl Settings for DynamicHd {
    const KIND: RuleKind = RuleKind {
        name: "dynamic-hd",
        title: "tiles begun, padding cropped",
        in_words: "The picture is fitted into as many tiles as it begins on each side, or, if \
                   these are too many, into the grid of the closest ratio, and padded. The tokens \
                   of all tiles are one grid, without those of the padding; a newline follows each \
                   row, a separator the tokens of the whole picture.",
        source: "transformers 5.23: models/phi4_multimodal/image_processing_phi4_multimodal.py, \
                 dynamic_preprocess",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.at_most("max_tiles", self.max_tiles, Problems::TILES);
        problems.at_most("patch", self.patch, self.tile.get());
        problems.square(self.tokens);
    }

    fn views(&self) -> Box<dyn Views> {
        let choice = ClosestGrid::of(self.tile.get(), 1, self.max_tiles.get());
        Box::new(Tiles { settings: self.clone(), choice })
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Cells::of_each(self.tokens)
    }
}

/// The rule with its grids.
#[derive(Debug)]
struct Tiles {
    settings: DynamicHd,
    choice: ClosestGrid,
}

impl Tiles {
    /// The grid of tiles.
    fn grid(&self, picture: Pixels) -> Grid {
        let tile = self.settings.tile.get();
        let begun = Grid::new(picture.height.div_ceil(tile), picture.width.div_ceil(tile));
        if begun.count() > self.settings.max_tiles.get() {
            self.choice.choose(picture)
        } else {
            begun
        }
    }
}

impl Views for Tiles {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let (tile, grid) = (self.settings.tile.get(), self.grid(picture));
        let layout = Layout::filled(tile, grid.rows, grid.columns);
        let canvas = layout.canvas;
        let wide = canvas.width as f64 / picture.width as f64;
        let high = canvas.height as f64 / picture.height as f64;
        let scaled = |side: u64, scale: f64, most| truncated(side as f64 * scale).min(most);
        let resized = if wide < high {
            Pixels { height: scaled(picture.height, wide, canvas.height), ..canvas }
        } else {
            Pixels { width: scaled(picture.width, high, canvas.width), ..canvas }
        };
        if resized.shorter() < LEAST {
            return Err(Refusal::TooThin { least: LEAST });
        }
        Ok(Layout { resized, overview: Some(layout.tile), ..layout })
    }

    fn join(&self, _: Pixels, layout: &Layout, cells: Cells) -> Joined {
        let (patch, tile) = (self.settings.patch.get(), cells.of(layout.tile));
        let whole = layout.overview.map(|view| cells.of(view)).unwrap_or_default();
        // Patches that become one token, on each side; of a ragged block the first patch decides.
        let step = |tokens: u64| (layout.tile.height / patch).div_ceil(tokens.max(1)).max(1);
        let kept = |canvas: u64, resized: u64, tiles: u64, tokens: u64| {
            let patches = tiles * (layout.tile.height / patch);
            patches.saturating_sub((canvas - resized) / patch).div_ceil(step(tokens))
        };
        let (canvas, resized) = (layout.canvas, layout.resized);
        let kept = Grid::new(
            kept(canvas.height, resized.height, layout.rows, tile.rows),
            kept(canvas.width, resized.width, layout.columns, tile.columns),
        );
        Joined {
            tokens: whole.count() + whole.rows + 1 + kept.count() + kept.rows,
            lines: whole.rows + kept.rows,
            unpadded: Some(Grid::new(layout.rows * tile.rows, layout.columns * tile.columns)),
            kept: Some(kept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_the_padding_are_dropped() {
        let rule = DynamicHd { tokens: Some(Size::of(256)), ..DynamicHd::default() };
        let (views, cells) = (rule.views(), rule.cells().unwrap());
        let picture = Pixels::new(16, 300);
        let layout = views.layout(picture).unwrap();
        assert_eq!((layout.resized, layout.tiles()), (Pixels::new(23, 448), 1));
        let joined = views.join(picture, &layout, cells);
        assert_eq!((joined.kept, joined.tokens), (Some(Grid::new(1, 16)), 290));
    }

    #[test]
    fn a_picture_that_would_be_too_thin_is_refused() {
        let views = DynamicHd::default().views();
        assert_eq!(views.layout(Pixels::new(3, 2000)), Err(Refusal::TooThin { least: 10 }));
    }
}
