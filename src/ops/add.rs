//! A sum of two tensors.

use super::{Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight, first, same};
use crate::dim::Dim;

/// The sum of two tensors of the same shape (a residual connection). Other FLOPs: one per element.
#[derive(Clone, Debug)]
pub struct Add;

impl Op for Add {
    fn kind(&self) -> &'static str {
        "add"
    }

    fn weights(&self) -> Vec<Weight> {
        Vec::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        same(inputs)
    }

    fn matmul_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn other_flops(&self, _: &[&Shape], output: &Shape) -> Dim {
        output.elements()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.add(first(&mut inputs), first(&mut inputs))
    }
}
