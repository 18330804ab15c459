//! The matrix product of `f32`. The only file that names the `gemm` crate.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use gemm::Parallelism;

/// FLOPs executed so far, added up where each product is made.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds a product of `[m, k]` and `[k, n]`: `2·m·k·n` FLOPs.
    pub(super) fn add_product(&self, m: usize, k: usize, n: usize) {
        self.0.fetch_add(2 * m as u64 * k as u64 * n as u64, Ordering::Relaxed);
    }

    /// The FLOPs so far.
    pub fn flops(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A matrix `[rows, columns]` within a slice.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// A matrix whose rows are contiguous and `stride` values apart.
    pub fn new(values: &'a [f32], rows: usize, columns: usize, stride: usize) -> View<'a> {
        let last_row = rows.saturating_sub(1).checked_mul(stride);
        let end = last_row.and_then(|start| start.checked_add(columns));
        let is_within = end.is_some_and(|end| end <= values.len());
        assert!(is_within || rows == 0 || columns == 0, "the view is beyond its slice");
        // The product takes it with a sign.
        assert!(isize::try_from(stride).is_ok(), "the rows are too far apart");
        View { values, rows, columns, row_stride: stride, column_stride: 1 }
    }

    /// The same values as `[columns, rows]`.
    pub fn transposed(self) -> View<'a> {
        View {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// A block `[rows, columns]` of a row-major matrix, for one task to write.
#[derive(Debug)]
pub struct Tile<'a> {
    first: *mut f32,
    rows: usize,
    columns: usize,
    stride: usize,
    matrix: PhantomData<&'a mut [f32]>,
}

// SAFETY: a tile is the only access to its values, as a `&mut [f32]` is.
unsafe impl Send for Tile<'_> {}

impl<'a> Tile<'a> {
    /// A contiguous matrix as one tile.
    pub fn whole(values: &'a mut [f32], columns: usize) -> Tile<'a> {
        let rows = values.len() / columns;
        Tile { first: values.as_mut_ptr(), rows, columns, stride: columns, matrix: PhantomData }
    }

    /// Cuts a contiguous matrix of `columns` columns into tiles of at most
    /// `[row_block, column_block]`, in row-major order of the tiles.
    pub fn cut(
        values: &'a mut [f32],
        columns: usize,
        row_block: usize,
        column_block: usize,
    ) -> Vec<Tile<'a>> {
        assert!(values.len().is_multiple_of(columns), "rows must be whole");
        let (first, rows) = (values.as_mut_ptr(), values.len() / columns);
        let corners = (0..rows)
            .step_by(row_block)
            .flat_map(|row| (0..columns).step_by(column_block).map(move |column| (row, column)));
        corners
            .map(|(row, column)| Tile {
                // SAFETY: row < rows and column < columns, so this stays within `values`; the tiles
                // do not overlap, and `values` is borrowed as long as they live.
                first: unsafe { first.add(row * columns + column) },
                rows: row_block.min(rows - row),
                columns: column_block.min(columns - column),
                stride: columns,
                matrix: PhantomData,
            })
            .collect()
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row.
    pub fn row(&mut self, index: usize) -> &mut [f32] {
        assert!(index < self.rows);
        // SAFETY: within the tile, which is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(index * self.stride), self.columns) }
    }
}

/// `dst = scale·lhs·rhs`, or `dst += scale·lhs·rhs` with `accumulate`, on the calling thread.
///
/// `lhs` is `[m, k]`, `rhs` `[k, n]`, `dst` `[m, n]`. Fast when `rhs` has contiguous rows.
pub fn matmul(
    dst: &mut Tile,
    lhs: View,
    rhs: View,
    scale: f32,
    accumulate: bool,
    counter: &Counter,
) {
    let (m, k, n) = (lhs.rows, lhs.columns, rhs.columns);
    assert_eq!((dst.rows, dst.columns, rhs.rows), (m, n, k), "shapes of a product");
    // SAFETY: `View::new`, `Tile::whole` and `Tile::cut` have checked that every element that the
    // shapes and strides reach lies within its slice, and `dst` is borrowed mutably.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            dst.first,
            1,
            dst.stride as isize,
            accumulate,
            lhs.values.as_ptr(),
            lhs.column_stride as isize,
            lhs.row_stride as isize,
            rhs.values.as_ptr(),
            rhs.column_stride as isize,
            rhs.row_stride as isize,
            1.0,
            scale,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
    counter.add_product(m, k, n);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, product};

    #[test]
    fn agrees_with_the_triple_loop() {
        let mut numbers = Numbers::new(1);
        for (m, k, n) in [(1, 1, 1), (3, 5, 7), (17, 64, 33), (70, 129, 130), (1, 300, 65)] {
            let (lhs, rhs) = (numbers.values(m * k), numbers.values(k * n));
            let counter = Counter::default();
            let mut dst = vec![1.0; m * n];
            let right = View::new(&rhs, k, n, n);
            let left = View::new(&lhs, m, k, k);
            matmul(&mut Tile::whole(&mut dst, n), left, right, 0.5, true, &counter);
            let expected: Vec<f64> =
                product(&lhs, &rhs, m, k, n).iter().map(|x| 1.0 + 0.5 * x).collect();
            assert_close(&dst, &expected, 1e-5);
            assert_eq!(counter.flops(), (2 * m * k * n) as u64);
        }
    }

    #[test]
    fn transposed_views_and_tiles() {
        let (m, k, n) = (9, 6, 11);
        let mut numbers = Numbers::new(2);
        let (lhs, rhs) = (numbers.values(m * k), numbers.values(n * k));
        let transposed: Vec<f32> = (0..k * n).map(|i| rhs[i % n * k + i / n]).collect();
        let mut dst = vec![0.0; m * n];
        for (i, mut tile) in Tile::cut(&mut dst, n, 4, 5).into_iter().enumerate() {
            let (row, column) = (i / 3 * 4, i % 3 * 5);
            let left = View::new(&lhs[row * k..], tile.rows(), k, k);
            let right = View::new(&rhs[column * k..], tile.columns(), k, k).transposed();
            matmul(&mut tile, left, right, 1.0, false, &Counter::default());
        }
        assert_close(&dst, &product(&lhs, &transposed, m, k, n), 1e-5);
    }

    #[test]
    fn a_view_cannot_reach_beyond_its_slice() {
        let values = [0.0; 8];
        let is_refused = |rows, columns, stride| {
            std::panic::catch_unwind(|| View::new(&values, rows, columns, stride)).is_err()
        };
        for (rows, columns, stride) in [(2, 4, 4), (1, 8, 0), (3, 2, 3), (0, 9, 9), (9, 0, 9)] {
            assert!(!is_refused(rows, columns, stride), "{rows} {columns} {stride}");
        }
        let half = 1 << (usize::BITS - 1);
        for (rows, columns, stride) in [
            (2, 4, 5),
            (1, 9, 9),
            (3, 3, 3),
            // Each of these ends within the slice if the arithmetic wraps.
            (half + 1, 4, 2),
            (half, 2, 4),
            (2, 4, usize::MAX),
            (2, usize::MAX, 2),
            (1, 4, usize::MAX),
        ] {
            assert!(is_refused(rows, columns, stride), "{rows} {columns} {stride}");
        }
    }

    #[test]
    #[should_panic(expected = "shapes of a product")]
    fn refuses_shapes_that_do_not_fit() {
        let (x, mut y) = ([0.0; 6], [0.0; 4]);
        let (left, right) = (View::new(&x, 2, 3, 3), View::new(&x, 2, 2, 2));
        matmul(&mut Tile::whole(&mut y, 2), left, right, 1.0, false, &Counter::default());
    }
}
