//! Regrouping of images and token grids.

use rayon::prelude::*;

/// A grid of tokens, `[rows, columns]`.
pub type Grid = (usize, usize);

/// Squares of pixels, a token of each.
#[derive(Clone, Copy, Debug)]
pub struct Squares {
    /// k, pixels on a side.
    pub side: usize,
    /// P, pixels from one to the next.
    pub stride: usize,
    /// Rows and columns of the first one that stand before the image.
    pub before: usize,
}

/// `image [B, C, H, W] → out [B, rows·columns, C·k·k]`: one token per square, row by row, its values in
/// the order c, py, px of a convolution's kernel.
///
/// A patch embedding is this and a linear layer. Pixels beyond the grid are dropped, those that the
/// image lacks are zero.
pub fn patchify(
    image: &[f32],
    channels: usize,
    size: (usize, usize),
    squares: Squares,
    grid: Grid,
    out: &mut [f32],
) {
    let (height, width) = size;
    let Squares { side, stride, before } = squares;
    let (pixels, token) = (channels * height * width, channels * side * side);
    let tokens = grid.0 * grid.1;
    assert!(image.len().is_multiple_of(pixels), "size of an image");
    assert_eq!(out.len(), image.len() / pixels * tokens * token, "size of the patches");
    out.par_chunks_mut(token).enumerate().for_each(|(i, out)| {
        let image = &image[i / tokens * pixels..][..pixels];
        let (top, left) = (i % tokens / grid.1 * stride, i % grid.1 * stride);
        // Pixels of a line before the image, and from where in the image the others are.
        let (skipped, from) = (before.saturating_sub(left), left.saturating_sub(before));
        let present = width.saturating_sub(from).min(side.saturating_sub(skipped));
        for (j, out) in out.chunks_exact_mut(side).enumerate() {
            let (channel, y) = (j / side, top + j % side);
            out.fill(0.0);
            if (before..before + height).contains(&y) && present > 0 {
                let line = &image[(channel * height + y - before) * width + from..][..present];
                out[skipped..][..present].copy_from_slice(line);
            }
        }
    });
}

/// A grid of tokens cut into blocks. They may end before the grid does, or after it.
#[derive(Clone, Copy, Debug)]
pub struct Blocks {
    /// The tokens.
    pub grid: Grid,
    /// Rows and columns of a block.
    pub side: Grid,
    /// Rows and columns of blocks.
    pub count: Grid,
}

impl Blocks {
    /// Tokens of a whole block.
    pub fn tokens(&self) -> usize {
        self.side.0 * self.side.1
    }

    /// The indices of the tokens in block `index` of a batch, row by row; none for one that the grid
    /// lacks.
    pub fn block(&self, index: usize) -> impl Iterator<Item = Option<usize>> {
        let Blocks { grid, side, count } = *self;
        let (sample, index) = (index / (count.0 * count.1), index % (count.0 * count.1));
        let (top, left) = (index / count.1 * side.0, index % count.1 * side.1);
        (0..self.tokens()).map(move |i| {
            let (row, column) = (top + i / side.1, left + i % side.1);
            let is_there = row < grid.0 && column < grid.1;
            is_there.then_some((sample * grid.0 + row) * grid.1 + column)
        })
    }

    fn check(&self, x: usize, width: usize, out: usize, deep: usize) {
        let (before, after) =
            (self.grid.0 * self.grid.1 * width, self.count.0 * self.count.1 * deep);
        assert!(x.is_multiple_of(before), "size of a token grid");
        assert_eq!(out, x / before * after, "size of the regrouped grid");
    }
}

/// `x [B, N, D] → out [B, M, D]`: the mean of each block, of the tokens that are there.
pub fn average(x: &[f32], width: usize, blocks: &Blocks, out: &mut [f32]) {
    blocks.check(x.len(), width, out.len(), width);
    out.par_chunks_mut(width).enumerate().for_each(|(i, out)| {
        out.fill(0.0);
        for token in blocks.block(i).flatten() {
            for (out, x) in out.iter_mut().zip(&x[token * width..][..width]) {
                *out += x;
            }
        }
        let factor = 1.0 / blocks.block(i).flatten().count().max(1) as f32;
        out.iter_mut().for_each(|out| *out *= factor);
    });
}

/// `x [B, N, D] → out [B, M, r²·D]`: each r×r block of tokens side by side, row by row, as
/// transformers' `Idefics3Connector.pixel_shuffle` orders them; zeros where the grid lacks one.
pub fn space_to_depth(x: &[f32], width: usize, blocks: &Blocks, out: &mut [f32]) {
    let deep = width * blocks.tokens();
    blocks.check(x.len(), width, out.len(), deep);
    out.par_chunks_mut(deep).enumerate().for_each(|(i, out)| {
        for (out, token) in out.chunks_exact_mut(width).zip(blocks.block(i)) {
            match token {
                Some(token) => out.copy_from_slice(&x[token * width..][..width]),
                None => out.fill(0.0),
            }
        }
    });
}

/// `x [B, N, D] → out [B, M, D]`: for each place of another grid the mean of a window, as PyTorch's
/// `AdaptiveAvgPool2d`.
pub fn adapt(x: &[f32], width: usize, from: Grid, to: Grid, out: &mut [f32]) {
    let blocks = Blocks { grid: from, side: (1, 1), count: to };
    blocks.check(x.len(), width, out.len(), width);
    let window = |i: usize, from: usize, to: usize| i * from / to..((i + 1) * from).div_ceil(to);
    out.par_chunks_mut(width).enumerate().for_each(|(i, out)| {
        let (sample, i) = (i / (to.0 * to.1), i % (to.0 * to.1));
        let (rows, columns) = (window(i / to.1, from.0, to.0), window(i % to.1, from.1, to.1));
        let factor = 1.0 / (rows.len() * columns.len()) as f32;
        out.fill(0.0);
        for row in rows {
            for column in columns.clone() {
                let token = (sample * from.0 + row) * from.1 + column;
                for (out, x) in out.iter_mut().zip(&x[token * width..][..width]) {
                    *out += x;
                }
            }
        }
        out.iter_mut().for_each(|out| *out *= factor);
    });
}

/// `x [B, N, D] → out [B, M, D]`: a grid of tokens read at the places of another one, bilinear.
pub fn interpolate(x: &[f32], width: usize, from: Grid, to: Grid, out: &mut [f32]) {
    let blocks = Blocks { grid: from, side: (1, 1), count: to };
    blocks.check(x.len(), width, out.len(), width);
    out.par_chunks_mut(width).enumerate().for_each(|(i, out)| {
        let (sample, i) = (i / (to.0 * to.1), i % (to.0 * to.1));
        let rows = place(i / to.1, from.0, to.0);
        let columns = place(i % to.1, from.1, to.1);
        out.fill(0.0);
        for (row, share) in rows {
            for (column, of_row) in columns {
                let token = (sample * from.0 + row) * from.1 + column;
                for (out, x) in out.iter_mut().zip(&x[token * width..][..width]) {
                    *out += share * of_row * x;
                }
            }
        }
    });
}

/// Where place `index` of `to` lies among `from` places: the two around it, each with its share.
fn place(index: usize, from: usize, to: usize) -> [(usize, f32); 2] {
    let at = ((index as f32 + 0.5) * (from as f32 / to as f32) - 0.5).max(0.0);
    let (near, part) = (at as usize, at.fract());
    [(near.min(from - 1), 1.0 - part), ((near + 1).min(from - 1), part)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    #[test]
    fn patches() {
        // A remainder is dropped; a larger grid is padded; squares overlap, also with one that is
        // larger than the image.
        for (b, c, (h, w), p, (stride, before), grid) in [
            (1, 1, (2, 2), 1, (1, 0), (2, 2)),
            (2, 3, (7, 9), 3, (3, 0), (2, 3)),
            (1, 2, (5, 4), 3, (3, 0), (3, 2)),
            (2, 2, (9, 6), 7, (4, 3), (3, 2)),
            (1, 1, (2, 1), 7, (4, 3), (1, 1)),
        ] {
            let image = Numbers::new(10).values(b * c * h * w);
            let squares = Squares { side: p, stride, before };
            let out = on_any_threads(|| {
                let mut out = vec![f32::NAN; b * grid.0 * grid.1 * c * p * p];
                patchify(&image, c, (h, w), squares, grid, &mut out);
                out
            });
            let expected: Vec<f64> = (0..out.len())
                .map(|e| {
                    let (x, y, channel) = (e % p, e / p % p, e / p / p % c);
                    let token = e / p / p / c;
                    let (column, row) = (token % grid.1, token / grid.1 % grid.0);
                    let (x, y) = (column * stride + x, row * stride + y);
                    let sample = token / grid.1 / grid.0;
                    let inside =
                        (before..before + w).contains(&x) && (before..before + h).contains(&y);
                    let at = || ((sample * c + channel) * h + y - before) * w + x - before;
                    if inside { f64::from(image[at()]) } else { 0.0 }
                })
                .collect();
            assert_close(&out, &expected, 0.0);
        }
    }

    #[test]
    fn averages() {
        // Blocks that fill the grid, that end before it, and after it.
        for (b, d, grid, side, count) in [
            (2, 5, (6, 4), (3, 2), (2, 2)),
            (1, 3, (5, 7), (2, 3), (2, 2)),
            (2, 3, (5, 7), (2, 3), (3, 3)),
            (1, 1, (1, 1), (1, 1), (1, 1)),
        ] {
            let x = Numbers::new(11).values(b * grid.0 * grid.1 * d);
            let (rows, columns) = count;
            let out = on_any_threads(|| {
                let mut out = vec![f32::NAN; b * rows * columns * d];
                average(&x, d, &Blocks { grid, side, count }, &mut out);
                out
            });
            let expected: Vec<f64> = (0..out.len())
                .map(|e| {
                    let (channel, column, row) = (e % d, e / d % columns, e / d / columns % rows);
                    let sample = e / d / columns / rows;
                    let ys = row * side.0..((row + 1) * side.0).min(grid.0);
                    let xs = column * side.1..((column + 1) * side.1).min(grid.1);
                    let (mut sum, mut tokens) = (0.0, 0.0);
                    for y in ys {
                        for x_ in xs.clone() {
                            sum +=
                                f64::from(x[((sample * grid.0 + y) * grid.1 + x_) * d + channel]);
                            tokens += 1.0;
                        }
                    }
                    sum / tokens
                })
                .collect();
            assert_close(&out, &expected, 1e-6);
        }
    }

    /// Values are numbered `10·row + column`, twice per token.
    #[test]
    fn folds() {
        let token = |i: usize| (10 * (i / 4) + i % 4) as f32;
        let x: Vec<f32> = (0..8).flat_map(|i| [token(i), -token(i)]).collect();
        let out = on_any_threads(|| {
            let mut out = vec![f32::NAN; 16];
            space_to_depth(&x, 2, &TWO_BY_TWO, &mut out);
            out
        });
        let first = [0.0, -0.0, 1.0, -1.0, 10.0, -10.0, 11.0, -11.0];
        let second = [2.0, -2.0, 3.0, -3.0, 12.0, -12.0, 13.0, -13.0];
        assert_eq!(out, [first, second].concat());
    }

    /// Blocks of 2×2 in a grid of 2×4.
    const TWO_BY_TWO: Blocks = Blocks { grid: (2, 4), side: (2, 2), count: (1, 2) };

    #[test]
    fn what_a_grid_lacks_is_zero() {
        let x: Vec<f32> = (1..=9).map(|i| i as f32).collect();
        let blocks = Blocks { grid: (3, 3), side: (2, 2), count: (2, 2) };
        let fold = |kernel: fn(&[f32], usize, &Blocks, &mut [f32])| {
            let mut out = vec![f32::NAN; 16];
            kernel(&x, 1, &blocks, &mut out);
            out
        };
        let expected = [[1.0, 2.0, 4.0, 5.0], [3.0, 0.0, 6.0, 0.0], [7.0, 8.0, 0.0, 0.0]];
        let expected = [expected.concat(), vec![9.0, 0.0, 0.0, 0.0]].concat();
        assert_eq!(fold(space_to_depth), expected);
    }

    /// Fewer places than tokens, which windows share, and more.
    #[test]
    fn adapts() {
        let mut out = vec![f32::NAN; 2];
        adapt(&[0.0, 4.0, 8.0], 1, (1, 3), (1, 2), &mut out);
        assert_eq!(out, [2.0, 6.0]);
        let mut out = vec![f32::NAN; 6];
        adapt(&[0.0, 4.0], 1, (2, 1), (3, 2), &mut out);
        assert_eq!(out, [0.0, 0.0, 2.0, 2.0, 4.0, 4.0]);
    }

    /// Values of `F.interpolate(…, mode="bilinear")`, worked by hand.
    #[test]
    fn interpolates() {
        let x = [0.0, 4.0, 8.0];
        let mut out = vec![f32::NAN; 2];
        interpolate(&x, 1, (1, 3), (1, 2), &mut out);
        assert_eq!(out, [1.0, 7.0]);
        let mut out = vec![f32::NAN; 4];
        interpolate(&[0.0, 4.0], 1, (2, 1), (4, 1), &mut out);
        assert_eq!(out, [0.0, 1.0, 3.0, 4.0]);
        let x = Numbers::new(12).values(2 * 5 * 7 * 3);
        let same = on_any_threads(|| {
            let mut out = vec![f32::NAN; x.len()];
            interpolate(&x, 3, (5, 7), (5, 7), &mut out);
            out
        });
        assert_eq!(same, x);
    }
}
