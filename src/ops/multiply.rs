//! A product of two tensors, element by element.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, same,
};

/// The product of two tensors of the same shape (the gate of a gated MLP).
#[derive(Clone, Debug)]
pub struct Multiply;

impl Operation for Multiply {
    fn kind(&self) -> &'static str {
        "multiply"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        same(inputs)
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.multiply(first(&mut inputs), first(&mut inputs))
    }
}
