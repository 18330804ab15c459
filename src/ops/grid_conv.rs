//! A convolution over a grid of tokens.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first,
    only,
};
use crate::dim::Dim;

/// `[B, N, D] → [B, M, D_out]`: a token of each k×k window of tokens, by a matrix that is stored as a
/// convolution's kernel `[D_out, D/g, k, k]`. The channels are in g groups, of which each is read for
/// its own part of the output only; with as many groups as channels it is depthwise.
///
/// Matmul FLOPs `2·B·M·k²·(D/g)·D_out`; a bias adds one addition per output. Tokens that the grid
/// lacks are zeros, and are multiplied.
#[derive(Clone, Debug)]
pub struct GridConv {
    /// The grid that the tokens form; N = rows·columns.
    pub from: Box<Grid>,
    /// The grid that they become.
    pub to: Box<Grid>,
    /// M, the tokens of that.
    pub count: Dim,
    /// Side of a window, k.
    pub kernel: Dim,
    /// Tokens from one window to the next.
    pub stride: Dim,
    /// Zeros before the first row and column.
    pub padding: Dim,
    /// g.
    pub groups: Dim,
    /// Input width.
    pub input: Dim,
    /// Output width.
    pub output: Dim,
    /// Whether a bias `[D_out]` is stored and added.
    pub bias: bool,
}

impl GridConv {
    /// Channels that a value of the output is made of.
    fn group(&self) -> Dim {
        if self.groups == self.input { Dim::one() } else { self.input.over(&self.groups) }
    }
}

impl Operation for GridConv {
    fn kind(&self) -> &'static str {
        "grid convolution"
    }

    fn slots(&self) -> Slots {
        let side = self.kernel.clone();
        let kernel = Shape::new([self.output.clone(), self.group(), side.clone(), side]);
        let bias = self.bias.then(|| Slot::bias(Shape::new([self.output.clone()])));
        [Slot::matrix(kernel)].into_iter().chain(bias).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        match &x.0[..] {
            [_, _, width] if *width != self.input => {
                Err(Mismatch("the input's width is not the convolution's".into()))
            }
            [b, _, _] => Ok(Shape::new([b.clone(), self.count.clone(), self.output.clone()])),
            _ => Err(Mismatch("expects tokens [B, N, D]".into())),
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let elements = output.elements();
        let matmul = 2 * &elements * self.kernel.pow(2) * self.group();
        Work::products(matmul, if self.bias { elements } else { Dim::zero() })
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.grid_conv(self, first(&mut inputs))
    }
}
