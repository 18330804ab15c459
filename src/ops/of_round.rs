//! What a round of a repetition has for itself of values that were made for all.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// `[.., rounds·w] → [.., w]`: the part of the round in which it runs.
#[derive(Clone, Debug)]
pub struct OfRound {
    /// Width of a part.
    pub width: Dim,
}

impl Operation for OfRound {
    fn kind(&self) -> &'static str {
        "part of the round"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(only(inputs)?.with_last(self.width.clone()))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::View
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.of_round(self, first(&mut inputs))
    }
}
