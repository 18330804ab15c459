//! A convolution over a grid of tokens whose stride is its kernel.

use super::{
    Blocks, Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first,
    only,
};
use crate::dim::Dim;

/// `[B, N, D] → [B, M, D_out]`: each k×k block of tokens becomes one, by a matrix that is stored as a
/// convolution's kernel `[D_out, D, k, k]`.
///
/// Matmul FLOPs `2·B·M·k²·D·D_out`; a bias adds one addition per output. Tokens that the grid lacks
/// are zeros, and are multiplied.
#[derive(Clone, Debug)]
pub struct GridConv {
    /// The blocks, k on a side.
    pub blocks: Blocks,
    /// Input width.
    pub input: Dim,
    /// Output width.
    pub output: Dim,
    /// Whether a bias `[D_out]` is stored and added.
    pub bias: bool,
}

impl Operation for GridConv {
    fn kind(&self) -> &'static str {
        "grid convolution"
    }

    fn slots(&self) -> Slots {
        let (rows, columns) = self.blocks.side.clone();
        let kernel = Shape::new([self.output.clone(), self.input.clone(), rows, columns]);
        let bias = self.bias.then(|| Slot::bias(Shape::new([self.output.clone()])));
        [Slot::matrix(kernel)].into_iter().chain(bias).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        if x.last() != self.input {
            return Err(Mismatch("the input's width is not the convolution's".into()));
        }
        let shape = self.blocks.shape(x, self.output.clone());
        shape.ok_or_else(|| Mismatch("expects tokens [B, N, D]".into()))
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let elements = output.elements();
        let matmul = 2 * &elements * self.blocks.tokens() * &self.input;
        Work::products(matmul, if self.bias { elements } else { Dim::zero() })
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.grid_conv(self, first(&mut inputs))
    }
}
