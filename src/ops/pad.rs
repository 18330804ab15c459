//! Empty tokens after those of a sequence.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// `[B, N, D] → [B, tokens, D]`: zeros after the tokens of each sample, up to a number.
#[derive(Clone, Debug)]
pub struct Pad {
    /// The number, at least N.
    pub tokens: Dim,
}

impl Operation for Pad {
    fn kind(&self) -> &'static str {
        "padding"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(only(inputs)?.with(1, self.tokens.clone()))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.pad(self, first(&mut inputs))
    }
}
