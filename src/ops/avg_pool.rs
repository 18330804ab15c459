//! Average pooling over the patch grid.

use super::{
    Blocks, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// The mean of each block of tokens: `[B, N, D] → [B, M, D]`. Other FLOPs: one addition per
/// input value and one product per output value.
///
/// Of a block at the end of the grid it is the mean of the tokens that are there, as PyTorch's
/// `ceil_mode` has it.
#[derive(Clone, Debug)]
pub struct AvgPool {
    /// The blocks.
    pub blocks: Blocks,
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

impl Operation for AvgPool {
    fn kind(&self) -> &'static str {
        "average pool"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        let shape = self.blocks.shape(x, x.last());
        shape.ok_or_else(|| Mismatch("expects tokens [B, N, D]".into()))
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
