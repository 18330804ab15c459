//! AVX-512 BF16.
//!
//! The only file besides `matmul` with `unsafe` of its own. The compiler does not make these
//! instructions from ordinary loops, and the `gemm` crate has no product of bf16. They are safe to
//! call once the processor is known to have them, which an [`Instructions`] proves; reading and
//! writing memory goes by bounds-checked slices and masks.
#![allow(unsafe_code)]

use std::arch::x86_64::*;
use std::mem::transmute;

use super::{COLUMNS, LANES, Line, ROWS, Tile};

/// Proof that this processor has AVX-512 F, BW and BF16.
#[derive(Clone, Copy, Debug)]
pub struct Instructions(());

impl Instructions {
    /// Asks the processor.
    pub fn find() -> Option<Instructions> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512bf16");
        found.then_some(Instructions(()))
    }

    /// Rounds and packs at most [`ROWS`] rows of a left-hand side. As all that follows, it takes
    /// numbers below 2⁻¹²⁶ as 0.
    pub fn pack_strip(self, x: &[f32], depth: usize, strip: &mut [u32]) {
        // SAFETY: `self` proves the instructions.
        unsafe { pack_strip(x, depth, strip) }
    }

    /// Rounds and packs two rows of a right-hand side of `length` such pairs.
    pub fn pack_rows(self, rows: (&[f32], &[f32]), at: usize, length: usize, lines: &mut [Line]) {
        // SAFETY: `self` proves the instructions.
        unsafe { pack_rows(rows, at, length, lines) }
    }

    /// Adds a product to the tile's `rows` rows from `row` on and its columns from `column` on, at
    /// most [`COLUMNS`]. Each step takes `rows` words and two lines.
    pub fn block(
        self,
        dst: &mut Tile,
        (row, rows): (usize, usize),
        column: usize,
        words: &[u32],
        lines: &[Line],
    ) {
        macro_rules! block_of {
            ($($rows:literal)*) => {
                match rows {
                    // SAFETY: `self` proves the instructions.
                    $($rows => unsafe { block::<$rows>(dst, row, column, words, lines) },)*
                    _ => unreachable!("a strip has at most {ROWS} rows"),
                }
            };
        }
        block_of!(1 2 3 4 5 6 7 8 9 10 11 12);
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn pack_strip(x: &[f32], depth: usize, strip: &mut [u32]) {
    let rows = x.len() / depth;
    let mut words = [[0; LANES]; ROWS];
    for (at, out) in strip.chunks_mut(rows * LANES).enumerate() {
        let first = at * 2 * LANES;
        for (words, x) in words.iter_mut().zip(x.chunks_exact(depth)) {
            *words = bits(rounded(lanes(x, first), lanes(x, first + LANES)));
        }
        for (i, out) in out.chunks_exact_mut(rows).enumerate() {
            for (out, words) in out.iter_mut().zip(&words) {
                *out = words[i];
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn pack_rows(rows: (&[f32], &[f32]), at: usize, length: usize, lines: &mut [Line]) {
    // 0, 16, 1, 17 …
    let order = std::array::from_fn(|i| (i / 2 + i % 2 * LANES) as u16);
    // SAFETY: both are 64 bytes, any content of which is valid.
    let order = unsafe { transmute::<[u16; 2 * LANES], __m512i>(order) };
    for (s, strip) in lines.chunks_exact_mut(2 * length).enumerate() {
        for (half, line) in strip[2 * at..][..2].iter_mut().enumerate() {
            let column = s * COLUMNS + half * LANES;
            let both = rounded(lanes(rows.0, column), lanes(rows.1, column));
            line.0 = bits(_mm512_permutexvar_epi16(order, both));
        }
    }
}

/// 16 values from `first` on, 0 beyond the end.
#[inline(always)]
fn lanes(row: &[f32], first: usize) -> [f32; LANES] {
    let row = row.get(first..).unwrap_or(&[]);
    let mut lanes = [0.0; LANES];
    match row.first_chunk() {
        Some(all) => lanes = *all,
        None => lanes[..row.len()].copy_from_slice(row),
    }
    lanes
}

/// The first half's numbers before the second's.
#[target_feature(enable = "avx512f,avx512bf16")]
#[inline]
fn rounded(first: [f32; LANES], second: [f32; LANES]) -> __m512i {
    // SAFETY: all of these are 64 bytes, any content of which is valid.
    unsafe {
        let first = transmute::<[f32; LANES], __m512>(first);
        let second = transmute::<[f32; LANES], __m512>(second);
        transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(second, first))
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn bits(words: __m512i) -> [u32; LANES] {
    // SAFETY: both are 64 bytes, any content of which is valid.
    unsafe { transmute::<__m512i, [u32; LANES]>(words) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn block<const HEIGHT: usize>(
    dst: &mut Tile,
    row: usize,
    column: usize,
    words: &[u32],
    lines: &[Line],
) {
    let columns = COLUMNS.min(dst.columns() - column);
    let mask = |half: usize| (((1_u64 << columns) - 1) >> (half * LANES)) as u16;
    let masks = [mask(0), mask(1)];
    let mut sums = [[_mm512_setzero_ps(); 2]; HEIGHT];
    for (r, sums) in sums.iter_mut().enumerate() {
        let values = dst.row(row + r)[column..][..columns].as_ptr();
        for (half, sum) in sums.iter_mut().enumerate() {
            // SAFETY: the masks let through `columns` values, which the slice has.
            *sum = unsafe { _mm512_maskz_loadu_ps(masks[half], values.wrapping_add(half * LANES)) };
        }
    }
    for (words, lines) in words.as_chunks::<HEIGHT>().0.iter().zip(lines.as_chunks::<2>().0) {
        let right = [operand(&lines[0]), operand(&lines[1])];
        for (word, sums) in words.iter().zip(&mut sums) {
            // SAFETY: both are 64 bytes, any content of which is valid.
            let left = unsafe { transmute::<__m512i, __m512bh>(_mm512_set1_epi32(*word as i32)) };
            sums[0] = _mm512_dpbf16_ps(sums[0], left, right[0]);
            sums[1] = _mm512_dpbf16_ps(sums[1], left, right[1]);
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        let values = dst.row(row + r)[column..][..columns].as_mut_ptr();
        for (half, sum) in sums.iter().enumerate() {
            // SAFETY: the masks let through `columns` values, which the slice has.
            unsafe {
                _mm512_mask_storeu_ps(values.wrapping_add(half * LANES), masks[half], *sum);
            }
        }
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn operand(line: &Line) -> __m512bh {
    // SAFETY: a line is 64 bytes at a multiple of 64, any content of which is valid.
    unsafe { transmute::<__m512i, __m512bh>(_mm512_load_si512((&raw const *line).cast())) }
}
