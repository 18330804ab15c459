//! Ids of words among other tokens.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// Ids `[B, T]` of the words, the last of N tokens, to ids of all, `[B, N]`, for a table of its own: the
/// others have the id 0, and so has a word that the table lacks.
#[derive(Clone, Debug)]
pub struct PadIds {
    /// N, words and other tokens.
    pub tokens: Dim,
    /// Rows of the table.
    pub rows: Dim,
}

impl Operation for PadIds {
    fn kind(&self) -> &'static str {
        "ids of all tokens"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(only(inputs)?.with_last(self.tokens.clone()))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.pad_ids(self, first(&mut inputs))
    }
}
