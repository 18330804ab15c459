//! A sum with all streams of tokens but the first.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, pair,
};
use crate::dim::Dim;

/// Tokens of several streams, side by side `[.., n·D]`, with `[.., D]` added to all but the first. Other FLOPs: 1
/// per sum.
#[derive(Clone, Debug)]
pub struct AddToOthers {
    /// D.
    pub width: Dim,
}

impl Operation for AddToOthers {
    fn kind(&self) -> &'static str {
        "add to other streams"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let (x, y) = pair(inputs)?;
        if y.last() == self.width && x.rows() == y.rows() {
            Ok(x.clone())
        } else {
            Err(Mismatch("what is added does not fit a stream".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(output.elements() - output.rows() * &self.width)
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let x = first(&mut inputs);
        machine.add_to_others(self, x, first(&mut inputs))
    }
}
