//! What the prefill kept.

use super::{Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work};

/// What the operation of the same place kept in the prefill, of a shape.
#[derive(Clone, Debug)]
pub struct Recall {
    /// The shape.
    pub shape: Shape,
}

impl Operation for Recall {
    fn kind(&self) -> &'static str {
        "kept from the prefill"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        if inputs.is_empty() {
            Ok(self.shape.clone())
        } else {
            Err(Mismatch("reads nothing of its own pass".into()))
        }
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], output: &Shape) -> Storage {
        Storage::Cached(output.elements())
    }

    fn run(&self, machine: &mut dyn Machine, _: Vec<Shared>) -> Value {
        machine.recall(self)
    }
}
