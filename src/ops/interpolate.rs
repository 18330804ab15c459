//! Bilinear interpolation of a grid of tokens.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};

/// Tokens of a grid read at the places of another: `[B, N, D] → [B, M, D]`, bilinear, as PyTorch's
/// `F.interpolate` with `align_corners=False`. Other FLOPs per output value: 7 (4 products and 3
/// additions).
#[derive(Clone, Debug)]
pub struct Interpolate {
    /// The grid that the tokens form; N = rows·columns.
    pub from: Grid,
    /// The grid that they become; M = rows·columns.
    pub to: Grid,
}

impl Operation for Interpolate {
    fn kind(&self) -> &'static str {
        "interpolation"
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

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        Work::other(7 * output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.interpolate(self, first(&mut inputs))
    }
}
