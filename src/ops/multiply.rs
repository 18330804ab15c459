//! A product of two tensors, element by element.

use super::{Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight, first, same};
use crate::dim::Dim;

/// The product of two tensors of the same shape (the gate of a gated MLP).
#[derive(Clone, Debug)]
pub struct Multiply;

impl Op for Multiply {
    fn kind(&self) -> &'static str {
        "multiply"
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
        machine.multiply(first(&mut inputs), first(&mut inputs))
    }
}
