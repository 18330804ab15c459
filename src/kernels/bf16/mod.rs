//! Products of operands that are rounded to bf16, their sums `f32`.
//!
//! With AVX-512 BF16, [`multiply`] has both operands packed: a word holds two numbers that are
//! neighbours along k, the first in its lower half, and the words stand in the order in which the
//! inner loop reads them. Without, [`round`]ed operands go the way of all `f32`.

use std::cell::RefCell;

use rayon::prelude::*;

use super::matmul::{Counter, Tile};
use super::simd::{LANES, Level, dispatch, level};

#[cfg_attr(target_arch = "x86_64", path = "x86.rs")]
#[cfg_attr(not(target_arch = "x86_64"), path = "other.rs")]
mod instructions;

pub use instructions::Instructions;

/// Rows of the inner loop's block of sums: 2·12 sums, 2 right-hand sides and a left-hand side fill
/// 27 of 32 registers.
const ROWS: usize = 12;
/// Columns of that block: two registers.
const COLUMNS: usize = 2 * LANES;

/// The instructions, if this processor has them.
pub fn instructions() -> Option<Instructions> {
    if level() == Level::Avx512 { Instructions::find() } else { None }
}

dispatch! {
    /// Rounds to the nearest bf16, of two equally near ones to the even one.
    pub fn round(values: &mut [f32]) = round_any
}

#[inline(always)]
fn round_any(values: &mut [f32]) {
    for x in values {
        let bits = x.to_bits();
        let nearest = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
        // A NaN stays one, and quiet.
        let bits = if x.is_nan() { bits | 0x0040_0000 } else { nearest };
        *x = f32::from_bits(bits & 0xffff_0000);
    }
}

/// A packed left-hand side `[rows, k]`: strips of [`ROWS`] rows (the last one may have fewer), in
/// which the words of all rows at the same k stand together.
#[derive(Debug)]
pub struct Left {
    words: Vec<u32>,
    rows: usize,
    /// Words of a row; the upper half of the last one is 0 if k is odd.
    length: usize,
}

impl Left {
    /// Rounds and packs a contiguous matrix of `depth` columns.
    pub fn new(instructions: Instructions, x: &[f32], depth: usize) -> Left {
        let (rows, length) = (x.len() / depth, depth.div_ceil(2));
        let mut words = vec![0; rows * length];
        let strips = words.par_chunks_mut(ROWS * length).zip(x.par_chunks(ROWS * depth));
        strips.for_each(|(strip, x)| instructions.pack_strip(x, depth, strip));
        Left { words, rows, length }
    }
}

/// Words of 16 columns: a register and a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Line([u32; LANES]);

thread_local! {
    static BUFFER: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// A packed right-hand side `[k, n]`: strips of [`COLUMNS`] columns, the last one filled up with 0.
#[derive(Debug)]
pub struct Right<'a> {
    lines: &'a mut [Line],
    depth: usize,
    columns: usize,
}

impl Right<'_> {
    /// Lends `body` a right-hand side of unspecified content that the calling thread keeps.
    pub fn with<T>(depth: usize, columns: usize, body: impl FnOnce(Right) -> T) -> T {
        let count = columns.div_ceil(COLUMNS) * 2 * depth.div_ceil(2);
        let mut buffer = BUFFER.take();
        if buffer.len() < count {
            buffer.resize(count, Line([0; LANES]));
        }
        let result = body(Right { lines: &mut buffer[..count], depth, columns });
        BUFFER.replace(buffer);
        result
    }

    /// Rounds and packs contiguous rows from the even row `first` on; only the last row of all may
    /// be without a neighbour.
    pub fn pack(&mut self, instructions: Instructions, first: usize, rows: &[f32]) {
        assert!(first.is_multiple_of(2), "half a word");
        let length = self.depth.div_ceil(2);
        for (at, rows) in rows.chunks(2 * self.columns).enumerate() {
            instructions.pack_rows(rows.split_at(self.columns), first / 2 + at, length, self.lines);
        }
    }
}

/// `dst += left·right`, where `right` belongs to the left-hand side's columns from the even `first`
/// on.
pub fn multiply(
    instructions: Instructions,
    dst: &mut Tile,
    left: &Left,
    first: usize,
    right: &Right,
    counter: &Counter,
) {
    assert_eq!((dst.rows(), dst.columns()), (left.rows, right.columns), "shapes of a product");
    assert!(first.is_multiple_of(2), "half a word");
    let length = right.depth.div_ceil(2);
    for row in (0..left.rows).step_by(ROWS) {
        let rows = ROWS.min(left.rows - row);
        let strip = &left.words[row * left.length..][..rows * left.length];
        let words = &strip[first / 2 * rows..][..length * rows];
        for (s, lines) in right.lines.chunks_exact(2 * length).enumerate() {
            instructions.block(dst, (row, rows), s * COLUMNS, words, lines);
        }
    }
    counter.add_product(left.rows, right.depth, right.columns);
}

#[cfg(test)]
mod tests;
