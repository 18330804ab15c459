//! Zeros after the values of a token.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// `[.., D] → [.., width]`: zeros after the values of each token, up to a width.
#[derive(Clone, Debug)]
pub struct Widen {
    /// The width, at least D.
    pub width: Dim,
}

impl Operation for Widen {
    fn kind(&self) -> &'static str {
        "zeros added"
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
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.widen(self, first(&mut inputs))
    }
}
