//! A value put aside while a stack goes on.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};

/// `[B, N, D] → [B, N, D]`: what a block reads stays in memory for a reader after the last block.
#[derive(Clone, Debug)]
pub struct Keep;

impl Operation for Keep {
    fn kind(&self) -> &'static str {
        "keep"
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

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.keep(first(&mut inputs))
    }
}
