//! Pixel shuffle: space into depth.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// Folds each r×r block of tokens into one r² times as wide: `[B, N, D] → [B, N/r², D·r²]`.
///
/// The grid must divide by r in both directions; the caller states that. Moving values costs no FLOPs.
#[derive(Clone, Debug)]
pub struct SpaceToDepth {
    /// The grid that the tokens form; N = rows·columns.
    pub grid: Grid,
    /// r, the side of a block.
    pub factor: Dim,
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
        let block = self.factor.pow(2);
        match &x.0[..] {
            [b, n, d] => Ok(Shape::new([b.clone(), n.over(&block), d * &block])),
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
        machine.space_to_depth(self, first(&mut inputs))
    }
}
