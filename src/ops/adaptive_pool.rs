//! Average pooling to a grid of any size.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};

/// `[B, N, D] → [B, M, D]`: the mean of a window for each place of another grid, as PyTorch's
/// `AdaptiveAvgPool2d` has it: place i of m reads rows ⌊i·n/m⌋ to ⌈(i + 1)·n/m⌉. Windows overlap where
/// m does not divide n, and there may be more places than tokens. Other FLOPs: one addition per input
/// value and one product per output value, as if they did not overlap.
#[derive(Clone, Debug)]
pub struct AdaptivePool {
    /// The grid that the tokens form; N = rows·columns.
    pub from: Grid,
    /// The grid that they become; M = rows·columns.
    pub to: Grid,
}

impl Operation for AdaptivePool {
    fn kind(&self) -> &'static str {
        "adaptive average pool"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        if x.0.len() == 3 {
            Ok(x.with(1, &self.to.rows * &self.to.columns))
        } else {
            Err(Mismatch("expects tokens [B, N, D]".into()))
        }
    }

    fn work(&self, inputs: &[&Shape], output: &Shape) -> Work {
        Work::other(
            inputs.iter().map(|x| x.elements()).sum::<crate::dim::Dim>() + output.elements(),
        )
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.adaptive_pool(self, first(&mut inputs))
    }
}
