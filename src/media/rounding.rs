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

/// A positive double, rounded to 7 decimals, without its fraction: `int(round(number, 7))`. Only
/// what is less than half of the last decimal below a whole number becomes that number.
pub fn truncated_at_7_decimals(number: f64) -> u64 {
    let above = number.ceil();
    // The difference is exact, and no double of this size is 5e-8 away from a whole number.
    if above - number < 5e-8 { above as u64 } else { number as u64 }
}

/// Python's `//` of two positive doubles: what remains is taken off first, so that the quotient can
/// be one less than that of `/`, rounded down.
pub fn floor_divided(number: f64, by: f64) -> u64 {
    let quotient = (number - number % by) / by;
    let floor = quotient.floor();
    if quotient - floor > 0.5 { floor as u64 + 1 } else { floor as u64 }
}

/// CPython's `sum` from 3.12 on: whole numbers are added exactly until the first double; from there
/// on what each sum of doubles loses is kept beside it (Neumaier), and whole numbers are only
/// added.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    sum: f64,
    lost: f64,
    /// Whether a double was added.
    is_double: bool,
}

impl Sum {
    /// Adds a number, which is a whole number or a double to Python.
    pub fn add(&mut self, number: f64, is_whole: bool) {
        let sum = self.sum + number;
        if !is_whole && self.is_double {
            let (large, small) = if self.sum.abs() >= number.abs() {
                (self.sum, number)
            } else {
                (number, self.sum)
            };
            self.lost += (large - sum) + small;
        }
        self.is_double |= !is_whole;
        self.sum = sum;
    }

    /// The sum.
    pub fn total(self) -> f64 {
        self.sum + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_number() {
        assert_eq!([2.5, 3.5, 2.499, 0.5].map(half_even), [2, 4, 2, 0]);
        assert_eq!((truncated(2.9), ceiling(2.1), ceiling(2.0)), (2, 3, 2));
    }

    #[test]
    fn seven_decimals_make_a_whole_number() {
        assert_eq!(truncated_at_7_decimals(16.999_999_96), 17);
        assert_eq!(truncated_at_7_decimals(16.999_999_94), 16);
        assert_eq!(truncated_at_7_decimals(17.0), 17);
        assert_eq!(truncated_at_7_decimals(0.3), 0);
    }

    #[test]
    fn floor_division_is_of_the_exact_quotient() {
        // In Python, 1 / 0.1 is 10.0, but 1 // 0.1 is 9.0.
        assert_eq!((1.0_f64 / 0.1, floor_divided(1.0, 0.1)), (10.0, 9));
        assert_eq!(floor_divided(81.0, 1.5), 54);
    }

    #[test]
    fn a_sum_keeps_what_doubles_lose() {
        let mut sum = Sum::default();
        (0..10).for_each(|_| sum.add(0.1, false));
        assert_eq!(sum.total(), 1.0);
    }
}
