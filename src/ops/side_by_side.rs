//! Values of the same tokens, side by side.

use super::{Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work};
use crate::dim::Dim;

/// `[B, N, D₁]`, `[B, N, D₂]`, … → `[B, N, D₁ + D₂ + …]`.
#[derive(Clone, Debug)]
pub struct SideBySide;

impl Operation for SideBySide {
    fn kind(&self) -> &'static str {
        "side by side"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let first = inputs.first().ok_or_else(|| Mismatch("takes at least 1 input".into()))?;
        let mut total = Dim::zero();
        for x in inputs {
            match (&x.0[..], &first.0[..]) {
                ([b, n, d], [b0, n0, _]) if b == b0 && n == n0 => total += d,
                _ => return Err(Mismatch("the sequences differ in batch or length".into())),
            }
        }
        Ok(first.with_last(total))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, inputs: Vec<Shared>) -> Value {
        machine.side_by_side(inputs)
    }
}
