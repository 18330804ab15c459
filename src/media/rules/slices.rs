//! Slices: the picture itself, and a grid of slices of about one tile's area.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::{half_even, truncated};
use crate::media::{
    Cells, Grid, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views,
};
use crate::units::Size;

/// A picture of more than one tile's area is shown small and then in slices, in the grid whose
/// ratio is closest to its own; each slice keeps its ratio and has about one tile's area.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Slices {
    /// Side of a square that has the area of a slice, in pixels.
    pub tile: Size,
    /// The most slices.
    pub max_slices: Size,
    /// Side of a square that becomes one LLM-side token, in pixels: sides of views are multiples of
    /// it.
    pub cell: Size,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for Slices {
    fn default() -> Slices {
        // The class defaults of MiniCPMV4_6ImageProcessor; its 4×4 patches of 14 are one token.
        Slices {
            tile: Size::of(448),
            max_slices: Size::of(9),
            cell: Size::of(56),
            markers: Markers::default(),
        }
    }
}

/// The nearest multiple, halves to the even one, but never 0.
fn nearest(side: f64, step: u64) -> u64 {
    (half_even(side / step as f64) * step).max(step)
}

impl Slices {
    /// What a view of these sides is resized to: to the area of a tile if it is larger or `always`,
    /// then each side to the nearest multiple of a cell.
    fn resized(&self, mut height: f64, mut width: f64, always: bool) -> Pixels {
        let (tile, cell) = (self.tile.get() as f64, self.cell.get());
        if always || height * width > tile * tile {
            let ratio = width / height;
            height = truncated(tile / ratio.sqrt()) as f64;
            width = truncated(height * ratio) as f64;
        }
        Pixels::new(nearest(height, cell), nearest(width, cell))
    }

    /// What each slice is resized to.
    fn slice(&self, picture: Pixels, grid: Grid) -> Pixels {
        let part = |side: u64, parts: u64| nearest(side as f64, parts) as f64 / parts as f64;
        self.resized(part(picture.height, grid.rows), part(picture.width, grid.columns), true)
    }
}

impl Settings for Slices {
    const KIND: RuleKind = RuleKind {
        name: "slices",
        title: "slices",
        in_words: "A picture of one tile's area or less is one view, always rescaled to about that \
                   area. A larger one is shown so, and then cut into slices of about that area, \
                   one for each full or begun tile, one more or one less: in the grid whose ratio \
                   is closest, compared as logarithms.",
        source: "transformers 5.23: models/minicpmv4_6/image_processing_minicpmv4_6.py, \
                 get_sliced_grid and find_best_resize",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.at_most("max_slices", self.max_slices, 1 << 8);
        problems.at_most("cell", self.cell, Problems::SIDE);
    }

    fn views(&self) -> Box<dyn Views> {
        let most = self.max_slices.get();
        let grids = (0..=most).map(|tiles| grids(tiles, most)).collect();
        Box::new(Sliced { settings: self.clone(), grids })
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Some(Cells::Squares(self.cell.get()))
    }
}

/// The rule with its grids.
#[derive(Debug)]
struct Sliced {
    settings: Slices,
    /// Of each number of tiles' areas the grids that are considered, in this order, with the
    /// logarithm of their ratio.
    grids: Vec<Vec<(f64, Grid)>>,
}

/// The grids that are considered for a picture of so many tiles' areas.
fn grids(tiles: u64, most: u64) -> Vec<(f64, Grid)> {
    let counts = [tiles.saturating_sub(1), tiles, tiles + 1];
    let counts = counts.into_iter().filter(|count| (2..=most).contains(count));
    let of = |count: u64| {
        let rows = (1..=count).filter(move |rows| count.is_multiple_of(*rows));
        rows.map(move |rows| Grid::new(rows, count / rows))
    };
    let ratio = |grid: Grid| (grid.columns as f64 / grid.rows as f64).ln();
    counts.flat_map(of).map(|grid| (ratio(grid), grid)).collect()
}

impl Sliced {
    /// The grid of a picture of more than one tile's area.
    fn grid(&self, picture: Pixels) -> Option<Grid> {
        let tile = self.settings.tile.get().pow(2);
        let tiles = picture.area().div_ceil(tile).min(self.settings.max_slices.get());
        if tiles <= 1 {
            return None;
        }
        let ratio = (picture.width as f64 / picture.height as f64).ln();
        let mut best = (f64::INFINITY, Grid::new(1, 1));
        for &(other, grid) in &self.grids[tiles as usize] {
            let away = (ratio - other).abs();
            if away < best.0 || (away == best.0 && grid.rows > best.1.rows) {
                best = (away, grid);
            }
        }
        Some(best.1)
    }
}

impl Views for Sliced {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let (height, width) = (picture.height as f64, picture.width as f64);
        let Some(grid) = self.grid(picture) else {
            return Ok(Layout::whole(self.settings.resized(height, width, true)));
        };
        let tile = self.settings.slice(picture, grid);
        let canvas = tile.times(grid.rows, grid.columns);
        Ok(Layout {
            rows: grid.rows,
            columns: grid.columns,
            tile,
            overview: Some(self.settings.resized(height, width, false)),
            ..Layout::whole(canvas)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equally_close_grids_the_one_with_more_rows_is_taken() {
        let views = Slices::default().views();
        let layout = |height, width| views.layout(Pixels::new(height, width)).unwrap();
        // 1 × 2 and 2 × 1 are equally close to a square.
        let square = layout(600, 600);
        assert_eq!((square.rows, square.columns), (2, 1));
        let two = layout(1087, 528);
        assert_eq!((two.rows, two.columns, two.tile), (2, 1, Pixels::square(448)));
        assert_eq!(two.overview, Some(Pixels::new(616, 336)));
        assert_eq!(layout(16, 300).tile, Pixels::new(112, 1904));
    }
}
