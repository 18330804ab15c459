//! Linear layers, their weights made where they are used.

use std::ops::Range;

use rayon::prelude::*;

use super::bf16::{self, Instructions, Left, Right};
use super::matmul::{Counter, Tile, View, matmul};
use super::scratch;
use super::weights::{Order, Source, Tensor};

/// Inputs and most outputs of a block of weights: 512 KiB, which stays in a level-2 cache.
const DEPTH: usize = 512;
const MOST_OUTPUTS: usize = 256;
/// Inputs of a block for fewer than 8 rows, when the making of the weights is the work.
const SHALLOW: usize = 64;

/// Inputs of a block of bf16 weights, 512 KiB, and of the `f32` weights that are packed at a time.
const BF16_DEPTH: usize = 1024;
const PACKED: usize = 64;

/// What the operands of a linear layer's products are rounded to. Sums are `f32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Not at all.
    #[default]
    F32,
    /// Activations and weights to the nearest bf16, ties to even.
    Bf16,
}

/// How the weight matrix is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[out, in]`, as `torch.nn.Linear`.
    OutIn,
    /// `[in, out]`.
    InOut,
}

/// `y = x·Wᵀ + b`.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    /// The stored matrix, which may have more outputs than this layer.
    pub weight: Tensor,
    /// The layout.
    pub layout: Layout,
    /// The stored bias, one row, if any.
    pub bias: Option<Tensor>,
    /// Width of x.
    pub inputs: usize,
    /// Width of y.
    pub outputs: usize,
    /// The stored matrix's (and bias's) output that is this layer's first.
    pub first: usize,
}

/// `x [rows, inputs] → y [rows, outputs]`.
///
/// The textbook's row `[2, 1, 0, 3]` times its 4×3 matrix:
///
/// ```
/// use vlmcalc::internals::kernels::linear::{Layout, Linear, linear};
/// use vlmcalc::internals::kernels::{Counter, Precision, Stored, Tensor, TensorId};
///
/// let w = [1.0, 0.0, 2.0, 2.0, 1.0, -1.0, 0.0, 3.0, 1.0, -1.0, 2.0, 0.0];
/// let weight = Tensor { id: TensorId(0), rows: 4, columns: 3, mean: 0.0, std: 0.0 };
/// let layer =
///     Linear { weight, layout: Layout::InOut, bias: None, inputs: 4, outputs: 3, first: 0 };
/// let (counter, mut y) = (Counter::default(), [0.0; 3]);
/// linear(&[2.0, 1.0, 0.0, 3.0], &layer, &Stored(&w), Precision::F32, &counter, &mut y);
/// assert_eq!(y, [1.0, 7.0, 3.0]);
/// assert_eq!(counter.flops(), 2 * 4 * 3);
/// ```
///
/// Each task makes `[512, 256]` weights at a time in its thread's memory (twice as many of bf16),
/// uses them for all rows and forgets them. Counts `2·rows·inputs·outputs` FLOPs.
pub fn linear(
    x: &[f32],
    layer: &Linear,
    source: &dyn Source,
    precision: Precision,
    counter: &Counter,
    y: &mut [f32],
) {
    let (inputs, outputs) = (layer.inputs, layer.outputs);
    let rows = x.len() / inputs;
    assert_eq!((x.len(), y.len()), (rows * inputs, rows * outputs), "sizes of a linear layer");
    if rows == 0 {
        return;
    }
    // At least eight tasks if the layer is not tiny, in steps of gemm's own 64 columns.
    let width = outputs.div_ceil(8).next_multiple_of(64).min(MOST_OUTPUTS);
    let tiles = Tile::cut(y, outputs, rows, width);
    let tasks = tiles.into_par_iter().enumerate().with_max_len(1);
    let panel = |i: usize| Panel { layer, first: i * width, source, counter };
    match (precision, bf16::instructions()) {
        (Precision::F32, _) => tasks.for_each(|(i, tile)| panel(i).f32(x, false, tile)),
        (Precision::Bf16, Some(instructions)) => {
            let left = Left::new(instructions, x, inputs);
            tasks.for_each(|(i, tile)| panel(i).bf16(instructions, &left, tile));
        }
        (Precision::Bf16, None) => {
            let mut x = x.to_vec();
            x.par_chunks_mut(inputs).for_each(bf16::round);
            tasks.for_each(|(i, tile)| panel(i).f32(&x, true, tile));
        }
    }
}

/// The outputs from `first` on, as many as a task's tile has columns.
struct Panel<'a> {
    layer: &'a Linear,
    first: usize,
    source: &'a dyn Source,
    counter: &'a Counter,
}

impl Panel<'_> {
    /// The product of `f32` operands, of which the weights may be `rounded` to bf16.
    fn f32(&self, x: &[f32], rounded: bool, mut tile: Tile) {
        let (inputs, rows, width) = (self.layer.inputs, tile.rows(), tile.columns());
        let bias = self.bias(&mut tile);
        let depth = if rows < 8 { SHALLOW } else { DEPTH };
        scratch::with(depth.min(inputs) * width, |buffer| {
            for start in (0..inputs).step_by(depth) {
                let count = depth.min(inputs - start);
                let weights = &mut buffer[..count * width];
                self.weights(start..start + count, width, weights);
                if rounded {
                    bf16::round(weights);
                }
                let left = View::new(&x[start..], rows, count, inputs);
                let right = View::new(weights, count, width, width);
                matmul(&mut tile, left, right, 1.0, bias || start > 0, self.counter);
            }
        });
    }

    /// The product of bf16 operands.
    fn bf16(&self, instructions: Instructions, left: &Left, mut tile: Tile) {
        let (inputs, width) = (self.layer.inputs, tile.columns());
        if !self.bias(&mut tile) {
            (0..tile.rows()).for_each(|row| tile.row(row).fill(0.0));
        }
        scratch::with(PACKED.min(inputs) * width, |buffer| {
            for start in (0..inputs).step_by(BF16_DEPTH) {
                let count = BF16_DEPTH.min(inputs - start);
                Right::with(count, width, |mut right| {
                    for first in (0..count).step_by(PACKED) {
                        let some = PACKED.min(count - first);
                        let weights = &mut buffer[..some * width];
                        self.weights(start + first..start + first + some, width, weights);
                        right.pack(instructions, first, weights);
                    }
                    bf16::multiply(instructions, &mut tile, left, start, &right, self.counter);
                });
            }
        });
    }

    /// Writes the bias, if there is one, to all rows.
    fn bias(&self, tile: &mut Tile) -> bool {
        let Some(bias) = &self.layer.bias else { return false };
        let outputs = self.outputs(tile.columns());
        self.source.fill(bias, 0..1, outputs, Order::RowMajor, tile.row(0));
        let values = tile.row(0).to_vec();
        (1..tile.rows()).for_each(|row| tile.row(row).copy_from_slice(&values));
        true
    }

    /// Makes the weights `[inputs, width]`.
    fn weights(&self, inputs: Range<usize>, width: usize, out: &mut [f32]) {
        let (weight, outputs) = (&self.layer.weight, self.outputs(width));
        match self.layer.layout {
            Layout::OutIn => self.source.fill(weight, outputs, inputs, Order::ColumnMajor, out),
            Layout::InOut => self.source.fill(weight, inputs, outputs, Order::RowMajor, out),
        }
    }

    /// Stored outputs.
    fn outputs(&self, width: usize) -> Range<usize> {
        let first = self.layer.first + self.first;
        first..first + width
    }
}

#[cfg(test)]
#[path = "linear_tests.rs"]
mod tests;
