//! Average pooling over the patch grid.

use super::{Grid, Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight, first, only};
use crate::dim::Dim;

/// The mean of each block of k tokens: `[B, N, D] → [B, N/k, D]`. Other FLOPs: one addition per
/// input value and one product per output value.
#[derive(Clone, Debug)]
pub struct AvgPool {
    /// The grid that the tokens form; N = rows·columns.
    pub grid: Grid,
    /// Rows and columns of a block.
    pub kernel: (Dim, Dim),
}

impl Op for AvgPool {
    fn kind(&self) -> &'static str {
        "average pool"
    }

    fn weights(&self) -> Vec<Weight> {
        Vec::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        match &x.0[..] {
            [b, n, d] => {
                Ok(Shape::new([b.clone(), n.over(&(&self.kernel.0 * &self.kernel.1)), d.clone()]))
            }
            _ => Err(Mismatch("expects tokens [B, N, D]".into())),
        }
    }

    fn matmul_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn other_flops(&self, inputs: &[&Shape], output: &Shape) -> Dim {
        inputs.iter().map(|x| x.elements()).sum::<Dim>() + output.elements()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.avg_pool(self, first(&mut inputs))
    }
}
