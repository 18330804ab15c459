//! A tensor that is stored and that this tool runs nothing of.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first, only,
};

/// A stored tensor of a part that does not run on images and text. Its input is passed on.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The shape.
    pub shape: Shape,
}

impl Operation for Stored {
    fn kind(&self) -> &'static str {
        "stored"
    }

    fn slots(&self) -> Slots {
        [Slot::matrix(self.shape.clone())].into_iter().collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::View
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.keep(first(&mut inputs))
    }
}
