//! A look-up in a table of vectors.

use super::{
    Machine, Mismatch, Operation, ParamRole, Shape, Shared, Slot, Slots, Storage, Value, Work,
    first, only,
};
use crate::dim::Dim;

/// Token ids `[B, N]` to vectors `[B, N, D]`. A look-up costs no FLOPs.
#[derive(Clone, Debug)]
pub struct Embedding {
    /// Rows of the table (the vocabulary).
    pub rows: Dim,
    /// Width of a vector.
    pub width: Dim,
}

impl Operation for Embedding {
    fn kind(&self) -> &'static str {
        "embedding"
    }

    fn slots(&self) -> Slots {
        let table = Shape::new([self.rows.clone(), self.width.clone()]);
        [Slot::table(table, ParamRole::Words)].into_iter().collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let mut axes = only(inputs)?.0.to_vec();
        axes.push(self.width.clone());
        Ok(Shape(axes.into()))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.embedding(self, first(&mut inputs))
    }
}
