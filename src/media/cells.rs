//! What an encoder and its bridge make of a view: LLM-side tokens in rows and columns.

use crate::units::Size;

use super::Pixels;

/// Tokens or tiles in rows and columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Grid {
    /// How many rows there are.
    pub rows: u64,
    /// How many columns there are.
    pub columns: u64,
}

impl Grid {
    /// Rows × columns.
    pub const fn new(rows: u64, columns: u64) -> Grid {
        Grid { rows, columns }
    }

    /// A square of so many tokens, if there is one.
    pub fn square(tokens: u64) -> Option<Grid> {
        let side = tokens.isqrt();
        (side * side == tokens).then_some(Grid::new(side, side))
    }

    /// Rows × columns in one number.
    pub const fn count(self) -> u64 {
        self.rows * self.columns
    }
}

/// What an encoder and its bridge make of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cells {
    /// The same grid of every view, as where all views have one size.
    Same(Grid),
    /// So many tokens of every view, in no grid (a resampler).
    Latents(u64),
    /// One token of each whole square of so many pixels a side.
    Squares(u64),
}

impl Cells {
    /// What settings say of every view: so many tokens, in a square if they form one.
    pub fn of_each(tokens: Option<Size>) -> Option<Cells> {
        let tokens = tokens?.get();
        Some(Grid::square(tokens).map_or(Cells::Latents(tokens), Cells::Same))
    }

    /// Tokens of a view, in rows and columns; without a grid all are one row.
    pub const fn of(self, view: Pixels) -> Grid {
        match self {
            Cells::Same(grid) => grid,
            Cells::Latents(tokens) => Grid::new(1, tokens),
            Cells::Squares(side) => Grid::new(view.height / side, view.width / side),
        }
    }
}
