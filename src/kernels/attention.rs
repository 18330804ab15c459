//! `softmax(Q·Kᵀ/√d)·V` over heads.

use std::ops::Range;

use rayon::prelude::*;

use super::exp::exp;
use super::matmul::{Counter, Tile, View, matmul};
use super::scratch;
use super::softmax::{exponentials, maximum};

/// Most queries and keys whose scores a task holds at once: 1 MiB.
const QUERIES: usize = 256;
const KEYS: usize = 1024;

/// Sizes of an attention.
#[derive(Clone, Copy, Debug)]
pub struct Attention<'p> {
    /// B.
    pub batch: usize,
    /// N, queries per sample.
    pub queries: usize,
    /// M, keys per sample.
    pub keys: usize,
    /// h, query heads.
    pub heads: usize,
    /// g, key and value heads; a divisor of h. Query head i reads key head `i / (h / g)`.
    pub kv_heads: usize,
    /// d.
    pub head_dim: usize,
    /// Which keys a query sees; all if absent.
    pub mask: Option<Mask>,
    /// Keys that are padding; none if absent.
    pub padding: Option<&'p Padding>,
}

/// Keys that are padding, whose scores are discarded. The queries are as many.
#[derive(Clone, Debug)]
pub struct Padding {
    /// For each key, whether it is one.
    pub keys: Vec<bool>,
    /// Whether queries that are no padding see it all the same.
    pub is_seen: bool,
}

impl Padding {
    /// The keys that are hidden from a query; none if all are seen.
    fn hidden(&self, query: usize) -> Option<&[bool]> {
        (!self.is_seen || self.keys[query]).then_some(&self.keys[..])
    }
}

/// Causal visibility.
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    /// Keys in front of that of query 0: query i sees no key beyond `past + i`.
    pub past: usize,
    /// A sliding window: query i sees at most this many keys, the last one being `past + i`.
    pub window: Option<usize>,
    /// Chunks: a query sees no key of an earlier one.
    pub chunk: Option<Chunk>,
}

/// Chunks of a sequence.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    /// Tokens of a chunk.
    pub tokens: usize,
    /// Place of the first key in the whole sequence.
    pub first: usize,
}

impl Mask {
    /// The keys that a query sees, if there are so many.
    fn visible(&self, query: usize) -> Range<usize> {
        let end = self.past + query + 1;
        let start = self.window.map_or(0, |window| end.saturating_sub(window));
        let chunk = self.chunk.map_or(0, |Chunk { tokens, first }| {
            ((first + end - 1) / tokens * tokens).saturating_sub(first)
        });
        start.max(chunk)..end
    }
}

/// `q [B, N, h·d], k [B, M, g·d], v [B, M, g·d] → out [B, N, h·d]`.
///
/// Counts the dense `4·B·h·d·N·M` FLOPs and executes them: a mask discards scores that have been
/// computed. The scores are never whole: a task holds those of 256 queries and 1024 keys of a head.
pub fn attention(
    q: &[f32],
    k: &[f32],
    v: &[f32],
    sizes: &Attention,
    counter: &Counter,
    out: &mut [f32],
) {
    let Attention { batch, queries, keys, heads, kv_heads, head_dim, .. } = *sizes;
    let (width, kv_width) = (heads * head_dim, kv_heads * head_dim);
    assert_eq!((q.len(), out.len()), (batch * queries * width, q.len()), "size of the queries");
    assert_eq!((k.len(), v.len()), (batch * keys * kv_width, k.len()), "size of the keys");
    assert!(kv_heads > 0 && heads.is_multiple_of(kv_heads), "{heads} heads on {kv_heads}");
    if q.is_empty() {
        return;
    }
    let block = queries.div_ceil(queries.div_ceil(QUERIES));
    let tiles: Vec<_> = out
        .chunks_mut(queries * width)
        .flat_map(|sample| Tile::cut(sample, width, block, head_dim))
        .collect();
    let blocks = queries.div_ceil(block);
    tiles.into_par_iter().enumerate().with_max_len(1).for_each(|(i, mut tile)| {
        let (sample, first, head) = (i / heads / blocks, i / heads % blocks * block, i % heads);
        let q = &q[(sample * queries + first) * width + head * head_dim..];
        let start = sample * keys * kv_width + head / (heads / kv_heads) * head_dim;
        let q = View::new(q, tile.rows(), head_dim, width);
        one_head(q, &k[start..], &v[start..], sizes, first, counter, &mut tile);
    });
}

/// Queries `first..` of one head, as many as the tile has rows; `k` and `v` begin with its channels.
///
/// Of every query, the largest score so far and the sum of the exponentials relative to it are kept;
/// when a later part of the keys has a larger score, what has been summed is scaled down.
fn one_head(
    q: View,
    k: &[f32],
    v: &[f32],
    sizes: &Attention,
    first: usize,
    counter: &Counter,
    tile: &mut Tile,
) {
    let (rows, width) = (tile.rows(), sizes.kv_heads * sizes.head_dim);
    let scale = 1.0 / (sizes.head_dim as f32).sqrt();
    let (mut sums, mut most) = ([0.0; QUERIES], [f32::NEG_INFINITY; QUERIES]);
    scratch::with(rows * sizes.keys.min(KEYS), |scores| {
        for start in (0..sizes.keys).step_by(KEYS) {
            let keys = KEYS.min(sizes.keys - start);
            let part = |values| View::new(values, keys, sizes.head_dim, width);
            let (k, v) = (part(&k[start * width..]), part(&v[start * width..]));
            let scores = &mut scores[..rows * keys];
            matmul(&mut Tile::whole(scores, keys), q, k.transposed(), scale, false, counter);
            for (i, row) in scores.chunks_exact_mut(keys).enumerate() {
                let seen = sizes.mask.map_or(0..sizes.keys, |mask| mask.visible(first + i));
                let within = |key: usize| key.clamp(start, start + keys) - start;
                let seen = within(seen.start)..within(seen.end);
                row[..seen.start].fill(0.0);
                row[seen.end..].fill(0.0);
                let hidden = sizes.padding.and_then(|padding| padding.hidden(first + i));
                if let Some(hidden) = hidden {
                    let hidden = row.iter_mut().zip(&hidden[start..]).filter(|(_, key)| **key);
                    hidden.for_each(|(score, _)| *score = f32::NEG_INFINITY);
                }
                let before = most[i];
                most[i] = before.max(maximum(&row[seen.clone()]));
                let shrink = if most[i] > before { exp(before - most[i]) } else { 1.0 };
                sums[i] = sums[i] * shrink + exponentials(&mut row[seen], most[i]);
                if start > 0 && shrink != 1.0 {
                    tile.row(i).iter_mut().for_each(|y| *y *= shrink);
                }
            }
            matmul(tile, View::new(scores, rows, keys, keys), v, 1.0, start > 0, counter);
        }
    });
    // The division of the softmax, on d values per query in place of M.
    for (i, sum) in sums[..rows].iter().enumerate() {
        let factor = if *sum > 0.0 { 1.0 / sum } else { 0.0 };
        tile.row(i).iter_mut().for_each(|y| *y *= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    /// One output vector per (sample, query, head), from the definition.
    fn oracle(q: &[f32], k: &[f32], v: &[f32], s: &Attention) -> Vec<f64> {
        let d = s.head_dim;
        let mut out = Vec::new();
        for e in 0..s.batch * s.queries * s.heads {
            let (b, i, h) = (e / s.heads / s.queries, e / s.heads % s.queries, e % s.heads);
            let q = &q[e * d..][..d];
            let row = |t: &'_ [f32], j: usize| -> Vec<f64> {
                let at = ((b * s.keys + j) * s.kv_heads + h * s.kv_heads / s.heads) * d;
                t[at..at + d].iter().map(|x| f64::from(*x)).collect()
            };
            let seen = |j: usize| {
                let hides = |p: &Padding| p.keys[j] && (!p.is_seen || p.keys[i]);
                !s.padding.is_some_and(hides)
                    && s.mask.is_none_or(|m| {
                        let in_chunk = |Chunk { tokens, first }: Chunk| {
                            (first + j) / tokens == (first + m.past + i) / tokens
                        };
                        j <= m.past + i
                            && m.window.is_none_or(|w| m.past + i < j + w)
                            && m.chunk.is_none_or(in_chunk)
                    })
            };
            let weight = |j: usize| {
                let dot: f64 = row(k, j).iter().zip(q).map(|(k, q)| k * f64::from(*q)).sum();
                if seen(j) { (dot / (d as f64).sqrt()).exp() } else { 0.0 }
            };
            let weights: Vec<f64> = (0..s.keys).map(weight).collect();
            let total: f64 = weights.iter().sum();
            out.extend(
                (0..d).map(|c| (0..s.keys).map(|j| weights[j] * row(v, j)[c]).sum::<f64>() / total),
            );
        }
        out
    }

    fn check(batch: usize, n: usize, m: usize, heads: [usize; 3], mask: Option<Mask>) {
        let [heads, kv_heads, head_dim] = heads;
        let (queries, keys) = (n, m);
        agrees(Attention { batch, queries, keys, heads, kv_heads, head_dim, mask, padding: None });
    }

    fn agrees(sizes: Attention) {
        let Attention { batch, queries: n, keys: m, heads, kv_heads, head_dim, .. } = sizes;
        let mut numbers = Numbers::new(6);
        let q: Vec<f32> =
            numbers.values(batch * n * heads * head_dim).iter().map(|x| x * 3.0).collect();
        let k = numbers.values(batch * m * kv_heads * head_dim);
        let v = numbers.values(batch * m * kv_heads * head_dim);
        let counter = Counter::default();
        let out = on_any_threads(|| {
            let mut out = vec![f32::NAN; q.len()];
            attention(&q, &k, &v, &sizes, &counter, &mut out);
            out
        });
        assert_close(&out, &oracle(&q, &k, &v, &sizes), 1e-5);
        assert_eq!(counter.flops(), 3 * (4 * batch * heads * head_dim * n * m) as u64);
    }

    #[test]
    fn agrees_with_the_definition() {
        check(1, 1, 1, [1, 1, 1], None);
        check(2, 5, 9, [3, 3, 7], None);
        check(2, 7, 19, [6, 2, 5], None);
        check(1, 300, 301, [2, 1, 16], None);
    }

    fn mask(past: usize, window: Option<usize>) -> Option<Mask> {
        Some(Mask { past, window, chunk: None })
    }

    #[test]
    fn masks() {
        check(2, 9, 9, [2, 2, 8], mask(0, None));
        check(1, 1, 33, [4, 1, 8], mask(32, None));
        check(1, 5, 17, [2, 1, 3], mask(12, Some(4)));
        check(1, 290, 300, [1, 1, 4], mask(10, Some(30)));
        let chunk = Some(Chunk { tokens: 5, first: 3 });
        check(1, 9, 12, [1, 1, 4], Some(Mask { past: 3, window: None, chunk }));
    }

    /// Padding at the end, within the sequence, and in more keys than a task holds at once.
    #[test]
    fn padding_is_not_seen() {
        for (keys, valid, stretch) in [(9, 5, 9), (24, 3, 4), (KEYS + 9, 700, KEYS + 9)] {
            for is_seen in [false, true] {
                let padding =
                    Padding { keys: (0..keys).map(|at| at % stretch >= valid).collect(), is_seen };
                let (batch, heads, kv_heads, head_dim) = (1, 2, 1, 2);
                let (mask, padding) = (None, Some(&padding));
                let queries = keys;
                agrees(Attention {
                    batch,
                    queries,
                    keys,
                    heads,
                    kv_heads,
                    head_dim,
                    mask,
                    padding,
                });
            }
        }
    }

    /// More keys than a task holds at once.
    #[test]
    fn keys_in_parts() {
        check(1, 3, 2 * KEYS + 9, [2, 1, 4], None);
        check(1, 70, KEYS + 30, [1, 1, 5], mask(KEYS - 40, None));
        check(1, 70, KEYS + 30, [1, 1, 5], mask(KEYS - 40, Some(20)));
    }
}
