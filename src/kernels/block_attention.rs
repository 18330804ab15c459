//! Attention in which each query has keys of its own: the tokens of a block.

use rayon::prelude::*;

use super::exp::exp;
use super::matmul::Counter;
use super::pool::Blocks;
use super::softmax::maximum;

/// Sizes of an attention in blocks.
#[derive(Clone, Copy, Debug)]
pub struct BlockAttention {
    /// The blocks: a query each.
    pub blocks: Blocks,
    /// h.
    pub heads: usize,
    /// d.
    pub head_dim: usize,
}

/// `q [B, M, h·d], k [B, M·k², h·d], v [B, M·k², h·d] → out [B, M, h·d]`.
///
/// Counts the dense `4·B·M·k²·h·d` FLOPs and executes them: the score of a token that the grid lacks
/// is computed and then not seen.
pub fn block_attention(
    q: &[f32],
    k: &[f32],
    v: &[f32],
    sizes: &BlockAttention,
    counter: &Counter,
    out: &mut [f32],
) {
    let BlockAttention { blocks, heads, head_dim } = *sizes;
    let (width, tokens) = (heads * head_dim, blocks.tokens());
    assert_eq!(q.len(), out.len(), "size of the queries");
    assert_eq!((k.len(), v.len()), (q.len() * tokens, k.len()), "size of the keys");
    let scale = 1.0 / (head_dim as f32).sqrt();
    out.par_chunks_mut(width).enumerate().for_each(|(i, out)| {
        let own = i * tokens * width..(i + 1) * tokens * width;
        let (q, k, v) = (&q[i * width..][..width], &k[own.clone()], &v[own]);
        let seen: Vec<bool> = blocks.block(i).map(|token| token.is_some()).collect();
        for head in 0..heads {
            let channels = head * head_dim..(head + 1) * head_dim;
            let q = &q[channels.clone()];
            counter.add_product(1, head_dim, tokens);
            let scores = k.chunks_exact(width).zip(&seen).map(|(k, seen)| {
                let score: f32 = q.iter().zip(&k[channels.clone()]).map(|(q, k)| q * k).sum();
                if *seen { score * scale } else { f32::NEG_INFINITY }
            });
            let scores: Vec<f32> = scores.collect();
            let most = maximum(&scores);
            let shares: Vec<f32> = scores.iter().map(|score| exp(score - most)).collect();
            let sum: f32 = shares.iter().sum();
            counter.add_product(1, tokens, head_dim);
            let out = &mut out[channels.clone()];
            out.fill(0.0);
            for (v, share) in v.chunks_exact(width).zip(&shares) {
                for (out, v) in out.iter_mut().zip(&v[channels.clone()]) {
                    *out += share / sum * v;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    #[test]
    fn each_query_asks_its_own_block() {
        // Blocks that fill the grid, and blocks that lack tokens.
        for (b, grid, count) in [(2, (4, 6), (2, 3)), (2, (3, 5), (2, 3))] {
            let (heads, head_dim) = (3, 4);
            let blocks = Blocks { grid, side: (2, 2), count };
            let (width, all) = (heads * head_dim, b * count.0 * count.1);
            let mut numbers = Numbers::new(13);
            let q = numbers.values(all * width);
            let (k, v) = (numbers.values(all * 4 * width), numbers.values(all * 4 * width));
            let sizes = BlockAttention { blocks, heads, head_dim };
            let out = on_any_threads(|| {
                let counter = Counter::default();
                let mut out = vec![f32::NAN; q.len()];
                block_attention(&q, &k, &v, &sizes, &counter, &mut out);
                assert_eq!(counter.flops(), (4 * all * 4 * width) as u64);
                out
            });
            let expected: Vec<f64> = (0..out.len())
                .map(|e| {
                    let (block, channel) = (e / width, e % width);
                    let (within, head) = (block % (count.0 * count.1), channel / head_dim);
                    let there = |token: usize| {
                        let row = within / count.1 * 2 + token / 2;
                        row < grid.0 && within % count.1 * 2 + token % 2 < grid.1
                    };
                    let (mut sum, mut total) = (0.0, 0.0);
                    for token in (0..4).filter(|token| there(*token)) {
                        let at = (block * 4 + token) * width;
                        let score: f64 = (head * head_dim..(head + 1) * head_dim)
                            .map(|c| f64::from(q[block * width + c]) * f64::from(k[at + c]))
                            .sum();
                        let share = (score / 2.0).exp();
                        sum += share * f64::from(v[at + channel]);
                        total += share;
                    }
                    sum / total
                })
                .collect();
            assert_close(&out, &expected, 1e-5);
        }
    }
}
