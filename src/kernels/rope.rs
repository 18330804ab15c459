//! Rotary position embedding, in the `rotate_half` convention of transformers' Llama.

use rayon::prelude::*;

/// Angles per pair of channels and position: `θ^(-2i/d)` for `i < d/2`.
pub fn frequencies(head_dim: usize, theta: f64) -> Vec<f64> {
    (0..head_dim / 2).map(|i| theta.powf(-2.0 * i as f64 / head_dim as f64)).collect()
}

/// The rotations of consecutive positions, the same for every layer of a model.
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

    /// Rotates the heads of `x [B, N, heads·d]` in place: channels i and `i + d/2` form a pair.
    pub fn rotate(&self, x: &mut [f32], heads: usize) {
        let pairs = self.pairs;
        let (width, tokens) = (heads * 2 * pairs, self.cosines.len() / pairs);
        assert!(x.len().is_multiple_of(tokens * width), "size of a rotation");
        x.par_chunks_mut(width).enumerate().for_each(|(row, x)| {
            let at = row % tokens * pairs;
            let (cosines, sines) = (&self.cosines[at..][..pairs], &self.sines[at..][..pairs]);
            for head in x.chunks_exact_mut(2 * pairs) {
                let (left, right) = head.split_at_mut(pairs);
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
                Rope::new(tokens, past, &frequencies(d, 10_000.0)).rotate(&mut x, heads);
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
}
