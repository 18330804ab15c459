//! Attention on a grid with decomposed relative positions (SAM).

use rayon::prelude::*;

use super::exp::exp;
use super::matmul::Counter;
use super::softmax::maximum;

/// Sizes of an attention with relative positions.
#[derive(Clone, Copy, Debug)]
pub struct GridAttention {
    /// Rows and columns of the tokens' grid.
    pub sides: (usize, usize),
    /// h.
    pub heads: usize,
    /// d.
    pub head_dim: usize,
}

/// A table of `[R, d]` as it is read for a side of n tokens: `[2·n − 1, d]`, between its rows where it
/// has another number, as PyTorch's linear interpolation.
pub fn table_for(table: &[f32], head_dim: usize, side: usize) -> Vec<f32> {
    let (from, to) = (table.len() / head_dim, 2 * side - 1);
    if from == to {
        return table.to_vec();
    }
    let row = |at: usize| &table[at * head_dim..][..head_dim];
    let mut read = Vec::with_capacity(to * head_dim);
    for at in 0..to {
        let place = ((at as f32 + 0.5) * from as f32 / to as f32 - 0.5).max(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 0")]
        let low = (place as usize).min(from - 1);
        let (high, share) = ((low + 1).min(from - 1), place - low as f32);
        let between = row(low).iter().zip(row(high)).map(|(a, b)| a * (1.0 - share) + b * share);
        read.extend(between);
    }
    read
}

/// `q, k, v [B, N, h·d]`, tables `[2·r − 1, d]` and `[2·c − 1, d]` → `out [B, N, h·d]`.
///
/// Counts `4·B·N²·h·d + 2·B·N·(r + c)·h·d` FLOPs and executes them.
pub fn grid_attention(
    [q, k, v]: [&[f32]; 3],
    [of_rows, of_columns]: [&[f32]; 2],
    sizes: &GridAttention,
    counter: &Counter,
    out: &mut [f32],
) {
    let GridAttention { sides: (rows, columns), heads, head_dim } = *sizes;
    let (width, tokens) = (heads * head_dim, rows * columns);
    assert!(q.len() == out.len() && k.len() == q.len() && v.len() == q.len(), "size of the tokens");
    assert_eq!(of_rows.len(), (2 * rows - 1) * head_dim, "size of the table of rows");
    assert_eq!(of_columns.len(), (2 * columns - 1) * head_dim, "size of the table of columns");
    let scale = 1.0 / (head_dim as f32).sqrt();
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    out.par_chunks_mut(width).enumerate().for_each(|(i, out)| {
        let (sample, own) = (i / tokens, i % tokens);
        let (row, column) = (own / columns, own % columns);
        let all = sample * tokens * width..(sample + 1) * tokens * width;
        let (q, k, v) = (&q[i * width..][..width], &k[all.clone()], &v[all]);
        for head in 0..heads {
            let channels = head * head_dim..(head + 1) * head_dim;
            let q = &q[channels.clone()];
            let apart = |table: &[f32], own: usize, count: usize| -> Vec<f32> {
                counter.add_product(1, head_dim, count);
                let place = |key: usize| own + count - 1 - key;
                (0..count).map(|key| dot(q, &table[place(key) * head_dim..][..head_dim])).collect()
            };
            let by_row = apart(of_rows, row, rows);
            let by_column = apart(of_columns, column, columns);
            counter.add_product(1, head_dim, tokens);
            let scores: Vec<f32> = k
                .chunks_exact(width)
                .enumerate()
                .map(|(key, k)| {
                    let beside = by_row[key / columns] + by_column[key % columns];
                    dot(q, &k[channels.clone()]) * scale + beside
                })
                .collect();
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
    fn scores_know_how_far_rows_and_columns_stand_apart() {
        let (b, sides, heads, head_dim) = (2, (3, 4), 2, 3);
        let (tokens, width) = (12, 6);
        let mut numbers = Numbers::new(15);
        let [q, k, v] = std::array::from_fn(|_| numbers.values(b * tokens * width));
        let (rows, columns) = (numbers.values(5 * head_dim), numbers.values(7 * head_dim));
        let sizes = GridAttention { sides, heads, head_dim };
        let out = on_any_threads(|| {
            let (mut out, counter) = (vec![f32::NAN; q.len()], Counter::default());
            let tables = [&rows[..], &columns];
            grid_attention([&q, &k, &v], tables, &sizes, &counter, &mut out);
            assert_eq!(counter.flops(), (2 * b * tokens * (2 * tokens + 3 + 4) * width) as u64);
            out
        });
        let expected: Vec<f64> = (0..out.len())
            .map(|e| {
                let (i, channel) = (e / width, e % width);
                let (sample, own, head) = (i / tokens, i % tokens, channel / head_dim);
                let (mut sum, mut total) = (0.0, 0.0);
                for key in 0..tokens {
                    let at = (sample * tokens + key) * width;
                    let mut score = 0.0;
                    for c in 0..head_dim {
                        let q = f64::from(q[i * width + head * head_dim + c]);
                        score += q * f64::from(k[at + head * head_dim + c]) / 3f64.sqrt();
                        score += q * f64::from(rows[(own / 4 + 2 - key / 4) * head_dim + c]);
                        score += q * f64::from(columns[(own % 4 + 3 - key % 4) * head_dim + c]);
                    }
                    sum += score.exp() * f64::from(v[at + channel]);
                    total += score.exp();
                }
                sum / total
            })
            .collect();
        assert_close(&out, &expected, 1e-5);
    }

    #[test]
    fn a_table_of_another_size_is_read_between_its_rows() {
        assert_eq!(table_for(&[1.0, 2.0, 3.0], 1, 2), [1.0, 2.0, 3.0]);
        // torch.nn.functional.interpolate(…, size=5, mode="linear").
        let read = table_for(&[0.0, 3.0, 6.0], 1, 3);
        let expected: Vec<f64> = vec![0.0, 1.2, 3.0, 4.8, 6.0];
        assert_close(&read, &expected, 1e-6);
    }
}
