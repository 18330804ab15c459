//! The softmax of a row of scores.

use rayon::prelude::*;

use super::exp::exp;
use super::simd::{LANES, dispatch, sum};

dispatch!(
    /// The largest score (-∞ of none).
    pub fn maximum(scores: &[f32]) -> f32 = maximum_any
);

dispatch!(
    /// Turns scores into `e^(score - most)` and returns their sum: a softmax without its division.
    pub fn exponentials(scores: &mut [f32], most: f32) -> f32 = exponentials_any
);

/// `x [.., width]`: each row turned into shares of 1.
pub fn softmax(x: &mut [f32], width: usize) {
    assert!(x.len().is_multiple_of(width), "size of a softmax");
    x.par_chunks_mut(width).for_each(|row| {
        let most = maximum(row);
        let sum = exponentials(row, most);
        row.iter_mut().for_each(|share| *share /= sum);
    });
}

#[inline(always)]
fn maximum_any(scores: &[f32]) -> f32 {
    let (chunks, rest) = scores.as_chunks::<LANES>();
    let mut most = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (most, score) in most.iter_mut().zip(chunk) {
            *most = greater(*most, *score);
        }
    }
    for (most, score) in most.iter_mut().zip(rest) {
        *most = greater(*most, *score);
    }
    most.into_iter().fold(f32::NEG_INFINITY, greater)
}

/// `f32::max` without its care for NaN, in one instruction.
#[inline(always)]
fn greater(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

#[inline(always)]
fn exponentials_any(scores: &mut [f32], most: f32) -> f32 {
    let (chunks, rest) = scores.as_chunks_mut::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, score) in sums.iter_mut().zip(chunk) {
            *score = exp(*score - most);
            *sum += *score;
        }
    }
    for (sum, score) in sums.iter_mut().zip(rest) {
        *score = exp(*score - most);
        *sum += *score;
    }
    sum(sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::at_every_level;
    use crate::kernels::testing::{Numbers, assert_close};

    #[test]
    fn agrees_with_f64() {
        for width in [1, 3, 16, 17, 100, 577] {
            let scores: Vec<f32> =
                Numbers::new(4).values(width).iter().map(|x| x * 30.0 + 200.0).collect();
            let results = at_every_level(|| {
                let mut row = scores.clone();
                let most = maximum(&row);
                let sum = exponentials(&mut row, most);
                (row, sum, most)
            });
            assert!(results.iter().all(|r| *r == results[0]));
            assert_eq!(results[0].2, scores.iter().copied().fold(f32::MIN, f32::max));
            let most = f64::from(results[0].2);
            let expected: Vec<f64> = scores.iter().map(|s| (f64::from(*s) - most).exp()).collect();
            assert_close(&results[0].0, &expected, 1e-6);
            assert_close(&[results[0].1], &[expected.iter().sum()], 1e-6);
        }
        assert_eq!((maximum(&[]), exponentials(&mut [], 1.0)), (f32::NEG_INFINITY, 0.0));
    }
}
