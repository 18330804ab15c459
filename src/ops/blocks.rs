//! A grid of tokens cut into blocks of neighbours.

use super::{Grid, Shape};
use crate::dim::{Dim, Symbols};

/// A grid of tokens cut into blocks, each of which becomes one token.
///
/// Where blocks do not fill the grid, tokens are left over, or blocks at its end lack some.
#[derive(Clone, Debug)]
pub struct Blocks {
    /// The grid that the tokens form; N = rows·columns.
    pub grid: Grid,
    /// Rows and columns of a block.
    pub side: (Dim, Dim),
    /// Rows and columns of blocks.
    pub rows_columns: (Dim, Dim),
    /// M, the number of blocks.
    pub count: Dim,
}

impl Blocks {
    /// Blocks that fill a grid of `tokens`, which the caller states.
    pub fn filling(grid: Grid, side: &(Dim, Dim), tokens: &Dim) -> Blocks {
        let rows_columns = (grid.rows.over(&side.0), grid.columns.over(&side.1));
        let (count, side) = (tokens.over(&(&side.0 * &side.1)), side.clone());
        Blocks { grid, side, rows_columns, count }
    }

    /// Blocks that fit into a grid whole.
    pub fn within(symbols: &mut Symbols, grid: Grid, side: &(Dim, Dim)) -> Blocks {
        let rows = symbols.floor_div(&grid.rows, &side.0);
        let columns = symbols.floor_div(&grid.columns, &side.1);
        Blocks::of(grid, side, (rows, columns))
    }

    /// Blocks that cover a grid; those at its end may lack tokens.
    pub fn covering(symbols: &mut Symbols, grid: Grid, side: &(Dim, Dim)) -> Blocks {
        let rows = symbols.ceil_div(&grid.rows, &side.0);
        let columns = symbols.ceil_div(&grid.columns, &side.1);
        Blocks::of(grid, side, (rows, columns))
    }

    /// As many blocks in a row and in a column of a grid as `side` says; they fill it, which the
    /// caller states.
    pub fn square(grid: Grid, side: &Dim) -> Blocks {
        let of_block = (grid.rows.over(side), grid.columns.over(side));
        let (count, rows_columns) = (side.pow(2), (side.clone(), side.clone()));
        Blocks { grid, side: of_block, rows_columns, count }
    }

    fn of(grid: Grid, side: &(Dim, Dim), rows_columns: (Dim, Dim)) -> Blocks {
        let count = &rows_columns.0 * &rows_columns.1;
        Blocks { grid, side: side.clone(), rows_columns, count }
    }

    /// Tokens of a whole block.
    pub fn tokens(&self) -> Dim {
        &self.side.0 * &self.side.1
    }

    /// The grid that the blocks form.
    pub fn as_grid(&self) -> Grid {
        let (rows, columns) = self.rows_columns.clone();
        Grid { rows, columns, patch: &self.grid.patch * &self.side.0 }
    }

    /// What tokens `[B, N, D]` become: `[B, M, width]`; nothing of another shape.
    pub(super) fn shape(&self, x: &Shape, width: Dim) -> Option<Shape> {
        match &x.0[..] {
            [b, _, _] => Some(Shape::new([b.clone(), self.count.clone(), width])),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_fill_a_grid_fit_into_it_or_cover_it() {
        let mut t = Symbols::default();
        let [rows, columns, k] =
            [("r", 7), ("c", 9), ("k", 2)].map(|(name, n)| t.given(name, "", n));
        let grid = || Grid { rows: rows.into(), columns: columns.into(), patch: Dim::from(14) };
        let side = (k.into(), k.into());
        let within = Blocks::within(&mut t, grid(), &side);
        let covering = Blocks::covering(&mut t, grid(), &side);
        let filling = Blocks::filling(grid(), &side, &(rows * Dim::from(columns)));
        assert_eq!((t.eval(&within.count), t.eval(&covering.count)), (Ok(Some(12)), Ok(Some(20))));
        assert_eq!(t.show(&filling.count), "(r/k)·(c/k)");
        assert_eq!(t.show(&covering.as_grid().rows), "⌈r/k⌉");
        let square = Blocks::square(grid(), &k.into());
        assert_eq!((t.show(&square.side.0), square.count), ("r/k".to_owned(), k * Dim::from(k)));
    }
}
