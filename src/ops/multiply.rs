//! A product of two tensors, element by element.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, pair,
};
use crate::dim::Dim;

/// The product of two tensors of the same shape (the gate of a gated MLP), or of `[B, N, D]` and
/// `[B, 1, D]`: the same gate for all tokens (squeeze-excitation). Other FLOPs: one per element.
#[derive(Clone, Debug)]
pub struct Multiply;

impl Operation for Multiply {
    fn kind(&self) -> &'static str {
        "multiply"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let (x, gate) = pair(inputs)?;
        let is_one_token = || x.0.len() == 3 && *gate == x.with(1, Dim::one());
        if x == gate || is_one_token() {
            Ok(x.clone())
        } else {
            Err(Mismatch("the two inputs differ in shape".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.multiply(first(&mut inputs), first(&mut inputs))
    }
}
