//! A tensor that comes from outside: pixels, token ids, an earlier step.

use super::{Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight};
use crate::dim::Dim;

/// The start of a pipeline. Costs nothing.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its shape.
    pub shape: Shape,
}

impl Op for Input {
    fn kind(&self) -> &'static str {
        "input"
    }

    fn weights(&self) -> Vec<Weight> {
        Vec::new()
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(self.shape.clone())
    }

    fn matmul_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn other_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, _: Vec<Shared>) -> Value {
        machine.input(self)
    }
}
