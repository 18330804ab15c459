//! A learned tensor that enters the computation as a value.

use super::{Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight};
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

impl Op for Learned {
    fn kind(&self) -> &'static str {
        "learned"
    }

    fn weights(&self) -> Vec<Weight> {
        vec![Weight::new("weight", self.weight.clone())]
    }

    fn shape(&self, _: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(Shape::new([self.batch.clone(), self.rows.clone(), self.width.clone()]))
    }

    fn matmul_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn other_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, _: Vec<Shared>) -> Value {
        machine.learned(self)
    }
}
