//! Attention to places between the tokens of a grid.

use rayon::prelude::*;

use super::pool::Grid;
use super::softmax::softmax;

/// Sizes of a deformable attention.
#[derive(Clone, Copy, Debug)]
pub struct Deformable {
    /// The grid of values.
    pub grid: Grid,
    /// Q, queries of a sample.
    pub queries: usize,
    /// h.
    pub heads: usize,
    /// p, points of a head.
    pub points: usize,
    /// h·d.
    pub width: usize,
}

/// `values [B, N, h·d], offsets [B, Q, h·p·2], scores [B, Q, h·p], places [B, Q, 2] →
/// out [B, Q, h·d]`, as Deformable DETR on one level: point `place + offset / (columns, rows)`, read as
/// PyTorch's `grid_sample` reads with zeros beyond the grid and `align_corners=False`.
pub fn deformable(
    [values, offsets, scores, places]: [&[f32]; 4],
    sizes: &Deformable,
    out: &mut [f32],
) {
    let Deformable { grid, queries, heads, points, width } = *sizes;
    let (tokens, head) = (grid.0 * grid.1 * width, width / heads);
    assert_eq!(out.len() / width / queries * tokens, values.len(), "size of the values");
    out.par_chunks_mut(width).enumerate().for_each(|(i, out)| {
        let values = &values[i / queries * tokens..][..tokens];
        let place = &places[2 * i..][..2];
        let all = heads * points;
        let (offsets, scores) = (&offsets[2 * all * i..][..2 * all], &scores[all * i..][..all]);
        out.fill(0.0);
        for (at, out) in out.chunks_exact_mut(head).enumerate() {
            let mut shares = scores[at * points..][..points].to_vec();
            softmax(&mut shares, points);
            for (point, share) in shares.iter().enumerate() {
                let offset = &offsets[2 * (at * points + point)..][..2];
                let column = place[0] * grid.1 as f32 + offset[0] - 0.5;
                let row = place[1] * grid.0 as f32 + offset[1] - 0.5;
                for (token, part) in around(row, column, grid) {
                    let value = &values[token * width + at * head..][..head];
                    for (out, value) in out.iter_mut().zip(value) {
                        *out += share * part * value;
                    }
                }
            }
        }
    });
}

/// The tokens around a place, each with its share; those beyond the grid are left out.
fn around(row: f32, column: f32, grid: Grid) -> impl Iterator<Item = (usize, f32)> {
    let inside = |at: f32, side: usize| (at >= 0.0 && at < side as f32).then_some(at as usize);
    let near =
        |at: f32| [(at.floor(), 1.0 - (at - at.floor())), (at.floor() + 1.0, at - at.floor())];
    near(row).into_iter().flat_map(move |(row, of_row)| {
        near(column).into_iter().filter_map(move |(column, of_column)| {
            let token = inside(row, grid.0)? * grid.1 + inside(column, grid.1)?;
            Some((token, of_row * of_column))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    #[test]
    fn values_are_read_between_tokens() {
        let sizes = Deformable { grid: (3, 4), queries: 3, heads: 2, points: 2, width: 4 };
        let mut numbers = Numbers::new(15);
        let (values, scores) = (numbers.values(2 * 12 * 4), numbers.values(2 * 3 * 4));
        let offsets: Vec<f32> = numbers.values(2 * 3 * 8).iter().map(|x| 3.0 * x).collect();
        let places: Vec<f32> = numbers.values(2 * 3 * 2).iter().map(|x| x.abs()).collect();
        let out = on_any_threads(|| {
            let mut out = vec![f32::NAN; 2 * 3 * 4];
            deformable([&values, &offsets, &scores, &places], &sizes, &mut out);
            out
        });
        let expected: Vec<f64> = (0..out.len())
            .map(|e| {
                let (channel, query, sample) = (e % 4, e / 4, e / 12);
                let head = channel / 2;
                let score = |p: usize| f64::from(scores[query * 4 + head * 2 + p]).exp();
                let mut sum = 0.0;
                for p in 0..2 {
                    let offset =
                        |axis: usize| f64::from(offsets[query * 8 + (head * 2 + p) * 2 + axis]);
                    let place = |axis: usize| f64::from(places[query * 2 + axis]);
                    let (x, y) =
                        (place(0) * 4.0 + offset(0) - 0.5, place(1) * 3.0 + offset(1) - 0.5);
                    let share = score(p) / (score(0) + score(1));
                    for token in 0..12 {
                        let part =
                            |at: f64, token: usize| (1.0 - (at - token as f64).abs()).max(0.0);
                        let part = part(y, token / 4) * part(x, token % 4);
                        sum +=
                            share * part * f64::from(values[(sample * 12 + token) * 4 + channel]);
                    }
                }
                sum
            })
            .collect();
        assert_close(&out, &expected, 1e-5);
    }
}
