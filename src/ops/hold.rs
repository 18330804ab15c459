//! Keys and values of other tokens, kept from the prefill on.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};

/// Keys or values `[B, M, w]` that decode steps read again: they are kept as they are.
#[derive(Clone, Debug)]
pub struct Hold;

impl Operation for Hold {
    fn kind(&self) -> &'static str {
        "kept for later steps"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], output: &Shape) -> Storage {
        Storage::Cached(output.elements())
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.hold(first(&mut inputs))
    }
}
