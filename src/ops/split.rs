//! Part of a fused projection.

use super::{Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight, first, only};
use crate::dim::Dim;

/// `[.., n·w] → [.., w]`: takes one of the equal or unequal parts that a fused matrix made.
#[derive(Clone, Debug)]
pub struct Split {
    /// Channels before the part.
    pub offset: Dim,
    /// Width of the part.
    pub width: Dim,
}

impl Op for Split {
    fn kind(&self) -> &'static str {
        "split"
    }

    fn weights(&self) -> Vec<Weight> {
        Vec::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(only(inputs)?.with_last(self.width.clone()))
    }

    fn matmul_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn other_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::View
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.split(self, first(&mut inputs))
    }
}
