//! Roundings as the processors' code has them.

/// A positive double to the nearest whole number, halves to the even one, as Python's `round`.
pub fn half_even(number: f64) -> u64 {
    number.round_ties_even() as u64
}

/// A positive double without its fraction, as Python's `int`, and its `floor`.
pub fn truncated(number: f64) -> u64 {
    number as u64
}

/// A positive double up to a whole number.
pub fn ceiling(number: f64) -> u64 {
    number.ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_number() {
        assert_eq!([2.5, 3.5, 2.499, 0.5].map(half_even), [2, 4, 2, 0]);
        assert_eq!((truncated(2.9), ceiling(2.1), ceiling(2.0)), (2, 3, 2));
    }
}
