//! Attention within the windows of a grid.

use super::attention::{self, Attention};
use super::matmul::Counter;
use super::pool::Grid;

/// As [`attention::attention`] on `q [B, N, h·d], k [B, N, g·d], v [B, N, g·d] → out [B, N, h·d]`,
/// where the N tokens are a grid, row by row, cut into windows of `side` rows and columns from the
/// first on: a query sees the keys of its own window. Windows at the other edges may be smaller.
///
/// Counts and executes `4·B·h·d` FLOPs for each pair of a query and a key in one window.
pub fn attention(
    q: &[f32],
    k: &[f32],
    v: &[f32],
    sizes: &Attention,
    ((rows, columns), side): (Grid, usize),
    counter: &Counter,
    out: &mut [f32],
) {
    let (width, kv_width) = (sizes.heads * sizes.head_dim, sizes.kv_heads * sizes.head_dim);
    assert_eq!(sizes.queries, rows * columns, "tokens of a grid in windows");
    let side = side.max(1);
    for top in (0..rows).step_by(side) {
        for left in (0..columns).step_by(side) {
            let height = side.min(rows - top);
            let across = side.min(columns - left);
            let tokens: Vec<usize> = (0..sizes.batch)
                .flat_map(|sample| (top..top + height).map(move |row| (sample, row)))
                .flat_map(|(sample, row)| {
                    let start = (sample * rows + row) * columns + left;
                    start..start + across
                })
                .collect();
            let part = |values: &[f32], width: usize| -> Vec<f32> {
                tokens.iter().flat_map(|at| &values[at * width..][..width]).copied().collect()
            };
            let (q, k, v) = (part(q, width), part(k, kv_width), part(v, kv_width));
            let each = height * across;
            let sizes =
                Attention { queries: each, keys: each, mask: None, padding: None, ..*sizes };
            let mut made = vec![0.0; q.len()];
            attention::attention(&q, &k, &v, &sizes, counter, &mut made);
            for (at, made) in tokens.iter().zip(made.chunks_exact(width)) {
                out[at * width..][..width].copy_from_slice(made);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    /// A query asks the keys whose row and column are in its own window, from the definition.
    #[test]
    fn agrees_with_the_definition() {
        let (batch, heads, kv_heads, d) = (2, 4, 2, 3);
        for ((rows, columns), side) in [((5, 7), 2), ((4, 4), 2), ((3, 8), 4), ((2, 3), 9)] {
            let tokens = rows * columns;
            let mut numbers = Numbers::new(6);
            let q = numbers.values(batch * tokens * heads * d);
            let k = numbers.values(batch * tokens * kv_heads * d);
            let v = numbers.values(batch * tokens * kv_heads * d);
            let sizes = Attention {
                batch,
                queries: tokens,
                keys: tokens,
                heads,
                kv_heads,
                head_dim: d,
                mask: None,
                padding: None,
            };
            let window = |token: usize| (token / columns / side, token % columns / side);
            let (mut expected, mut pairs) = (Vec::new(), 0);
            for e in 0..batch * tokens * heads {
                let (b, i, h) = (e / heads / tokens, e / heads % tokens, e % heads);
                let row = |t: &[f32], j: usize, c: usize| {
                    f64::from(t[((b * tokens + j) * kv_heads + h / (heads / kv_heads)) * d + c])
                };
                let seen: Vec<usize> = (0..tokens).filter(|j| window(*j) == window(i)).collect();
                pairs += seen.len();
                let weight = |j: usize| {
                    let dot: f64 = (0..d).map(|c| row(&k, j, c) * f64::from(q[e * d + c])).sum();
                    (dot / (d as f64).sqrt()).exp()
                };
                let total: f64 = seen.iter().map(|j| weight(*j)).sum();
                expected.extend((0..d).map(|c| {
                    seen.iter().map(|j| weight(*j) * row(&v, *j, c)).sum::<f64>() / total
                }));
            }
            let counter = Counter::default();
            let out = on_any_threads(|| {
                let mut out = vec![f32::NAN; q.len()];
                attention(&q, &k, &v, &sizes, ((rows, columns), side), &counter, &mut out);
                out
            });
            assert_close(&out, &expected, 1e-5);
            assert_eq!(counter.flops(), 3 * (4 * d * pairs) as u64);
        }
    }
}
