//! Attention whose keys have two parts, one for each head and one that all share.

use rayon::prelude::*;

use super::exp::exp;
use super::matmul::Counter;
use super::softmax::maximum;

/// Sizes of such an attention.
#[derive(Clone, Copy, Debug)]
pub struct LatentAttention {
    /// N, queries of a sample.
    pub queries: usize,
    /// M, keys of a sample; the last N are the queries' own places.
    pub keys: usize,
    /// h.
    pub heads: usize,
    /// n, size of the part that each head has for itself.
    pub own: usize,
    /// r, size of the part that all share.
    pub shared: usize,
    /// v, size of a value.
    pub value: usize,
    /// 1/√ of this scales the scores.
    pub scaled_by: usize,
}

/// Queries `[B, N, h·n]` and `[B, N, h·r]` on keys and values of each head `[B, M, h·(n + v)]` and
/// shared keys `[B, M, r]`: `[B, N, h·v]`. Each query sees its own place and those before.
///
/// Counts the dense `2·B·N·M·h·(n + r + v)` FLOPs and executes them: the score of a later place is
/// computed and then not seen.
pub fn latent_attention(
    [own, turned, expanded, shared]: [&[f32]; 4],
    sizes: &LatentAttention,
    counter: &Counter,
    out: &mut [f32],
) {
    let LatentAttention { queries, keys, heads, own: n, shared: r, value: v, scaled_by } = *sizes;
    let scale = 1.0 / (scaled_by as f32).sqrt();
    let each = n + v;
    out.par_chunks_mut(heads * v).enumerate().for_each(|(row, out)| {
        let (sample, query) = (row / queries, row % queries);
        let seen = keys - queries + query + 1;
        for head in 0..heads {
            counter.add_product(1, n + r, keys);
            counter.add_product(1, keys, v);
            let q = &own[(row * heads + head) * n..][..n];
            let t = &turned[(row * heads + head) * r..][..r];
            let of_key =
                |key: usize| &expanded[((sample * keys + key) * heads + head) * each..][..each];
            let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
            let scores = (0..keys).map(|key| {
                let shared = &shared[(sample * keys + key) * r..][..r];
                let score = (dot(q, &of_key(key)[..n]) + dot(t, shared)) * scale;
                if key < seen { score } else { f32::NEG_INFINITY }
            });
            let scores: Vec<f32> = scores.collect();
            let most = maximum(&scores);
            let shares: Vec<f32> = scores.iter().map(|score| exp(score - most)).collect();
            let sum: f32 = shares.iter().sum();
            let out = &mut out[head * v..][..v];
            out.fill(0.0);
            for (key, share) in shares.iter().enumerate() {
                let values = &of_key(key)[n..];
                out.iter_mut().zip(values).for_each(|(out, value)| *out += share / sum * value);
            }
        }
    });
}
