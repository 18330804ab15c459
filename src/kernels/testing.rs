//! Helpers of the kernels' tests.

use std::fmt::Debug;

/// A small random number generator (xorshift64*).
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// `count` values in -1..1.
    pub fn values(&mut self, count: usize) -> Vec<f32> {
        let mut next = || {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            let bits = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40;
            bits as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }
}

/// The product of `[m, k]` and `[k, n]` by a triple loop in `f64`.
pub fn product(lhs: &[f32], rhs: &[f32], m: usize, k: usize, n: usize) -> Vec<f64> {
    let dot = |i: usize, j: usize| {
        (0..k).map(|l| f64::from(lhs[i * k + l]) * f64::from(rhs[l * n + j])).sum()
    };
    (0..m * n).map(|e| dot(e / n, e % n)).collect()
}

/// Asserts that every value is within `tolerance·max(1, |expected|)`.
#[track_caller]
pub fn assert_close(actual: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len());
    for (i, (a, e)) in actual.iter().zip(expected).enumerate() {
        let error = (f64::from(*a) - e).abs();
        assert!(error <= tolerance * e.abs().max(1.0), "value {i} is {a}, expected {e}");
    }
}

/// Runs `body` on 1, 2 and 3 threads, asserts that the results are the same and returns them.
#[track_caller]
pub fn on_any_threads<T: PartialEq + Debug + Send>(body: impl Fn() -> T + Sync) -> T {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(&body)
    };
    let one = run(1);
    assert!(one == run(2) && one == run(3), "the result depends on the number of threads");
    one
}

/// The bf16 nearest to `x`, found among its neighbours.
pub fn nearest_bf16(x: f32) -> f32 {
    if !x.is_finite() {
        return x;
    }
    let below = f32::from_bits(x.to_bits() & 0xffff_0000);
    let above = f32::from_bits((x.to_bits() & 0xffff_0000) + 0x1_0000);
    // Where the exponent ends, infinity stands for 2^128.
    let size = |x: f32| if x.is_finite() { f64::from(x).abs() } else { 2_f64.powi(128) };
    let (down, up) = (size(x) - size(below), size(above) - size(x));
    let even = below.to_bits() & 0x1_0000 == 0;
    if down < up || down == up && even { below } else { above }
}
