//! A look-up in a table of vectors.

use super::{Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight, first, only};
use crate::dim::Dim;

/// Token ids `[B, N]` to vectors `[B, N, D]`. A look-up costs no FLOPs.
#[derive(Clone, Debug)]
pub struct Embedding {
    /// Rows of the table (the vocabulary).
    pub rows: Dim,
    /// Width of a vector.
    pub width: Dim,
}

impl Op for Embedding {
    fn kind(&self) -> &'static str {
        "embedding"
    }

    fn weights(&self) -> Vec<Weight> {
        vec![Weight::new("weight", Shape::new([self.rows.clone(), self.width.clone()]))]
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let mut axes = only(inputs)?.0.to_vec();
        axes.push(self.width.clone());
        Ok(Shape(axes.into()))
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

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.embedding(self, first(&mut inputs))
    }
}
