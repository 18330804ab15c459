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
    /// Where the reference averages by a product with a matrix of shares.
    pub product: Option<PoolProduct>,
}

/// A product that averages, of tokens padded to a fixed number: `[M_p, N_p]·[N_p, D]`, for each sample
/// (Gemma 4). Matmul FLOPs 2·N_p·M_p·D, none of which an average needs.
#[derive(Clone, Debug)]
pub struct PoolProduct {
    /// N_p, tokens with their padding.
    pub tokens: Dim,
    /// M_p, blocks of as many tokens.
    pub blocks: Dim,
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
        if let Some(PoolProduct { tokens, blocks }) = &self.product {
            let batch = output.0.first().cloned().unwrap_or_default();
            let matmul = 2 * batch * tokens * blocks * output.last();
            return Work { matmul, needed: Some(Dim::zero()), other: Dim::zero() };
        }
        Work::other(inputs.iter().map(|x| x.elements()).sum::<Dim>() + output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.avg_pool(self, first(&mut inputs))
    }
}
