//! A sum with the first tokens of a sequence.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, pair,
};

/// `[B, S, D] + [B, V, D] → [B, S, D]`, V ≤ S: each of the first V tokens gets one added, the others
/// stay. Other FLOPs: 1 per value added.
#[derive(Clone, Debug)]
pub struct AddFirst;

impl Operation for AddFirst {
    fn kind(&self) -> &'static str {
        "add to the first tokens"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let (all, added) = pair(inputs)?;
        match (&all.0[..], &added.0[..]) {
            ([b, _, d], [b0, _, d0]) if b == b0 && d == d0 => Ok(all.clone()),
            _ => Err(Mismatch("the sequences differ in batch or width".into())),
        }
    }

    fn work(&self, inputs: &[&Shape], _: &Shape) -> Work {
        Work::other(inputs.get(1).map_or_else(Default::default, |added| added.elements()))
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let x = first(&mut inputs);
        machine.add_first(x, first(&mut inputs))
    }
}
