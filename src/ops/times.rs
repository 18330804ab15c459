//! A product with a fixed number.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};

/// Each value times a number that is not learned. Other FLOPs: 1 per element.
#[derive(Clone, Debug)]
pub struct Times {
    /// The number.
    pub factor: f32,
}

impl Operation for Times {
    fn kind(&self) -> &'static str {
        "fixed factor"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.times(self, first(&mut inputs))
    }
}
