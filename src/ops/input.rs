//! A tensor that comes from outside: pixels, token ids, an earlier step.

use super::{Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work};

/// The start of a pipeline. Costs nothing.
#[derive(Clone, Debug)]
pub struct Input {
    /// The shape.
    pub shape: Shape,
}

impl Operation for Input {
    fn kind(&self) -> &'static str {
        "input"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(self.shape.clone())
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, _: Vec<Shared>) -> Value {
        machine.input(self)
    }
}
