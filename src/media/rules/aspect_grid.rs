//! Aspect grid: the grid of tiles whose ratio of sides is closest to the picture's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::closest::ClosestGrid;
use crate::media::{Cells, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views};
use crate::units::Size;

/// The picture is stretched to the grid of square tiles whose ratio of sides is closest to its own,
/// and cut. If there is more than one tile, the whole picture follows as a thumbnail.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct AspectGrid {
    /// Side of a tile in pixels.
    pub tile: Size,
    /// The fewest tiles.
    pub min_tiles: Size,
    /// The most tiles, without the thumbnail.
    pub max_tiles: Size,
    /// Whether the whole picture follows, where there is more than one tile.
    pub thumbnail: bool,
    /// LLM-side tokens of each view; they follow from the encoder where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for AspectGrid {
    fn default() -> AspectGrid {
        // The class defaults of GotOcr2ImageProcessor, but for the tile, which is InternVL's.
        AspectGrid {
            tile: Size::of(448),
            min_tiles: Size::of(1),
            max_tiles: Size::of(12),
            thumbnail: true,
            tokens: None,
            markers: Markers::default(),
        }
    }
}

impl Settings for AspectGrid {
    const KIND: RuleKind = RuleKind {
        name: "aspect-grid",
        title: "grid by aspect ratio",
        in_words: "The picture is stretched to the grid of square tiles whose ratio of sides is \
                   closest to its own, and cut into them; of equally close grids a large picture \
                   gets the one with more tiles. More than one tile are followed by a thumbnail of \
                   the whole picture.",
        source: "transformers 5.23: models/got_ocr2/image_processing_got_ocr2.py, \
                 get_optimal_tiled_canvas",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.at_most("max_tiles", self.max_tiles, Problems::TILES);
        problems.ordered(("min_tiles", self.min_tiles), ("max_tiles", self.max_tiles));
        problems.tokens(self.tokens);
    }

    fn views(&self) -> Box<dyn Views> {
        let [tile, least, most] = [self.tile, self.min_tiles, self.max_tiles].map(Size::get);
        let choice = ClosestGrid::of(tile, least, most);
        Box::new(Tiles { tile, thumbnail: self.thumbnail, choice })
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
    tile: u64,
    thumbnail: bool,
    choice: ClosestGrid,
}

impl Views for Tiles {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let grid = self.choice.choose(picture);
        let layout = Layout::filled(self.tile, grid.rows, grid.columns);
        let thumbnail = Pixels::square(self.tile);
        Ok(if self.thumbnail { layout.with_thumbnail(thumbnail) } else { layout })
    }
}
