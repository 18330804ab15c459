//! Tokens made as large as others.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, same,
};

/// Tokens `[.., D]`, each scaled until the mean of its squares is that of the other's, `[.., D]`. That of
/// its own counts as 10⁻⁵ where it is smaller. Other FLOPs per element: 5 (twice a square and a sum, and
/// the product).
#[derive(Clone, Debug)]
pub struct SameSize;

impl Operation for SameSize {
    fn kind(&self) -> &'static str {
        "as large as another"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        same(inputs)
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(5 * output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let x = first(&mut inputs);
        machine.same_size(x, first(&mut inputs))
    }
}
