//! Pixel shuffle: space into depth.

use super::{
    Blocks, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};

/// Folds each r×r block of tokens into one r² times as wide: `[B, N, D] → [B, M, D·r²]`.
///
/// Of a block at the end of the grid, the tokens that the grid lacks are zeros. Moving values costs
/// no FLOPs.
#[derive(Clone, Debug)]
pub struct SpaceToDepth {
    /// The blocks, r on a side.
    pub blocks: Blocks,
}

impl Operation for SpaceToDepth {
    fn kind(&self) -> &'static str {
        "pixel shuffle"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        let shape = self.blocks.shape(x, x.last() * self.blocks.tokens());
        shape.ok_or_else(|| Mismatch("expects tokens [B, N, D]".into()))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.space_to_depth(self, first(&mut inputs))
    }
}
