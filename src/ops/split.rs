//! Part of a fused projection.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// `[.., n·w] → [.., w]`: takes one of the equal or unequal parts that a fused matrix made.
#[derive(Clone, Debug)]
pub struct Split {
    /// Channels before the part.
    pub offset: Dim,
    /// Width of the part.
    pub width: Dim,
}

impl Operation for Split {
    fn kind(&self) -> &'static str {
        "split"
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
        machine.split(self, first(&mut inputs))
    }
}
