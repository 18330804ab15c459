//! The canvas that a picture is enlarged to least.

use super::{Grid, grids};

/// Canvases of up to so many tiles, to be chosen from by how much a picture is scaled to fit.
#[derive(Clone, Debug)]
pub struct LeastScale {
    tile: u64,
    grids: Vec<Grid>,
}

/// A number that scales are compared in.
pub trait Real: Copy + PartialOrd {
    /// 1.
    const ONE: Self;
    /// A whole number below 2^24, which is exact.
    fn of(number: i64) -> Self;
    /// The quotient, rounded.
    fn over(self, other: Self) -> Self;
}

macro_rules! real {
    ($($real:ty)*) => {$(
        impl Real for $real {
            const ONE: $real = 1.0;
            fn of(number: i64) -> $real {
                number as $real
            }
            fn over(self, other: $real) -> $real {
                self / other
            }
        }
    )*};
}

real! { f32 f64 }

impl LeastScale {
    /// The choice between all canvases of up to `most` tiles of a side in pixels.
    pub fn of(tile: u64, most: u64) -> LeastScale {
        LeastScale { tile, grids: grids::of_tiles(1, most) }
    }

    /// The grid for a picture. A scale is what both sides are multiplied by to fit a canvas: the
    /// smallest one of at least 1 is taken, or the largest if all are below. Of canvases with equal
    /// scales the smallest is taken, which is the first. Sides may be 0 or less, if something is
    /// taken off them first (Molmo2).
    pub fn choose<R: Real>(&self, height: i64, width: i64) -> Grid {
        let (height, width) = (R::of(height), R::of(width));
        let side = |tiles: u64| R::of((tiles * self.tile) as i64);
        let mut best = (None, Grid::new(1, 1));
        for &grid in &self.grids {
            let (high, wide) = (side(grid.rows).over(height), side(grid.columns).over(width));
            let scale = if wide < high { wide } else { high };
            let is_better = match best.0 {
                None => true,
                Some(best) if best < R::ONE => scale > best,
                Some(best) => R::ONE <= scale && scale < best,
            };
            if is_better {
                best = (Some(scale), grid);
            }
        }
        best.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_enlarged_as_little_as_can_be() {
        let choice = LeastScale::of(560, 4);
        let grid = |height, width| choice.choose::<f64>(height, width);
        assert_eq!(grid(100, 100), Grid::new(1, 1));
        assert_eq!(grid(560, 1120), Grid::new(1, 2));
        assert_eq!(grid(561, 560), Grid::new(2, 1));
        assert_eq!(grid(5000, 5000), Grid::new(2, 2));
    }

    #[test]
    fn a_side_of_nothing_is_no_error() {
        let choice = LeastScale::of(266, 8);
        assert_eq!(choice.choose::<f32>(0, 500), Grid::new(1, 2));
        assert_eq!(choice.choose::<f32>(-100, -5), Grid::new(1, 1));
    }
}
