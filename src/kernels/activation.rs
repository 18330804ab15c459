//! Activation functions.

use rayon::prelude::*;

use super::elementwise::CHUNK;
use super::exp::{exp, exp_of_sum};
use super::simd::dispatch;

/// The activation functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `x·Φ(x)` with the error function.
    Gelu,
    /// GELU's `tanh` approximation.
    GeluTanh,
    /// `x·σ(1.702·x)`.
    QuickGelu,
    /// `x·σ(x)`.
    Silu,
    /// `max(x, 0)`.
    Relu,
    /// `max(x, 0)²`.
    Relu2,
    /// `σ(x)`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `max(0, min(1, x/6 + ½))`.
    HardSigmoid,
    /// `x` times its hard sigmoid.
    HardSwish,
}

/// Applies an activation to every value of `x`.
pub fn activation(x: &mut [f32], kind: Activation) {
    x.par_chunks_mut(CHUNK).for_each(|x| activate(x, kind));
}

dispatch!(fn activate(x: &mut [f32], kind: Activation) = activate_any);

#[inline(always)]
fn activate_any(x: &mut [f32], kind: Activation) {
    // One loop per function, and no closure, which might not be inlined.
    macro_rules! each {
        ($x:ident => $value:expr) => {
            for value in x {
                let $x = *value;
                *value = $value;
            }
        };
    }
    match kind {
        Activation::Gelu => each!(x => gelu(x)),
        Activation::GeluTanh => each!(x => gelu_tanh(x)),
        Activation::QuickGelu => each!(x => times_sigmoid(x, 1.702 * x)),
        Activation::Silu => each!(x => times_sigmoid(x, x)),
        Activation::Relu => each!(x => relu(x)),
        Activation::Relu2 => each!(x => relu(x) * relu(x)),
        Activation::Sigmoid => each!(x => times_sigmoid(1.0, x)),
        Activation::Tanh => each!(x => x.tanh()),
        Activation::HardSigmoid => each!(x => hard_sigmoid(x)),
        Activation::HardSwish => each!(x => x * hard_sigmoid(x)),
    }
}

#[inline(always)]
fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

#[inline(always)]
fn hard_sigmoid(x: f32) -> f32 {
    (x * (1.0 / 6.0) + 0.5).clamp(0.0, 1.0)
}

/// `x·σ(y)`.
#[inline(always)]
fn times_sigmoid(x: f32, y: f32) -> f32 {
    x / (1.0 + exp(-y))
}

/// `½·x·(1 + tanh u) = x·σ(2u)` with `u = √(2/π)·(x + 0.044715·x³)`: no cancellation, yet the
/// rounding of 2u costs up to 4e-6 of the value where that is tiny (x = -6).
#[inline(always)]
fn gelu_tanh(x: f32) -> f32 {
    times_sigmoid(x, x * (1.595_769 + 0.071_354_814 * (x * x)))
}

/// `x·Φ(x)`, where `Φ(-s) = ½·erfc(z)` with `z = s/√2`, and `erfc(z)·e^(z²)` is `t` times a
/// polynomial of `t = 1/(1 + z/2)`, a Chebyshev fit for `z <= 9.6` with an error of 2e-8.
#[inline(always)]
fn gelu(x: f32) -> f32 {
    let s = x.abs();
    let t = 1.0 / (1.0 + s * (0.5 * std::f32::consts::FRAC_1_SQRT_2));
    let mut p = 0.014_786_863;
    p = p * t - 0.136_321_68;
    p = p * t + 0.458_322_32;
    p = p * t - 0.707_314_85;
    p = p * t + 0.450_598_3;
    p = p * t - 0.113_095_56;
    p = p * t + 0.230_301_65;
    p = p * t + 0.237_702_32;
    p = p * t + 0.282_960_95;
    p = p * t + 0.282_059_64;
    // s² = h² + (s - h)·(s + h), where h has 12 bits and h² is exact.
    let h = f32::from_bits(s.to_bits() & 0xffff_f000);
    let tail = 0.5 * (p * t) * exp_of_sum(-0.5 * (h * h), -0.5 * ((s - h) * (s + h)));
    relu(x) - s * tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::at_every_level;
    use crate::kernels::testing::{assert_close, on_any_threads};

    /// `Φ(x)` by the series of erf near 0 and the continued fraction of erfc further out.
    fn normal_cdf(x: f64) -> f64 {
        let z = x.abs() / 2_f64.sqrt();
        let tail = if z < 2.5 {
            let (mut term, mut sum) = (z, z);
            for n in 1..80 {
                term *= -z * z / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            0.5 - sum / std::f64::consts::PI.sqrt()
        } else {
            let fraction = (1..80).rev().fold(z, |rest, n| z + f64::from(n) / 2.0 / rest);
            (-z * z).exp() / fraction / std::f64::consts::PI.sqrt() / 2.0
        };
        if x < 0.0 { tail } else { 1.0 - tail }
    }

    fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    fn exact(kind: Activation, x: f64) -> f64 {
        match kind {
            Activation::Gelu => x * normal_cdf(x),
            Activation::GeluTanh => {
                x * sigmoid((8.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3)))
            }
            Activation::QuickGelu => x * sigmoid(1.702 * x),
            Activation::Silu => x * sigmoid(x),
            Activation::Relu => x.max(0.0),
            Activation::Relu2 => x.max(0.0).powi(2),
            Activation::Sigmoid => sigmoid(x),
            Activation::Tanh => x.tanh(),
            Activation::HardSigmoid => (x / 6.0 + 0.5).clamp(0.0, 1.0),
            Activation::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        }
    }

    /// The largest relative error on -6..6 (GELU on -12..12).
    fn check(kind: Activation, tolerance: f64) {
        let range = if kind == Activation::Gelu { 12.0 } else { 6.0 };
        let x: Vec<f32> = (-50_001..=50_001).map(|i| i as f32 / 50_000.0 * range).collect();
        let y = on_any_threads(|| {
            let mut y = x.clone();
            activation(&mut y, kind);
            y
        });
        for level in at_every_level(|| {
            let mut y = x.clone();
            activate(&mut y, kind);
            y
        }) {
            assert!(level == y, "{kind:?} differs between instruction sets");
        }
        let error = |(x, y): (&f32, &f32)| {
            let expected = exact(kind, f64::from(*x));
            if expected == 0.0 {
                f64::from(y.abs())
            } else {
                (f64::from(*y) / expected - 1.0).abs()
            }
        };
        let worst = x.iter().zip(&y).map(error).fold(0.0, f64::max);
        assert!(worst < tolerance, "{kind:?}: {worst:e}");
    }

    #[test]
    fn agree_with_f64() {
        check(Activation::Gelu, 1e-6);
        check(Activation::GeluTanh, 4e-6);
        check(Activation::QuickGelu, 1e-6);
        check(Activation::Silu, 4e-7);
        check(Activation::Relu, 1e-9);
        check(Activation::Relu2, 1e-7);
        check(Activation::Sigmoid, 4e-7);
        check(Activation::Tanh, 1e-6);
    }

    #[test]
    fn in_three_pieces() {
        for kind in [Activation::HardSigmoid, Activation::HardSwish] {
            let mut x: Vec<f32> = (-80..=80).map(|i| i as f32 / 16.0).collect();
            let expected: Vec<f64> = x.iter().map(|x| exact(kind, f64::from(*x))).collect();
            activation(&mut x, kind);
            assert_close(&x, &expected, 1e-6);
        }
    }

    #[test]
    fn far_out() {
        use Activation::{Gelu, GeluTanh, QuickGelu, Relu, Relu2, Silu};
        for kind in [Gelu, GeluTanh, QuickGelu, Silu, Relu, Relu2] {
            let mut x = [-1000.0, -100.0, 0.0, 100.0];
            activation(&mut x, kind);
            assert!(x[0].abs() < 1e-30 && x[1].abs() < 1e-30 && x[2] == 0.0, "{kind:?} {x:?}");
            assert_eq!(x[3], if kind == Relu2 { 10_000.0 } else { 100.0 });
        }
    }
}
