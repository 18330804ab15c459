//! Where the values of weights come from.
//!
//! [`Random`] weights are a function of (seed, tensor, row, column) without any state. Any part of
//! a tensor can be made at any time, in any order, on any thread, and is the same.

use std::ops::Range;

use super::simd::dispatch;

/// Names a tensor: a number that the caller derives from its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TensorId(pub u64);

/// A stored matrix `[rows, columns]`. A vector has one row.
#[derive(Clone, Copy, Debug)]
pub struct Tensor {
    /// The name.
    pub id: TensorId,
    /// Rows: outputs of a `torch.nn.Linear`, entries of an embedding.
    pub rows: usize,
    /// Columns, contiguous in memory.
    pub columns: usize,
    /// Mean of random values (1 for the weight of a norm).
    pub mean: f32,
    /// Standard deviation of random values.
    pub std: f32,
}

/// In which order a block of a matrix is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Row by row, as stored.
    RowMajor,
    /// Column by column: the transposed block.
    ColumnMajor,
}

/// Gives the values of tensors, block by block.
pub trait Source: Sync {
    /// Writes the block `rows × columns` of `tensor` to `out`.
    fn fill(
        &self,
        tensor: &Tensor,
        rows: Range<usize>,
        columns: Range<usize>,
        order: Order,
        out: &mut [f32],
    );

    /// All values of a small tensor, row by row.
    fn values(&self, tensor: &Tensor) -> Vec<f32> {
        let mut out = vec![0.0; tensor.rows * tensor.columns];
        self.fill(tensor, 0..tensor.rows, 0..tensor.columns, Order::RowMajor, &mut out);
        out
    }
}

/// Values in memory, row by row, whatever the tensor's id.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a>(pub &'a [f32]);

impl Source for Stored<'_> {
    fn fill(
        &self,
        tensor: &Tensor,
        rows: Range<usize>,
        columns: Range<usize>,
        order: Order,
        out: &mut [f32],
    ) {
        let (height, width) = (rows.len(), columns.len());
        let row = |r: usize| &self.0[r * tensor.columns..][columns.clone()];
        match order {
            Order::RowMajor => {
                for (r, out) in rows.zip(out.chunks_exact_mut(width)) {
                    out.copy_from_slice(row(r));
                }
            }
            // Eight rows at a time, so that each cache line of `out` is written at once.
            Order::ColumnMajor => {
                for first in rows.clone().step_by(8) {
                    let last = rows.end.min(first + 8);
                    for c in 0..width {
                        let out = &mut out[c * height + first - rows.start..][..last - first];
                        for (out, r) in out.iter_mut().zip(first..last) {
                            *out = self.0[r * tensor.columns + columns.start + c];
                        }
                    }
                }
            }
        }
    }
}

/// Random values, roughly normal: the sum of four uniform bytes (at most 3.45 standard deviations).
#[derive(Clone, Copy, Debug)]
pub struct Random {
    /// Another seed gives other values everywhere.
    pub seed: u64,
}

impl Source for Random {
    fn fill(
        &self,
        tensor: &Tensor,
        rows: Range<usize>,
        columns: Range<usize>,
        order: Order,
        out: &mut [f32],
    ) {
        assert_eq!(out.len(), rows.len() * columns.len(), "the size of a block");
        assert!(rows.end.max(columns.end) <= u32::MAX as usize, "a side of a matrix");
        // The sum of four bytes has the mean 510 and the variance 4·(256² - 1)/12; `value` makes
        // 2¹⁶ times the sum, plus half of it.
        let scale = (f64::from(tensor.std) / 21845_f64.sqrt() / 65536.0) as f32;
        let key = splitmix(self.seed ^ splitmix(tensor.id.0));
        let block = Block {
            keys: ((key >> 32) as u32, key as u32),
            rows: (rows.start as u32, rows.end as u32),
            columns: (columns.start as u32, columns.end as u32),
            scale,
            offset: tensor.mean - (510.0 * 65536.0 + 255.0) * scale,
        };
        match order {
            Order::RowMajor => fill_rows(&block, out),
            Order::ColumnMajor => fill_columns(&block, out),
        }
    }
}

/// A block of random values: the rows and columns from `.0` to before `.1`.
struct Block {
    keys: (u32, u32),
    rows: (u32, u32),
    columns: (u32, u32),
    scale: f32,
    offset: f32,
}

dispatch!(fn fill_rows(block: &Block, out: &mut [f32]) = fill_rows_any);
dispatch!(fn fill_columns(block: &Block, out: &mut [f32]) = fill_columns_any);

#[inline(always)]
fn fill_rows_any(block: &Block, out: &mut [f32]) {
    let first = block.columns.0;
    let width = (block.columns.1 - first).max(1) as usize;
    for (row, out) in (block.rows.0..block.rows.1).zip(out.chunks_exact_mut(width)) {
        let (start, twist) = row_keys(block.keys, row);
        for (i, out) in out.iter_mut().enumerate() {
            *out = value(block, start, twist, first.wrapping_add(i as u32));
        }
    }
}

#[inline(always)]
fn fill_columns_any(block: &Block, out: &mut [f32]) {
    const ROWS: usize = 256;
    let height = (block.rows.1 - block.rows.0) as usize;
    let (mut starts, mut twists) = ([0; ROWS], [0; ROWS]);
    for first in (0..height).step_by(ROWS) {
        let count = ROWS.min(height - first);
        let (starts, twists) = (&mut starts[..count], &mut twists[..count]);
        for (i, (start, twist)) in starts.iter_mut().zip(twists.iter_mut()).enumerate() {
            (*start, *twist) = row_keys(block.keys, block.rows.0 + (first + i) as u32);
        }
        for (column, out) in (block.columns.0..block.columns.1).zip(out.chunks_exact_mut(height)) {
            let out = &mut out[first..][..count];
            for ((out, start), twist) in out.iter_mut().zip(&*starts).zip(&*twists) {
                *out = value(block, *start, *twist, column);
            }
        }
    }
}

/// Two numbers per row; the first is another one for every row of a tensor.
#[inline(always)]
fn row_keys(keys: (u32, u32), row: u32) -> (u32, u32) {
    (mix(keys.0.wrapping_add(row)), mix(keys.1 ^ row))
}

/// "lowbias32" of hash-prospector: a permutation of 32-bit numbers.
#[inline(always)]
fn mix(mut x: u32) -> u32 {
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^ x >> 16
}

/// The value at `column` of the row with these keys: `mix` with the second key halfway, then the
/// sum of the four bytes.
#[inline(always)]
fn value(block: &Block, start: u32, twist: u32, column: u32) -> f32 {
    let mut x = start.wrapping_add(column.wrapping_mul(0x9e37_79b9));
    x ^= x >> 16;
    x = x.wrapping_mul(0x7feb_352d) ^ twist;
    x ^= x >> 15;
    x = x.wrapping_mul(0x846c_a68b);
    x ^= x >> 16;
    let pairs = (x & 0x00ff_00ff) + (x >> 8 & 0x00ff_00ff);
    // The sum is in the upper half; the lower half, one of the pairs, only refines it.
    let sum = pairs + (pairs << 16);
    sum as i32 as f32 * block.scale + block.offset
}

/// SplitMix64's finalizer.
fn splitmix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

#[cfg(test)]
#[path = "weights_tests.rs"]
mod tests;
