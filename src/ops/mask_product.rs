//! A mask of attention, made as a product.

use super::{Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work};
use crate::dim::Dim;

/// Which pairs of tokens are both padding: a column of 0 and 1 times itself as a row, `[B, S, 1]·[B,
/// 1, S] → [B, S, S]` (Llama 3.2 Vision). Matmul FLOPs `2·B·S²`, none of which is needed to know it.
#[derive(Clone, Debug)]
pub struct MaskProduct {
    /// B, sequences.
    pub batch: Dim,
    /// S, tokens of a sequence.
    pub tokens: Dim,
}

impl Operation for MaskProduct {
    fn kind(&self) -> &'static str {
        "mask product"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(Shape::new([self.batch.clone(), self.tokens.clone(), self.tokens.clone()]))
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let matmul = 2 * output.elements();
        Work { matmul, needed: Some(Dim::zero()), other: output.elements() }
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, _: Vec<Shared>) -> Value {
        machine.mask_product(self)
    }
}
