//! A product of each token with a number of its own.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, pair,
};
use crate::dim::Dim;

/// Tokens `[B, N, D]`, each times its own factor `[B, N, 1]` (the gate of a shared expert). Other
/// FLOPs: 1 per element.
#[derive(Clone, Debug)]
pub struct MultiplyEach;

impl Operation for MultiplyEach {
    fn kind(&self) -> &'static str {
        "factor per token"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let (x, factors) = pair(inputs)?;
        if *factors == x.with_last(Dim::one()) {
            Ok(x.clone())
        } else {
            Err(Mismatch("there is not one factor for each token".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.multiply_each(first(&mut inputs), first(&mut inputs))
    }
}
