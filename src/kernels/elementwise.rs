//! Sums and products, element by element.

use rayon::prelude::*;

/// Values per task of an element-wise kernel: 64 KiB.
pub(super) const CHUNK: usize = 16 * 1024;

/// `x += y`.
pub fn add(x: &mut [f32], y: &[f32]) {
    each_pair(x, y, |x, y| x + y);
}

/// `x *= y`.
pub fn multiply(x: &mut [f32], y: &[f32]) {
    each_pair(x, y, |x, y| x * y);
}

/// `x [B, N, D] *= gate [B, 1, D]`.
pub fn multiply_tokens(x: &mut [f32], (tokens, width): (usize, usize), gate: &[f32]) {
    assert_eq!(x.len(), gate.len() * tokens, "size of a gate");
    x.par_chunks_mut(width).enumerate().for_each(|(i, x)| {
        for (x, gate) in x.iter_mut().zip(&gate[i / tokens * width..][..width]) {
            *x *= gate;
        }
    });
}

/// `x [B, N, D] += table [rows, D]`, where `each` tokens one after the other read a row.
pub fn add_rows(x: &mut [f32], (tokens, width): (usize, usize), table: &[f32], each: usize) {
    assert!(tokens.div_ceil(each) * width <= table.len(), "rows of a table");
    x.par_chunks_mut(width).enumerate().for_each(|(i, x)| {
        for (x, row) in x.iter_mut().zip(&table[i % tokens / each * width..][..width]) {
            *x += row;
        }
    });
}

fn each_pair(x: &mut [f32], y: &[f32], operation: impl Fn(f32, f32) -> f32 + Sync) {
    assert_eq!(x.len(), y.len(), "sizes of two operands");
    x.par_chunks_mut(CHUNK).zip(y.par_chunks(CHUNK)).for_each(|(x, y)| {
        for (x, y) in x.iter_mut().zip(y) {
            *x = operation(*x, *y);
        }
    });
}

/// `x [.., D] *= factors [D]`.
pub fn scale_channels(x: &mut [f32], factors: &[f32]) {
    assert!(x.len().is_multiple_of(factors.len()), "size of a scale");
    x.par_chunks_mut(factors.len()).for_each(|x| {
        for (x, factor) in x.iter_mut().zip(factors) {
            *x *= factor;
        }
    });
}

/// How a table of positions serves another number of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Token i reads row `first + i`.
    Rows {
        /// The row of token 0.
        first: usize,
    },
    /// Token i of N reads between the rows around `i·(rows - 1)/(N - 1)`.
    Interpolate,
    /// Token i of a grid of these rows and columns reads the row of its column from the first half of
    /// the table, and that of its row from the second; tokens after the grid read none.
    ByAxis {
        /// Rows and columns.
        grid: (usize, usize),
    },
    /// Token i of a grid of so many columns reads the row of the table that its row in the grid says.
    OfRow {
        /// Columns.
        columns: usize,
    },
    /// The one that its column says.
    OfColumn {
        /// Columns.
        columns: usize,
    },
}

/// `x [B, N, D] += table [rows, D]`, fitted to `tokens` = N.
pub fn add_table(x: &mut [f32], tokens: usize, table: &[f32], width: usize, fit: Fit) {
    assert!(x.len().is_multiple_of(tokens * width), "size of a sum with a table");
    let rows = table.len() / width;
    x.par_chunks_mut(width).enumerate().for_each(|(i, x)| {
        let token = i % tokens;
        let add = |x: &mut [f32], row: usize| {
            let row = &table[row * width..][..width];
            x.iter_mut().zip(row).for_each(|(x, row)| *x += row);
        };
        let (row, part) = match fit {
            Fit::ByAxis { grid: (lines, columns) } => {
                if token < lines * columns {
                    add(x, token % columns);
                    add(x, rows / 2 + token / columns);
                }
                return;
            }
            Fit::Rows { first } => (first + token, 0.0),
            Fit::OfRow { columns } => (token / columns, 0.0),
            Fit::OfColumn { columns } => (token % columns, 0.0),
            Fit::Interpolate if tokens == rows => (token, 0.0),
            Fit::Interpolate => {
                let place = (token * (rows - 1)) as f32 / (tokens - 1).max(1) as f32;
                (place as usize, place.fract())
            }
        };
        assert!(row < rows, "token {token} is beyond the table's {rows} rows");
        let near = &table[row * width..][..width];
        let far = if part > 0.0 { &table[(row + 1) * width..][..width] } else { near };
        for ((x, near), far) in x.iter_mut().zip(near).zip(far) {
            *x += near + (far - near) * part;
        }
    });
}

/// `x·weight + bias` of each row of as many values as there are weights.
pub fn weigh(x: &mut [f32], weight: &[f32], bias: &[f32]) {
    for row in x.chunks_exact_mut(weight.len()) {
        for ((x, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
            *x = *x * weight + bias;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    #[test]
    fn pairs_and_scales() {
        let mut numbers = Numbers::new(9);
        let (x, y) = (numbers.values(CHUNK * 3 + 15), numbers.values(CHUNK * 3 + 15));
        let run = |kernel: &(dyn Fn(&mut [f32]) + Sync)| {
            on_any_threads(|| {
                let mut x = x.clone();
                kernel(&mut x);
                x
            })
        };
        let expected = |f: &dyn Fn(usize, f32) -> f32| -> Vec<f64> {
            x.iter().enumerate().map(|(i, x)| f64::from(f(i, *x))).collect()
        };
        assert_close(&run(&|x| add(x, &y)), &expected(&|i, x| x + y[i]), 0.0);
        assert_close(&run(&|x| multiply(x, &y)), &expected(&|i, x| x * y[i]), 0.0);
        assert_close(&run(&|x| scale_channels(x, &y[..9])), &expected(&|i, x| x * y[i % 9]), 0.0);
    }

    #[test]
    fn tables() {
        let table = [0.0, 10.0, 4.0, 20.0, 8.0, 50.0];
        let sum = |batch: usize, tokens: usize, fit| {
            on_any_threads(|| {
                let mut x = vec![1.0; batch * tokens * 2];
                add_table(&mut x, tokens, &table, 2, fit);
                x
            })
        };
        assert_eq!(sum(2, 1, Fit::Rows { first: 1 }), [5.0, 21.0, 5.0, 21.0]);
        assert_eq!(sum(1, 3, Fit::Interpolate), table.map(|x| x + 1.0));
        let finer = [1.0, 11.0, 3.0, 16.0, 5.0, 21.0, 7.0, 36.0, 9.0, 51.0];
        assert_eq!(sum(1, 5, Fit::Interpolate), finer);
        assert_eq!(sum(1, 2, Fit::Interpolate), [1.0, 11.0, 9.0, 51.0]);
        assert_eq!(sum(1, 1, Fit::Interpolate), [1.0, 11.0]);
    }

    #[test]
    fn one_token_for_all() {
        let mut x: Vec<f32> = (1..=12).map(|i| i as f32).collect();
        multiply_tokens(&mut x, (3, 2), &[1.0, 10.0, 0.0, 2.0]);
        assert_eq!(x, [1.0, 20.0, 3.0, 40.0, 5.0, 60.0, 0.0, 16.0, 0.0, 20.0, 0.0, 24.0]);
        let mut x = vec![0.0; 10];
        add_rows(&mut x, (5, 1), &[1.0, 2.0, 3.0], 2);
        assert_eq!(x, [1.0, 1.0, 2.0, 2.0, 3.0, 1.0, 1.0, 2.0, 2.0, 3.0]);
    }

    #[test]
    fn tables_of_rows_and_of_columns() {
        // A grid of 2 × 3 tokens, and a table of 3 rows.
        let table = [1.0, 2.0, 4.0];
        let read = |fit: Fit| {
            let mut x = vec![0.0; 12];
            add_table(&mut x, 6, &table, 1, fit);
            x
        };
        let rows = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
        let columns = [1.0, 2.0, 4.0, 1.0, 2.0, 4.0];
        assert_eq!(read(Fit::OfRow { columns: 3 }), [rows, rows].concat());
        assert_eq!(read(Fit::OfColumn { columns: 3 }), [columns, columns].concat());
    }
}
