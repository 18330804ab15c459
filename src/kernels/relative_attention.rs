//! Attention with learned biases by distance (T5).

use rayon::prelude::*;

use super::exp::exp;
use super::matmul::Counter;
use super::softmax::maximum;

/// Distances from here on share the last bucket of a direction.
const FARTHEST: f32 = 128.0;

/// Sizes of such an attention.
#[derive(Clone, Copy, Debug)]
pub struct RelativeAttention {
    /// N, queries of a sample.
    pub queries: usize,
    /// M, keys of a sample; the last N are the queries' own places.
    pub keys: usize,
    /// h.
    pub heads: usize,
    /// d.
    pub head_dim: usize,
    /// Buckets of distances.
    pub buckets: usize,
    /// Whether a query sees no later key.
    pub causal: bool,
}

impl RelativeAttention {
    /// The bucket of a key that stands so many places after the query, or before it.
    fn bucket(&self, after: isize) -> usize {
        let (buckets, first) = match self.causal {
            true => (self.buckets, 0),
            false => (self.buckets / 2, if after > 0 { self.buckets / 2 } else { 0 }),
        };
        let distance = match self.causal {
            true => after.min(0).unsigned_abs(),
            false => after.unsigned_abs(),
        };
        // Half of them are for one distance each, the others for distances that grow.
        let exact = buckets / 2;
        if distance < exact {
            return first + distance;
        }
        let share = (distance as f32 / exact as f32).ln() / (FARTHEST / exact as f32).ln();
        let large = exact + (share * (buckets - exact) as f32) as usize;
        first + large.min(buckets - 1)
    }
}

/// `q [B, N, h·d]`, `k` and `v [B, M, h·d]`, `table [buckets, h] → out [B, N, h·d]`.
///
/// Counts the dense `4·B·N·M·h·d` FLOPs and executes them: the score of a later place is computed and
/// then not seen.
pub fn relative_attention(
    [q, k, v]: [&[f32]; 3],
    table: &[f32],
    sizes: &RelativeAttention,
    counter: &Counter,
    out: &mut [f32],
) {
    let RelativeAttention { queries, keys, heads, head_dim, causal, .. } = *sizes;
    let width = heads * head_dim;
    out.par_chunks_mut(width).enumerate().for_each(|(row, out)| {
        let (sample, place) = (row / queries, keys - queries + row % queries);
        for head in 0..heads {
            counter.add_product(1, head_dim, keys);
            counter.add_product(1, keys, head_dim);
            let own = head * head_dim..(head + 1) * head_dim;
            let q = &q[row * width..][own.clone()];
            let of_key = |x: &'_ [f32], key: usize| -> Vec<f32> {
                x[(sample * keys + key) * width..][own.clone()].to_vec()
            };
            let scores = (0..keys).map(|key| {
                let after = key as isize - place as isize;
                if causal && after > 0 {
                    return f32::NEG_INFINITY;
                }
                let product: f32 = q.iter().zip(of_key(k, key)).map(|(q, k)| q * k).sum();
                product + table[sizes.bucket(after) * heads + head]
            });
            let scores: Vec<f32> = scores.collect();
            let most = maximum(&scores);
            let shares: Vec<f32> = scores.iter().map(|score| exp(score - most)).collect();
            let sum: f32 = shares.iter().sum();
            let out = &mut out[own.clone()];
            out.fill(0.0);
            for (key, share) in shares.iter().enumerate() {
                let values = of_key(v, key);
                out.iter_mut().zip(values).for_each(|(out, v)| *out += share / sum * v);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_of_distances_as_t5_has_them() {
        let sizes = RelativeAttention {
            queries: 1,
            keys: 1,
            heads: 1,
            head_dim: 1,
            buckets: 32,
            causal: false,
        };
        let both = [-200, -20, -8, -7, -1, 0, 1, 7, 8, 20, 200].map(|after| sizes.bucket(after));
        assert_eq!(both, [15, 10, 8, 7, 1, 0, 17, 23, 24, 26, 31]);
        let causal = RelativeAttention { causal: true, ..sizes };
        let before = [-200, -40, -16, -15, -1, 0, 3].map(|after| causal.bucket(after));
        assert_eq!(before, [31, 23, 16, 15, 1, 0, 0]);
    }
}
