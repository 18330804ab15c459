//! A learned factor per channel.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// Each channel times a learned factor `[D]` (LayerScale).
#[derive(Clone, Debug)]
pub struct Scale {
    /// Channels.
    pub width: Dim,
}

impl Operation for Scale {
    fn kind(&self) -> &'static str {
        "layer scale"
    }

    fn slots(&self) -> Slots {
        [Slot::vector("lambda", Shape::new([self.width.clone()]))].into_iter().collect()
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
        machine.scale(self, first(&mut inputs))
    }
}
