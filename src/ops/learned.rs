//! A learned tensor that enters the computation as a value.

use super::{Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work};
use crate::dim::Dim;

/// Learned queries, latents or a class token: stored once, read as `[B, rows, D]` by every sample.
#[derive(Clone, Debug)]
pub struct Learned {
    /// Shape as stored.
    pub weight: Shape,
    /// Samples that read it.
    pub batch: Dim,
    /// Vectors.
    pub rows: Dim,
    /// Width of a vector.
    pub width: Dim,
}

impl Operation for Learned {
    fn kind(&self) -> &'static str {
        "learned"
    }

    fn slots(&self) -> Slots {
        [Slot::vector("weight", self.weight.clone())].into_iter().collect()
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(Shape::new([self.batch.clone(), self.rows.clone(), self.width.clone()]))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, _: Vec<Shared>) -> Value {
        machine.learned(self)
    }
}
