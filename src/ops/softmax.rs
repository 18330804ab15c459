//! A softmax over the width of a token.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};

/// The values of each token turned into shares of 1; the shape stays. Other FLOPs per element: 5
/// (maximum, subtraction, exponential, sum, division).
#[derive(Clone, Debug)]
pub struct Softmax;

impl Operation for Softmax {
    fn kind(&self) -> &'static str {
        "softmax"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(5 * output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.softmax(first(&mut inputs))
    }
}
