//! Regrouping of images and token grids.

use rayon::prelude::*;

/// A grid of tokens, `[rows, columns]`.
pub type Grid = (usize, usize);

/// `image [B, C, H, W] → out [B, rows·columns, C·P·P]`: one token per P×P patch, row by row, its
/// values in the order c, py, px of a convolution's kernel.
///
/// A patch embedding is this and a linear layer. Pixels beyond the grid are dropped, those that the
/// image lacks are zero.
pub fn patchify(
    image: &[f32],
    channels: usize,
    size: (usize, usize),
    patch: usize,
    grid: Grid,
    out: &mut [f32],
) {
    let (height, width) = size;
    let (pixels, token) = (channels * height * width, channels * patch * patch);
    let tokens = grid.0 * grid.1;
    assert!(image.len().is_multiple_of(pixels), "size of an image");
    assert_eq!(out.len(), image.len() / pixels * tokens * token, "size of the patches");
    out.par_chunks_mut(token).enumerate().for_each(|(i, out)| {
        let image = &image[i / tokens * pixels..][..pixels];
        let (top, left) = (i % tokens / grid.1 * patch, i % grid.1 * patch);
        let present = width.saturating_sub(left).min(patch);
        for (j, out) in out.chunks_exact_mut(patch).enumerate() {
            let (channel, y) = (j / patch, top + j % patch);
            out.fill(0.0);
            if y < height && present > 0 {
                let line = &image[(channel * height + y) * width + left..][..present];
                out[..present].copy_from_slice(line);
            }
        }
    });
}

/// `x [B, rows·columns, D] → out [B, rows·columns/(r·c), D]`: the mean of each block of r×c tokens.
/// Rows and columns that fill no block are dropped.
pub fn average(x: &[f32], width: usize, grid: Grid, block: Grid, out: &mut [f32]) {
    let pooled = (grid.0 / block.0, grid.1 / block.1);
    let factor = 1.0 / (block.0 * block.1) as f32;
    check(x.len(), grid, out.len(), pooled, width, width);
    out.par_chunks_mut(width).enumerate().for_each(|(i, out)| {
        out.fill(0.0);
        for token in block_tokens(i, grid, pooled, block) {
            for (out, x) in out.iter_mut().zip(&x[token * width..][..width]) {
                *out += x;
            }
        }
        out.iter_mut().for_each(|out| *out *= factor);
    });
}

/// `x [B, rows·columns, D] → out [B, rows·columns/r², r²·D]`: each r×r block of tokens side by side,
/// row by row, as transformers' `Idefics3Connector.pixel_shuffle` orders them.
pub fn space_to_depth(x: &[f32], width: usize, grid: Grid, factor: usize, out: &mut [f32]) {
    let folded = (grid.0 / factor, grid.1 / factor);
    let deep = width * factor * factor;
    check(x.len(), grid, out.len(), folded, width, deep);
    out.par_chunks_mut(deep).enumerate().for_each(|(i, out)| {
        let tokens = block_tokens(i, grid, folded, (factor, factor));
        for (out, token) in out.chunks_exact_mut(width).zip(tokens) {
            out.copy_from_slice(&x[token * width..][..width]);
        }
    });
}

/// The indices of the tokens in block `index` of a batch, row by row.
fn block_tokens(
    index: usize,
    grid: Grid,
    blocks: Grid,
    block: Grid,
) -> impl Iterator<Item = usize> {
    let (sample, index) = (index / (blocks.0 * blocks.1), index % (blocks.0 * blocks.1));
    let (top, left) = (index / blocks.1 * block.0, index % blocks.1 * block.1);
    let first = (sample * grid.0 + top) * grid.1 + left;
    (0..block.0 * block.1).map(move |i| first + i / block.1 * grid.1 + i % block.1)
}

fn check(x: usize, grid: Grid, out: usize, blocks: Grid, width: usize, deep: usize) {
    let (before, after) = (grid.0 * grid.1 * width, blocks.0 * blocks.1 * deep);
    assert!(x.is_multiple_of(before), "size of a token grid");
    assert_eq!(out, x / before * after, "size of the regrouped grid");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    #[test]
    fn patches() {
        // A remainder is dropped; a larger grid is padded.
        for (b, c, (h, w), p, grid) in
            [(1, 1, (2, 2), 1, (2, 2)), (2, 3, (7, 9), 3, (2, 3)), (1, 2, (5, 4), 3, (3, 2))]
        {
            let image = Numbers::new(10).values(b * c * h * w);
            let out = on_any_threads(|| {
                let mut out = vec![f32::NAN; b * grid.0 * grid.1 * c * p * p];
                patchify(&image, c, (h, w), p, grid, &mut out);
                out
            });
            let expected: Vec<f64> = (0..out.len())
                .map(|e| {
                    let (x, y, channel) = (e % p, e / p % p, e / p / p % c);
                    let token = e / p / p / c;
                    let (column, row) = (token % grid.1, token / grid.1 % grid.0);
                    let (x, y) = (column * p + x, row * p + y);
                    let sample = token / grid.1 / grid.0;
                    let inside = x < w && y < h;
                    let at = || ((sample * c + channel) * h + y) * w + x;
                    if inside { f64::from(image[at()]) } else { 0.0 }
                })
                .collect();
            assert_close(&out, &expected, 0.0);
        }
    }

    #[test]
    fn averages() {
        for (b, d, grid, block) in
            [(2, 5, (6, 4), (3, 2)), (1, 3, (5, 7), (2, 3)), (1, 1, (1, 1), (1, 1))]
        {
            let x = Numbers::new(11).values(b * grid.0 * grid.1 * d);
            let (rows, columns) = (grid.0 / block.0, grid.1 / block.1);
            let out = on_any_threads(|| {
                let mut out = vec![f32::NAN; b * rows * columns * d];
                average(&x, d, grid, block, &mut out);
                out
            });
            let expected: Vec<f64> = (0..out.len())
                .map(|e| {
                    let (channel, column, row) = (e % d, e / d % columns, e / d / columns % rows);
                    let sample = e / d / columns / rows;
                    let value = |i: usize| {
                        let y = row * block.0 + i / block.1;
                        let x_ = column * block.1 + i % block.1;
                        f64::from(x[((sample * grid.0 + y) * grid.1 + x_) * d + channel])
                    };
                    let count = block.0 * block.1;
                    (0..count).map(value).sum::<f64>() / count as f64
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
            space_to_depth(&x, 2, (2, 4), 2, &mut out);
            out
        });
        let first = [0.0, -0.0, 1.0, -1.0, 10.0, -10.0, 11.0, -11.0];
        let second = [2.0, -2.0, 3.0, -3.0, 12.0, -12.0, 13.0, -13.0];
        assert_eq!(out, [first, second].concat());
    }
}
