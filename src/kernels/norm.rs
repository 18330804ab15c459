//! Normalisation of groups of values.

use rayon::prelude::*;

use super::elementwise::CHUNK;
use super::simd::{LANES, dispatch, sum};

/// Which normalisation.
#[derive(Clone, Copy, Debug)]
pub enum Norm<'a> {
    /// `(x - mean)/√(variance + ε)·weight + bias`.
    Layer {
        /// `[width]`.
        weight: &'a [f32],
        /// `[width]`.
        bias: &'a [f32],
    },
    /// `x/√(mean of x² + ε)·weight`.
    Rms {
        /// `[width]`.
        weight: &'a [f32],
    },
}

/// Normalises each group of `width` values of `x` (the innermost axis or an equal part of it, such
/// as a head), where `width` is the length of the weight.
pub fn norm(x: &[f32], norm: &Norm, epsilon: f32, out: &mut [f32]) {
    let width = match norm {
        Norm::Layer { weight, bias } => {
            assert_eq!(weight.len(), bias.len(), "size of a norm's bias");
            weight.len()
        }
        Norm::Rms { weight } => weight.len(),
    };
    assert!(x.len() == out.len() && x.len().is_multiple_of(width), "size of a norm");
    let chunk = width * (CHUNK / width).max(1);
    x.par_chunks(chunk)
        .zip(out.par_chunks_mut(chunk))
        .for_each(|(x, out)| groups(x, norm, epsilon, out));
}

dispatch!(fn groups(x: &[f32], norm: &Norm, epsilon: f32, out: &mut [f32]) = groups_any);

#[inline(always)]
fn groups_any(x: &[f32], norm: &Norm, epsilon: f32, out: &mut [f32]) {
    match norm {
        Norm::Layer { weight, bias } => {
            let width = weight.len();
            for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                let mean = sum_of(x, |x| x) / width as f32;
                let variance = sum_of(x, |x| (x - mean) * (x - mean)) / width as f32;
                let factor = 1.0 / (variance + epsilon).sqrt();
                for (((out, x), weight), bias) in out.iter_mut().zip(x).zip(*weight).zip(*bias) {
                    *out = (x - mean) * factor * weight + bias;
                }
            }
        }
        Norm::Rms { weight } => {
            let width = weight.len();
            for (x, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                let square = sum_of(x, |x| x * x) / width as f32;
                let factor = 1.0 / (square + epsilon).sqrt();
                for ((out, x), weight) in out.iter_mut().zip(x).zip(*weight) {
                    *out = x * factor * weight;
                }
            }
        }
    }
}

/// `Σ term(x)` in [`LANES`] partial sums.
#[inline(always)]
fn sum_of(x: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += term(*x);
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        *sum += term(*x);
    }
    sum(sums)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::at_every_level;
    use crate::kernels::testing::{Numbers, assert_close, on_any_threads};

    fn check(rows: usize, width: usize, layer: bool) {
        let mut numbers = Numbers::new(7);
        let x: Vec<f32> = numbers.values(rows * width).iter().map(|x| x * 3.0 + 1.0).collect();
        let (weight, bias) = (numbers.values(width), numbers.values(width));
        let epsilon = 1e-5;
        let kind = if layer {
            Norm::Layer { weight: &weight, bias: &bias }
        } else {
            Norm::Rms { weight: &weight }
        };
        let run = || {
            let mut out = vec![f32::NAN; x.len()];
            norm(&x, &kind, epsilon, &mut out);
            out
        };
        let out = on_any_threads(run);
        let mut groups = vec![f32::NAN; x.len()];
        for level in at_every_level(|| {
            super::groups(&x, &kind, epsilon, &mut groups);
            groups.clone()
        }) {
            assert_eq!(level, out);
        }

        let mut expected = Vec::new();
        for x in x.chunks(width) {
            let x: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
            let mean = if layer { x.iter().sum::<f64>() / width as f64 } else { 0.0 };
            let square = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width as f64;
            for (i, x) in x.iter().enumerate() {
                let bias = if layer { f64::from(bias[i]) } else { 0.0 };
                let normal = (x - mean) / (square + f64::from(epsilon)).sqrt();
                expected.push(normal * f64::from(weight[i]) + bias);
            }
        }
        assert_close(&out, &expected, 2e-6);
    }

    #[test]
    fn agrees_with_f64() {
        for layer in [true, false] {
            for (rows, width) in [(1, 1), (3, 5), (7, 16), (5, 67), (40, 1030), (3, 20_000)] {
                check(rows, width, layer);
            }
        }
    }
}
