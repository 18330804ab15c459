//! Tokens that something outside of the pipeline chooses.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// `[B, N, D] → [B, length, D]`: tokens that are pruned, merged or added by what the pipeline does
/// not describe, at no cost of its own. A run keeps the first ones, or begins with them again.
#[derive(Clone, Debug)]
pub struct Pick {
    /// Tokens that come out.
    pub length: Dim,
}

impl Operation for Pick {
    fn kind(&self) -> &'static str {
        "pick"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(only(inputs)?.with(1, self.length.clone()))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.pick(self, first(&mut inputs))
    }
}
