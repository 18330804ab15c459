//! Covering grid: the fewest tiles that hold nearly all of the picture at its own resolution.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::Sum;
use crate::media::{
    Cells, Grid, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views, grids,
};
use crate::units::Size;

/// The picture is stretched to the grid of the fewest tiles of which the tiles' squares hold a
/// large part of the pixels, and cut, after the whole picture as one more tile. The grid is applied
/// the other way round: its rows are made columns, as the reference does.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CoveringGrid {
    /// Side of a tile in pixels.
    pub tile: Size,
    /// The most tiles, without the view of the whole picture.
    pub max_tiles: Size,
    /// The part of the picture's area that must be held, between 0 and 1.
    pub threshold: f64,
    /// LLM-side tokens of each view; they follow from the encoder where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for CoveringGrid {
    fn default() -> CoveringGrid {
        // The class defaults of Ovis2ImageProcessor, but for the tile, which is Ovis2's.
        CoveringGrid {
            tile: Size::of(448),
            max_tiles: Size::of(12),
            threshold: 0.9,
            tokens: None,
            markers: Markers::default(),
        }
    }
}

impl Settings for CoveringGrid {
    const KIND: RuleKind = RuleKind {
        name: "covering-grid",
        title: "covering grid",
        in_words: "The picture is cut into pieces in thought; a piece larger than a tile keeps \
                   only what a tile holds of it, shrunk. Of the grids that keep more than 90 % \
                   that of the fewest tiles is taken, or else the one that keeps most; the picture \
                   is stretched to it, with rows and columns exchanged, and cut. Before more than \
                   one tile comes the whole picture.",
        source: "transformers 5.23: models/ovis2/image_processing_ovis2.py, \
                 get_min_tile_covering_grid",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.at_most("max_tiles", self.max_tiles, Problems::TILES);
        problems.tokens(self.tokens);
    }

    fn views(&self) -> Box<dyn Views> {
        let grids = grids::of_tiles(1, self.max_tiles.get());
        Box::new(Tiles { tile: self.tile.get(), threshold: self.threshold, grids })
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
    threshold: f64,
    grids: Vec<Grid>,
}

/// Parts of a picture that differ by less are compared by the reference's own order of sums, whose
/// error is far below.
const NEAR: f64 = 1e-9;

/// A picture that is split in thought: the first rows and columns of pieces have equal sides, the
/// last one has what remains.
struct Pieces {
    rows: u64,
    columns: u64,
    /// Pixels that a tile keeps of a piece: of an inner one, in the last column, in the last row,
    /// in both; and whether the reference has a whole number, as where nothing is shrunk.
    kept: [(f64, bool); 4],
    /// Pixels that are kept, up to a rounding.
    about: f64,
    /// Pixels of the picture.
    area: f64,
}

impl Pieces {
    /// The picture's height in as many pieces as the grid has columns, and the other way round.
    fn of(picture: Pixels, grid: Grid, tile: u64) -> Pieces {
        let (rows, columns) = (grid.columns, grid.rows);
        let (high, last_high) = sides(picture.height, rows);
        let (wide, last_wide) = sides(picture.width, columns);
        let sizes = [(high, wide), (high, last_wide), (last_high, wide), (last_high, last_wide)];
        let kept = sizes.map(|(height, width)| kept(height.max(width), height.min(width), tile));
        let (inner_rows, inner_columns) = ((rows - 1) as f64, (columns - 1) as f64);
        let [inner, right, below, corner] = kept.map(|(pixels, _)| pixels);
        let about = inner_rows * (inner_columns * inner + right) + inner_columns * below + corner;
        Pieces { rows, columns, kept, about, area: picture.area() as f64 }
    }

    /// The part that is kept, as the reference sums it, piece by piece.
    fn part(&self) -> f64 {
        let mut sum = Sum::default();
        for row in 1..=self.rows {
            for column in 1..=self.columns {
                let at = 2 * usize::from(row == self.rows) + usize::from(column == self.columns);
                sum.add(self.kept[at].0, self.kept[at].1);
            }
        }
        sum.total() / self.area
    }

    /// Whether more is kept than another keeps.
    fn is_more_than(&self, other: &Pieces) -> bool {
        let more = self.about - other.about;
        if more.abs() > NEAR * self.area { more > 0.0 } else { self.part() > other.part() }
    }

    /// Whether more than a part is kept.
    fn is_above(&self, part: f64) -> bool {
        let more = self.about - part * self.area;
        if more.abs() > NEAR * self.area { more > 0.0 } else { self.part() > part }
    }
}

/// A side in so many pieces: what each has, and the last. The quotient of doubles is exact enough:
/// it is no nearer to the next whole number than a part of one piece.
fn sides(side: u64, pieces: u64) -> (f64, f64) {
    let (side, pieces) = (side as f64, pieces as f64);
    let each = (side / pieces).floor();
    (each, side - each * (pieces - 1.0))
}

/// Pixels that a tile keeps of a piece, and whether the reference has a whole number.
fn kept(longer: f64, shorter: f64, tile: u64) -> (f64, bool) {
    let tile = tile as f64;
    if longer > tile { (tile * (shorter / longer * tile), false) } else { (longer * shorter, true) }
}

impl Tiles {
    /// The grid of tiles.
    fn grid(&self, picture: Pixels) -> Grid {
        let mut most: Option<(Grid, Pieces)> = None;
        let mut enough: Option<(Grid, Pieces)> = None;
        for &grid in &self.grids {
            if enough.as_ref().is_some_and(|(best, _)| grid.count() > best.count()) {
                break;
            }
            let pieces = Pieces::of(picture, grid, self.tile);
            let best = if pieces.is_above(self.threshold) { &mut enough } else { &mut most };
            if best.as_ref().is_none_or(|(_, best)| pieces.is_more_than(best)) {
                *best = Some((grid, pieces));
            }
        }
        enough.or(most).map_or(Grid::new(1, 1), |(grid, _)| grid)
    }
}

impl Views for Tiles {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let grid = self.grid(picture);
        let layout = Layout::filled(self.tile, grid.rows, grid.columns);
        Ok(layout.with_thumbnail(Pixels::square(self.tile)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_exchanged() {
        let views = CoveringGrid::default().views();
        let grid = |height, width| {
            let layout = views.layout(Pixels::new(height, width)).unwrap();
            (layout.rows, layout.columns)
        };
        assert_eq!(grid(1087, 528), (2, 3));
        assert_eq!(grid(448, 448), (1, 1));
        assert_eq!(grid(336, 1008), (3, 1));
    }
}
