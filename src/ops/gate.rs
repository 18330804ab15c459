//! A learned gate of a whole branch.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// Every value times `tanh` of one learned number, which begins at 0: a new branch of a finished
/// model says nothing at first (Flamingo). Other FLOPs: 1 per value, and the `tanh`.
#[derive(Clone, Debug)]
pub struct TanhGate;

impl Operation for TanhGate {
    fn kind(&self) -> &'static str {
        "gate"
    }

    fn slots(&self) -> Slots {
        [Slot::vector("gate", Shape::new([Dim::one()]))].into_iter().collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(output.elements() + Dim::one())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.tanh_gate(first(&mut inputs))
    }
}
