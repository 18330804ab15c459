//! A learned table with a row for several tokens each.

use super::{
    Machine, Mismatch, Operation, ParamRole, Shape, Shared, Slot, Slots, Storage, Value, Work,
    first, only,
};
use crate::dim::Dim;

/// Adds row i / `each` of a learned table to token i of `[B, N, D]`: all tokens of a frame, or of an
/// image, get the same row. Other FLOPs: one per element.
#[derive(Clone, Debug)]
pub struct AddRows {
    /// Shape of the stored table; its innermost axis is D.
    pub table: Shape,
    /// Tokens of a row.
    pub each: Dim,
}

impl Operation for AddRows {
    fn kind(&self) -> &'static str {
        "table of frames"
    }

    fn slots(&self) -> Slots {
        [Slot::table(self.table.clone(), ParamRole::Positions)].into_iter().collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        if x.last() == self.table.last() {
            Ok(x.clone())
        } else {
            Err(Mismatch("the table's width is not the input's".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.add_rows(self, first(&mut inputs))
    }
}
