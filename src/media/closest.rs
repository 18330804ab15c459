//! The grid whose ratio of sides is closest to the picture's.

use super::{Grid, Pixels, grids};

/// Grids of tiles, to be chosen from by their ratio of sides.
#[derive(Clone, Debug)]
pub struct ClosestGrid {
    tile: u64,
    /// Each grid with its columns / rows.
    grids: Vec<(f64, Grid)>,
}

impl ClosestGrid {
    /// The choice between all grids of `least` to `most` tiles of a side in pixels.
    pub fn of(tile: u64, least: u64, most: u64) -> ClosestGrid {
        let ratio = |grid: Grid| grid.columns as f64 / grid.rows as f64;
        let grids = grids::of_tiles(least, most).into_iter().map(|grid| (ratio(grid), grid));
        ClosestGrid { tile, grids: grids.collect() }
    }

    /// The grid for a picture: the closest ratio, compared in doubles. Of grids that are equally
    /// close the one with more tiles is taken, as long as its canvas has less than twice the
    /// picture's area.
    pub fn choose(&self, picture: Pixels) -> Grid {
        let ratio = picture.width as f64 / picture.height as f64;
        let (area, tile) = (2 * picture.area(), self.tile * self.tile);
        let mut best = (f64::INFINITY, Grid::new(1, 1));
        for &(other, grid) in &self.grids {
            let away = (ratio - other).abs();
            if away < best.0 {
                best = (away, grid);
            } else if away == best.0 && area > tile * grid.count() {
                best.1 = grid;
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_tie_takes_more_tiles_for_a_large_picture_only() {
        let choice = ClosestGrid::of(448, 1, 12);
        let square = |side| choice.choose(Pixels::square(side));
        assert_eq!(square(448), Grid::new(1, 1));
        // 2 × 633² < 4 × 448² < 2 × 634².
        assert_eq!((square(633), square(634)), (Grid::new(1, 1), Grid::new(2, 2)));
        assert_eq!(choice.choose(Pixels::new(480, 640)), Grid::new(3, 4));
        assert_eq!(choice.choose(Pixels::new(37, 53)), Grid::new(2, 3));
    }
}
