//! A grid of tokens cut into windows, each a sequence of its own.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::{Dim, Symbols};

/// Square windows that cover a grid of tokens from its first row and column on. The last of a row or
/// column reach beyond it, and what the grid lacks is zeros.
#[derive(Clone, Debug)]
pub struct PaddedWindows {
    /// The grid; N = rows·columns.
    pub grid: Grid,
    /// s, rows and columns of a window.
    pub side: Dim,
    /// w, windows of a grid.
    pub count: Dim,
}

impl PaddedWindows {
    /// The windows of a grid.
    pub fn covering(symbols: &mut Symbols, grid: Grid, side: &Dim) -> PaddedWindows {
        let mut across = |n: &Dim| symbols.ceil_div(n, side);
        let count = across(&grid.rows) * across(&grid.columns);
        PaddedWindows { grid, side: side.clone(), count }
    }

    /// Tokens of a window.
    pub fn tokens(&self) -> Dim {
        self.side.pow(2)
    }
}

/// `[B, N, D] → [B·w, s², D]`: the windows of the tokens, those of a picture one after the other.
#[derive(Clone, Debug)]
pub struct ToWindows(pub PaddedWindows);

/// `[B·w, s², D] → [B, N, D]`: the way back, without what the grid lacks.
#[derive(Clone, Debug)]
pub struct FromWindows(pub PaddedWindows);

impl Operation for ToWindows {
    fn kind(&self) -> &'static str {
        "cut into windows"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let windows = &self.0;
        match &only(inputs)?.0[..] {
            [b, _, d] => Ok(Shape::new([b * &windows.count, windows.tokens(), d.clone()])),
            _ => Err(Mismatch("expects tokens [B, N, D]".into())),
        }
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.to_windows(self, first(&mut inputs))
    }
}

impl Operation for FromWindows {
    fn kind(&self) -> &'static str {
        "windows joined"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let PaddedWindows { grid, count, .. } = &self.0;
        match &only(inputs)?.0[..] {
            [b, _, d] => Ok(Shape::new([b.over(count), &grid.rows * &grid.columns, d.clone()])),
            _ => Err(Mismatch("expects windows [B·w, s², D]".into())),
        }
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.leave_windows(self, first(&mut inputs))
    }
}
