//! Rotary position embedding, in the `rotate_half` convention of transformers' Llama.

use rayon::prelude::*;

/// Angles per pair of channels and position: `θ^(-2i/d)` for `i < d/2`.
pub fn frequencies(head_dim: usize, theta: f64) -> Vec<f64> {
    (0..head_dim / 2).map(|i| theta.powf(-2.0 * i as f64 / head_dim as f64)).collect()
}

/// Angles per pair of channels and row or column of a grid, for the first half of the pairs (rows)
/// and the second (columns): `θ^(-4i/d)` for `i < d/4` in both, or in turns as Pixtral has them, the
/// columns' between the rows'.
pub fn grid_frequencies(head_dim: usize, theta: f64, alternating: bool) -> [Vec<f64>; 2] {
    let half = |shift: f64| {
        let exponent = |i: usize| -(4.0 * i as f64 + shift) / head_dim as f64;
        (0..head_dim / 4).map(|i| theta.powf(exponent(i))).collect()
    };
    [half(0.0), half(if alternating { 2.0 } else { 0.0 })]
}

/// The rotations of a model's positions, the same for every layer.
#[derive(Clone, Debug)]
pub struct Rope {
    /// Cosine and sine, `[N, d/2]` each.
    cosines: Vec<f32>,
    sines: Vec<f32>,
    pairs: usize,
}

impl Rope {
    /// Positions `past..past + tokens`, rotated by `frequencies [d/2]`.
    pub fn new(tokens: usize, past: usize, frequencies: &[f64]) -> Rope {
        let angles = (past..past + tokens)
            .into_par_iter()
            .flat_map_iter(|position| frequencies.iter().map(move |f| position as f64 * f));
        let (cosines, sines) = angles.map(|a| (a.cos() as f32, a.sin() as f32)).unzip();
        Rope { cosines, sines, pairs: frequencies.len() }
    }

    /// Of so many tokens, those of a grid from token `first` on, row by row, are rotated by their row
    /// and their column; the others stay.
    pub fn of_grid(
        tokens: usize,
        (rows, columns): (usize, usize),
        first: usize,
        [of_row, of_column]: &[Vec<f64>; 2],
    ) -> Rope {
        let angles = (0..tokens).into_par_iter().flat_map_iter(|token| {
            let at = token.checked_sub(first).filter(|at| *at < rows * columns);
            let (row, column) = at.map_or((0, 0), |at| (at / columns, at % columns));
            let by_row = of_row.iter().map(move |f| row as f64 * f);
            by_row.chain(of_column.iter().map(move |f| column as f64 * f))
        });
        let (cosines, sines) = angles.map(|a| (a.cos() as f32, a.sin() as f32)).unzip();
        Rope { cosines, sines, pairs: of_row.len() + of_column.len() }
    }

    /// Rotates the heads of `x [B, N, heads·d]` in place: of their first 2p channels, for which there
    /// are angles, i and `i + p` form a pair.
    pub fn rotate(&self, x: &mut [f32], (heads, head_dim): (usize, usize)) {
        let pairs = self.pairs;
        let (width, tokens) = (heads * head_dim, self.cosines.len() / pairs);
        assert!(x.len().is_multiple_of(tokens * width), "size of a rotation");
        x.par_chunks_mut(width).enumerate().for_each(|(row, x)| {
            let at = row % tokens * pairs;
            let (cosines, sines) = (&self.cosines[at..][..pairs], &self.sines[at..][..pairs]);
            for head in x.chunks_exact_mut(head_dim) {
                let (left, right) = head[..2 * pairs].split_at_mut(pairs);
                for (((a, b), c), s) in left.iter_mut().zip(right).zip(cosines).zip(sines) {
                    (*a, *b) = (*a * c - *b * s, *b * c + *a * s);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    #[test]
    fn agrees_with_f64() {
        for (batch, tokens, heads, d, past) in
            [(1, 1, 1, 2, 0), (2, 9, 3, 10, 5), (3, 37, 2, 64, 4090)]
        {
            let x = Numbers::new(8).values(batch * tokens * heads * d);
            let out = on_any_threads(|| {
                let mut x = x.clone();
                Rope::new(tokens, past, &frequencies(d, 10_000.0)).rotate(&mut x, (heads, d));
                x
            });
            let expected: Vec<f64> = (0..x.len())
                .map(|e| {
                    let (position, channel) = (past + e / d / heads % tokens, e % d);
                    let i = channel % (d / 2);
                    let angle = position as f64 / 10_000_f64.powf(i as f64 / (d / 2) as f64);
                    let (own, cos, sin) = (f64::from(x[e]), angle.cos(), angle.sin());
                    if channel < d / 2 {
                        own * cos - f64::from(x[e + d / 2]) * sin
                    } else {
                        own * cos + f64::from(x[e - d / 2]) * sin
                    }
                })
                .collect();
            assert_close(&out, &expected, 1e-6);
        }
    }

    /// Qwen2-VL's `rot_pos_emb` and Pixtral's `PixtralRotaryEmbedding`, from their definitions: the
    /// angles of a token, row's and then column's, stand twice, and `rotate_half` swaps the halves.
    #[test]
    fn grids_agree_with_f64() {
        let (batch, heads, d, rows, columns, first) = (2, 2, 8, 3, 5, 1);
        let tokens = first + rows * columns + 1;
        for alternating in [false, true] {
            let x = Numbers::new(8).values(batch * tokens * heads * d);
            let out = on_any_threads(|| {
                let mut x = x.clone();
                let frequencies = grid_frequencies(d, 10_000.0, alternating);
                Rope::of_grid(tokens, (rows, columns), first, &frequencies)
                    .rotate(&mut x, (heads, d));
                x
            });
            let expected: Vec<f64> = (0..x.len())
                .map(|e| {
                    let (token, channel) = (e / d / heads % tokens, e % d);
                    let i = channel % (d / 2);
                    let in_grid = (first..first + rows * columns).contains(&token);
                    let at = if in_grid { token - first } else { 0 };
                    let step = 2 * (i % (d / 4));
                    let (place, step) = match (i < d / 4, alternating) {
                        (true, _) => (at / columns, step),
                        (false, false) => (at % columns, step),
                        (false, true) => (at % columns, step + 1),
                    };
                    let angle = place as f64 / 10_000_f64.powf(2.0 * step as f64 / d as f64);
                    let (own, cos, sin) = (f64::from(x[e]), angle.cos(), angle.sin());
                    if channel < d / 2 {
                        own * cos - f64::from(x[e + d / 2]) * sin
                    } else {
                        own * cos + f64::from(x[e - d / 2]) * sin
                    }
                })
                .collect();
            assert_close(&out, &expected, 1e-6);
        }
    }
}
