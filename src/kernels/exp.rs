//! The exponential function, for loops that the compiler vectorises.

/// `log2(e)`.
const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// `ln 2` in two parts, the first with so few bits that its product with an exponent is exact.
const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);
/// Adding and subtracting 1.5·2²³ rounds to an integer, whose bits are then the lowest of the sum.
const ROUND: f32 = 12_582_912.0;
/// The range in which the result is a normal number.
const LOWEST: f32 = -87.3;
const HIGHEST: f32 = 88.3;

/// `eˣ` to about 1.5e-7 of its value: 0 below -87.3, 2.2e38 above 88.3.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    exp_of_sum(x, 0.0)
}

/// `e^(high + low)`, where `|low|` is far below 1: as accurate as if the sum were not rounded.
#[inline(always)]
pub fn exp_of_sum(high: f32, low: f32) -> f32 {
    let x = if high > HIGHEST { HIGHEST } else { high };
    let x = if x > LOWEST { x } else { LOWEST };
    let shifted = x * LOG2_E + ROUND;
    let exponent = shifted - ROUND;
    // x = exponent·ln 2 + r with |r| <= ln 2 / 2; the polynomial is Cephes' expf.
    let r = ((x - exponent * LN_2.0) - exponent * LN_2.1) + low;
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    let result = (p * (r * r) + r + 1.0) * power;
    if high < LOWEST { 0.0 } else { result }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_f64() {
        for i in -87_000..88_000 {
            let x = i as f32 * 1.001e-3;
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 2e-7, "exp({x}) = {}", exp(x));
            let low = x * 1e-4;
            let expected = (f64::from(x) + f64::from(low)).exp();
            let sum = exp_of_sum(x, low);
            assert!((f64::from(sum) / expected - 1.0).abs() < 3e-7, "exp({x} + {low}) = {sum}");
        }
    }

    #[test]
    fn limits() {
        assert_eq!((exp(0.0), exp(-88.0), exp(f32::NEG_INFINITY)), (1.0, 0.0, 0.0));
        assert!(exp(1e9).is_finite() && exp(1e9) > 2e38);
    }
}
