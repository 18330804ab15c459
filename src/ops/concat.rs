//! Joining sequences.

use super::{Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work};
use crate::dim::Dim;

/// `[B, N₁, D]`, `[B, N₂, D]`, … → `[B, N₁ + N₂ + …, D]`.
#[derive(Clone, Debug)]
pub struct Concat;

impl Operation for Concat {
    fn kind(&self) -> &'static str {
        "concat"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let first = inputs.first().ok_or_else(|| Mismatch("takes at least 1 input".into()))?;
        let mut total = Dim::zero();
        for x in inputs {
            match (&x.0[..], &first.0[..]) {
                ([b, n, d], [b0, _, d0]) if b == b0 && d == d0 => total += n,
                _ => return Err(Mismatch("the sequences differ in batch or width".into())),
            }
        }
        Ok(first.with(1, total))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, inputs: Vec<Shared>) -> Value {
        machine.concat(inputs)
    }
}
