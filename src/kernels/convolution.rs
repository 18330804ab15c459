//! Convolutions over a grid of tokens.

use rayon::prelude::*;

use super::matmul::Counter;
use super::pool::Grid;

/// Square windows of a grid of tokens, one for each place of another grid.
#[derive(Clone, Copy, Debug)]
pub struct Windows {
    /// The tokens.
    pub grid: Grid,
    /// Rows and columns of windows.
    pub count: Grid,
    /// Side of a window.
    pub side: usize,
    /// Tokens from one window to the next.
    pub stride: usize,
    /// Places before the first row and column.
    pub padding: usize,
}

impl Windows {
    /// The indices of the tokens in window `index` of a batch, row by row; none for one that the grid
    /// lacks.
    fn window(&self, index: usize) -> impl Iterator<Item = Option<usize>> {
        let Windows { grid, count, side, stride, padding } = *self;
        let (sample, index) = (index / (count.0 * count.1), index % (count.0 * count.1));
        let (top, left) = (index / count.1 * stride, index % count.1 * stride);
        (0..side * side).map(move |i| {
            let row = (top + i / side).checked_sub(padding).filter(|row| *row < grid.0)?;
            let column =
                (left + i % side).checked_sub(padding).filter(|column| *column < grid.1)?;
            Some((sample * grid.0 + row) * grid.1 + column)
        })
    }

    fn check(&self, x: usize, width: usize, out: usize, deep: usize) {
        let before = self.grid.0 * self.grid.1 * width;
        assert!(x.is_multiple_of(before), "size of a token grid");
        assert_eq!(out, x / before * self.count.0 * self.count.1 * deep, "size of its windows");
    }
}

/// `x [B, N, D] → out [B, M, D·k²]`: the values of each window in the order of a convolution's
/// kernel, channel by channel; zeros where the grid lacks a token.
pub fn unfold(x: &[f32], width: usize, windows: &Windows, out: &mut [f32]) {
    let (tokens, deep) = (windows.side.pow(2), width * windows.side.pow(2));
    windows.check(x.len(), width, out.len(), deep);
    out.par_chunks_mut(deep).enumerate().for_each(|(i, out)| {
        for (at, token) in windows.window(i).enumerate() {
            let values = out.iter_mut().skip(at).step_by(tokens);
            match token {
                Some(token) => values.zip(&x[token * width..][..width]).for_each(|(o, x)| *o = *x),
                None => values.for_each(|out| *out = 0.0),
            }
        }
    });
}

/// `x [B, N, D], kernel [D_out, D/g, k, k] → out [B, M, D_out]`: a convolution in g groups of
/// channels. Counts `2·B·M·k²·(D/g)·D_out` FLOPs and executes them, those with zeros too.
pub fn grouped(
    x: &[f32],
    width: usize,
    windows: &Windows,
    (kernel, groups): (&[f32], usize),
    counter: &Counter,
    out: &mut [f32],
) {
    let (tokens, inputs) = (windows.side.pow(2), width / groups);
    let outputs = kernel.len() / (inputs * tokens);
    windows.check(x.len(), width, out.len(), outputs);
    out.par_chunks_mut(outputs).enumerate().for_each(|(i, out)| {
        let window: Vec<Option<usize>> = windows.window(i).collect();
        for (channel, out) in out.iter_mut().enumerate() {
            let first = channel / (outputs / groups) * inputs;
            let kernel = &kernel[channel * inputs * tokens..][..inputs * tokens];
            let mut sum = 0.0;
            for (input, kernel) in kernel.chunks_exact(tokens).enumerate() {
                for (factor, token) in kernel.iter().zip(&window) {
                    let value = token.map_or(0.0, |token| x[token * width + first + input]);
                    sum += factor * value;
                }
            }
            *out = sum;
        }
        counter.add_product(1, inputs * tokens, outputs);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    /// The value of a token and channel, zero beyond the grid.
    fn at(
        x: &[f32],
        grid: Grid,
        width: usize,
        place: (usize, isize, isize),
        channel: usize,
    ) -> f64 {
        let (sample, row, column) = place;
        let inside = (0..grid.0 as isize).contains(&row) && (0..grid.1 as isize).contains(&column);
        let token = || (sample * grid.0 + row as usize) * grid.1 + column as usize;
        if inside { f64::from(x[token() * width + channel]) } else { 0.0 }
    }

    #[test]
    fn groups_of_channels() {
        // Depthwise with a stride, two groups, and windows beyond the grid.
        for (grid, count, stride, groups, outputs) in
            [((5, 6), (3, 3), 2, 4, 4), ((4, 3), (4, 3), 1, 2, 6), ((3, 3), (2, 2), 3, 1, 2)]
        {
            let (b, width, side, padding) = (2, 4, 3, 1);
            let windows = Windows { grid, count, side, stride, padding };
            let mut numbers = Numbers::new(14);
            let x = numbers.values(b * grid.0 * grid.1 * width);
            let kernel = numbers.values(outputs * width / groups * side * side);
            let size = b * count.0 * count.1 * outputs;
            let out = on_any_threads(|| {
                let (mut out, counter) = (vec![f32::NAN; size], Counter::default());
                grouped(&x, width, &windows, (&kernel, groups), &counter, &mut out);
                assert_eq!(counter.flops(), (2 * size * width / groups * side * side) as u64);
                out
            });
            let inputs = width / groups;
            let expected: Vec<f64> = (0..size)
                .map(|e| {
                    let (channel, place) = (e % outputs, e / outputs);
                    let (row, column) = (place / count.1 % count.0, place % count.1);
                    let sample = place / count.1 / count.0;
                    let mut sum = 0.0;
                    for i in 0..inputs * side * side {
                        let (input, y, x_) = (i / 9, i / 3 % 3, i % 3);
                        let row = (row * stride + y) as isize - padding as isize;
                        let column = (column * stride + x_) as isize - padding as isize;
                        let of = channel / (outputs / groups) * inputs + input;
                        sum += f64::from(kernel[channel * inputs * 9 + i])
                            * at(&x, grid, width, (sample, row, column), of);
                    }
                    sum
                })
                .collect();
            assert_close(&out, &expected, 1e-5);
        }
    }

    /// Values are numbered `10·row + column`, twice per token.
    #[test]
    fn windows_side_by_side() {
        let token = |i: usize| (10 * (i / 4) + i % 4) as f32;
        let x: Vec<f32> = (0..8).flat_map(|i| [token(i), -token(i)]).collect();
        let windows = Windows { grid: (2, 4), count: (1, 2), side: 2, stride: 2, padding: 0 };
        let out = on_any_threads(|| {
            let mut out = vec![f32::NAN; 16];
            unfold(&x, 2, &windows, &mut out);
            out
        });
        let first = [0.0, 1.0, 10.0, 11.0, -0.0, -1.0, -10.0, -11.0];
        let second = [2.0, 3.0, 12.0, 13.0, -2.0, -3.0, -12.0, -13.0];
        assert_eq!(out, [first, second].concat());
        let lacking = Windows { grid: (1, 1), count: (1, 1), side: 2, stride: 2, padding: 1 };
        let mut out = vec![f32::NAN; 4];
        unfold(&[7.0], 1, &lacking, &mut out);
        assert_eq!(out, [0.0, 0.0, 0.0, 7.0]);
    }
}
