//! A sum of two tensors.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, same,
};

/// The sum of two tensors of the same shape (a residual connection). Other FLOPs: one per element.
#[derive(Clone, Debug)]
pub struct Add;

impl Operation for Add {
    fn kind(&self) -> &'static str {
        "add"
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
        machine.add(first(&mut inputs), first(&mut inputs))
    }
}
