//! Linear layers, their weights made where they are used.

use rayon::prelude::*;

use super::matmul::{Counter, Tile, View, matmul};
use super::scratch;
use super::weights::{Order, Source, Tensor};

/// Inputs and most outputs of a block of weights: 512 KiB, which stays in a level-2 cache.
const DEPTH: usize = 512;
const MOST_OUTPUTS: usize = 256;
/// Inputs of a block for fewer than 8 rows, when the making of the weights is the work.
const SHALLOW: usize = 64;

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
    /// Its layout.
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
/// use vlmcalc::kernels::linear::{Layout, Linear, linear};
/// use vlmcalc::kernels::{Counter, Stored, Tensor, TensorId};
///
/// let w = [1.0, 0.0, 2.0, 2.0, 1.0, -1.0, 0.0, 3.0, 1.0, -1.0, 2.0, 0.0];
/// let weight = Tensor { id: TensorId(0), rows: 4, columns: 3, mean: 0.0, std: 0.0 };
/// let layer =
///     Linear { weight, layout: Layout::InOut, bias: None, inputs: 4, outputs: 3, first: 0 };
/// let (counter, mut y) = (Counter::default(), [0.0; 3]);
/// linear(&[2.0, 1.0, 0.0, 3.0], &layer, &Stored(&w), &counter, &mut y);
/// assert_eq!(y, [1.0, 7.0, 3.0]);
/// assert_eq!(counter.flops(), 2 * 4 * 3);
/// ```
///
/// Each task makes `[512, 256]` weights at a time in its thread's memory, uses them for all rows
/// and forgets them. Counts `2·rows·inputs·outputs` FLOPs.
pub fn linear(x: &[f32], layer: &Linear, source: &dyn Source, counter: &Counter, y: &mut [f32]) {
    let (inputs, outputs) = (layer.inputs, layer.outputs);
    let rows = x.len() / inputs;
    assert_eq!((x.len(), y.len()), (rows * inputs, rows * outputs), "sizes of a linear layer");
    if rows == 0 {
        return;
    }
    // At least eight tasks if the layer is not tiny, in steps of gemm's own 64 columns.
    let width = outputs.div_ceil(8).next_multiple_of(64).min(MOST_OUTPUTS);
    let tiles = Tile::cut(y, outputs, rows, width);
    tiles.into_par_iter().enumerate().with_max_len(1).for_each(|(i, mut tile)| {
        panel(x, layer, i * width, source, counter, &mut tile);
    });
}

/// The outputs from `first` on, as many as the tile has columns.
fn panel(
    x: &[f32],
    layer: &Linear,
    first: usize,
    source: &dyn Source,
    counter: &Counter,
    tile: &mut Tile,
) {
    let (inputs, rows, width) = (layer.inputs, tile.rows(), tile.columns());
    let outputs = layer.first + first..layer.first + first + width;
    if let Some(bias) = &layer.bias {
        let (head, rest) = (0, 1..rows);
        source.fill(bias, 0..1, outputs.clone(), Order::RowMajor, tile.row(head));
        let values = tile.row(head).to_vec();
        rest.for_each(|row| tile.row(row).copy_from_slice(&values));
    }
    let depth = if rows < 8 { SHALLOW } else { DEPTH };
    scratch::with(depth.min(inputs) * width, |buffer| {
        for start in (0..inputs).step_by(depth) {
            let count = depth.min(inputs - start);
            let weights = &mut buffer[..count * width];
            let (ins, outs) = (start..start + count, outputs.clone());
            match layer.layout {
                Layout::OutIn => {
                    source.fill(&layer.weight, outs, ins, Order::ColumnMajor, weights);
                }
                Layout::InOut => source.fill(&layer.weight, ins, outs, Order::RowMajor, weights),
            }
            let left = View::new(&x[start..], rows, count, inputs);
            let right = View::new(weights, count, width, width);
            matmul(tile, left, right, 1.0, layer.bias.is_some() || start > 0, counter);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads, product};
    use crate::kernels::weights::{Random, TensorId};

    fn check(rows: usize, inputs: usize, outputs: usize, layout: Layout, bias: bool) {
        let (first, spare) = (2, 3);
        let stored = first + outputs + spare;
        let (height, width) = match layout {
            Layout::OutIn => (stored, inputs),
            Layout::InOut => (inputs, stored),
        };
        let tensor =
            |id, rows, columns| Tensor { id: TensorId(id), rows, columns, mean: 0.1, std: 0.5 };
        let (weight, offsets) = (tensor(1, height, width), tensor(2, 1, stored));
        let layer =
            Linear { weight, layout, bias: bias.then_some(offsets), inputs, outputs, first };
        let random = Random { seed: 5 };
        let x = Numbers::new(3).values(rows * inputs);
        let counted = Counter::default();
        let y = on_any_threads(|| {
            let mut y = vec![f32::NAN; rows * outputs];
            linear(&x, &layer, &random, &counted, &mut y);
            y
        });
        assert_eq!(counted.flops(), 3 * (2 * rows * inputs * outputs) as u64);

        let (all, b) = (random.values(&weight), random.values(&offsets));
        let transposed: Vec<f32> = (0..inputs * outputs)
            .map(|e| (e / outputs, first + e % outputs))
            .map(|(i, o)| match layout {
                Layout::OutIn => all[o * inputs + i],
                Layout::InOut => all[i * stored + o],
            })
            .collect();
        let mut expected = product(&x, &transposed, rows, inputs, outputs);
        if bias {
            for (e, y) in expected.iter_mut().enumerate() {
                *y += f64::from(b[first + e % outputs]);
            }
        }
        assert_close(&y, &expected, 3e-5);
    }

    #[test]
    fn agrees_with_the_triple_loop() {
        for layout in [Layout::OutIn, Layout::InOut] {
            for bias in [false, true] {
                for (rows, inputs, outputs) in [
                    (1, 1, 1),
                    (1, 700, 130),
                    (2, 33, 129),
                    (7, 70, 65),
                    (9, 1030, 600),
                    (40, 5, 3),
                ] {
                    check(rows, inputs, outputs, layout, bias);
                }
            }
        }
    }
}
