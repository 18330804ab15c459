//! Part of a sequence.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// `[B, N, D] → [B, length, D]`: drops class and register tokens, or keeps the last position only.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Tokens that stay.
    pub length: Dim,
    /// Whether they are the last ones (else the first are kept).
    pub from_end: bool,
}

impl Operation for Slice {
    fn kind(&self) -> &'static str {
        "slice"
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
        Storage::View
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.slice(self, first(&mut inputs))
    }
}
