//! Average pooling over the patch grid.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// The mean of each block of tokens: `[B, N, D] → [B, M, D]`. Other FLOPs: one addition per
/// input value and one product per output value.
#[derive(Clone, Debug)]
pub struct AvgPool {
    /// The grid that the tokens form; N = rows·columns.
    pub grid: Grid,
    /// Rows and columns of a block.
    pub kernel: (Dim, Dim),
    /// M, the number of blocks.
    pub blocks: Dim,
    /// What says the size of a block.
    pub target: PoolTarget,
}

/// What an average pool is given: the rest follows from the grid.
#[derive(Clone, Debug)]
pub enum PoolTarget {
    /// The side of a block in tokens.
    Kernel(Dim),
    /// The blocks in a row and in a column.
    Square(Dim),
}

impl AvgPool {
    /// Square blocks of `side` by `side` of the `tokens` on a grid.
    pub fn of_blocks(grid: Grid, side: Dim, tokens: &Dim) -> AvgPool {
        let (blocks, kernel) = (tokens.over(&side.pow(2)), (side.clone(), side.clone()));
        AvgPool { grid, blocks, kernel, target: PoolTarget::Kernel(side) }
    }

    /// As many blocks in a row and in a column of a grid as `side` says.
    pub fn to_square(grid: Grid, side: &Dim) -> AvgPool {
        let kernel = (grid.rows.over(side), grid.columns.over(side));
        AvgPool { grid, kernel, blocks: side.pow(2), target: PoolTarget::Square(side.clone()) }
    }
}

impl Operation for AvgPool {
    fn kind(&self) -> &'static str {
        "average pool"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        match &x.0[..] {
            [b, _, d] => Ok(Shape::new([b.clone(), self.blocks.clone(), d.clone()])),
            _ => Err(Mismatch("expects tokens [B, N, D]".into())),
        }
    }

    fn work(&self, inputs: &[&Shape], output: &Shape) -> Work {
        Work::other(inputs.iter().map(|x| x.elements()).sum::<Dim>() + output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.avg_pool(self, first(&mut inputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dim::Symbols;

    #[test]
    fn a_pool_to_a_square_is_written_in_its_side() {
        let mut t = Symbols::default();
        let [rows, columns, patch, s, k] = ["r", "c", "P", "s", "k"].map(|name| t.free(name, ""));
        let grid = Grid { rows: rows.into(), columns: columns.into(), patch: patch.into() };
        let tokens = rows * Dim::from(columns);
        let x = Shape::new([Dim::one(), tokens.clone(), Dim::from(7)]);
        let square = AvgPool::to_square(grid.clone(), &s.into());
        assert_eq!(square.shape(&[&x]).unwrap().0[1], s * Dim::from(s));
        assert_eq!(t.show(&square.kernel.0), "r/s");
        let blocks = AvgPool::of_blocks(grid, k.into(), &tokens);
        assert_eq!(t.show(&blocks.shape(&[&x]).unwrap().0[1]), "(r/k)·(c/k)");
    }
}
