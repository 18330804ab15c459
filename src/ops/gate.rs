//! A learned gate of a branch.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// `tanh(g)·x` with one learned number g, `[1]` (Flamingo, Llama 3.2 Vision), or `g·x` (DeepSeek-VL's
/// features of an inner layer). Other FLOPs: 1 per value.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Whether the number goes through `tanh`.
    pub tanh: bool,
}

impl Gate {
    /// Shape of the stored number.
    pub fn shape() -> Shape {
        Shape::new([Dim::one()])
    }
}

impl Operation for Gate {
    fn kind(&self) -> &'static str {
        "gate"
    }

    fn slots(&self) -> Slots {
        [Slot::vector("gate", Gate::shape())].into_iter().collect()
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
        machine.gate(self, first(&mut inputs))
    }
}
