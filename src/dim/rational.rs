//! Checked exact fractions of 128-bit integers.

use std::cmp::Ordering;

use super::EvalError::{self, DivisionByZero, Overflow};

/// A fraction in lowest terms with a positive denominator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Rational {
    num: i128,
    den: i128,
}

impl From<i128> for Rational {
    fn from(num: i128) -> Self {
        Rational { num, den: 1 }
    }
}

impl Rational {
    pub(super) const ZERO: Rational = Rational { num: 0, den: 1 };
    pub(super) const ONE: Rational = Rational { num: 1, den: 1 };

    pub(super) fn numerator(self) -> i128 {
        self.num
    }

    pub(super) fn denominator(self) -> i128 {
        self.den
    }

    pub(super) fn is_zero(self) -> bool {
        self.num == 0
    }

    pub(super) fn is_negative(self) -> bool {
        self.num < 0
    }

    pub(super) fn as_integer(self) -> Option<i128> {
        (self.den == 1).then_some(self.num)
    }

    pub(super) fn floor(self) -> i128 {
        self.num.div_euclid(self.den)
    }

    pub(super) fn ceil(self) -> i128 {
        // A fraction has a denominator of at least 2, so its floor is far from the largest number.
        self.floor() + i128::from(self.den != 1)
    }

    /// The nearest whole number, of two equally near ones the even one.
    pub(super) fn round_even(self) -> i128 {
        let (floor, over) = (self.floor(), self.num.rem_euclid(self.den));
        // `over` is less than the denominator, so neither the difference nor the sum overflows.
        let up = match over.cmp(&(self.den - over)) {
            Ordering::Less => false,
            Ordering::Equal => floor % 2 != 0,
            Ordering::Greater => true,
        };
        floor + i128::from(up)
    }

    /// The largest multiple of a positive whole number that is not above this, and what is left.
    pub(super) fn split(self, step: i128) -> Result<(i128, Rational), EvalError> {
        let whole = mul(self.floor().div_euclid(step), step)?;
        Ok((whole, self.checked_add(Rational::from(whole).checked_neg()?)?))
    }

    /// The largest positive number of which both are multiples, of numbers that are not both zero.
    pub(super) fn common(self, other: Rational) -> Result<Rational, EvalError> {
        let (a, b) = (self.num.checked_abs(), other.num.checked_abs());
        let (a, b) = (a.ok_or(Overflow)?, b.ok_or(Overflow)?);
        let num = if b == 0 { a } else { gcd(a, b) };
        Ok(Rational { num, den: lcm(self.den, other.den)? })
    }

    pub(super) fn checked_neg(self) -> Result<Rational, EvalError> {
        let num = self.num.checked_neg().ok_or(Overflow)?;
        Ok(Rational { num, ..self })
    }

    pub(super) fn checked_add(self, other: Rational) -> Result<Rational, EvalError> {
        if self.den == 1 && other.den == 1 {
            let num = self.num.checked_add(other.num).ok_or(Overflow)?;
            return Ok(Rational { num, den: 1 });
        }
        let common = gcd(self.den, other.den);
        let (left, right) = (other.den / common, self.den / common);
        let num = mul(self.num, left)?.checked_add(mul(other.num, right)?);
        let (num, den) = (num.ok_or(Overflow)?, mul(self.den, left)?);
        let common = gcd(num, den);
        Ok(Rational { num: num / common, den: den / common })
    }

    pub(super) fn checked_mul(self, other: Rational) -> Result<Rational, EvalError> {
        if self.den == 1 && other.den == 1 {
            let num = mul(self.num, other.num)?;
            return Ok(Rational { num, den: 1 });
        }
        // Reducing crosswise first keeps the products small, and the result in lowest terms.
        let (left, right) = (gcd(self.num, other.den), gcd(other.num, self.den));
        Ok(Rational {
            num: mul(self.num / left, other.num / right)?,
            den: mul(self.den / right, other.den / left)?,
        })
    }

    pub(super) fn checked_div(self, other: Rational) -> Result<Rational, EvalError> {
        self.checked_mul(other.checked_recip()?)
    }

    pub(super) fn checked_pow(self, exponent: i32) -> Result<Rational, EvalError> {
        if exponent == 1 {
            return Ok(self);
        }
        let base = if exponent < 0 { self.checked_recip()? } else { self };
        let exponent = exponent.unsigned_abs();
        Ok(Rational {
            num: base.num.checked_pow(exponent).ok_or(Overflow)?,
            den: base.den.checked_pow(exponent).ok_or(Overflow)?,
        })
    }

    /// An order that is total and cheap, but not that of the values.
    pub(super) fn order(self, other: Rational) -> Ordering {
        (self.den, self.num).cmp(&(other.den, other.num))
    }

    pub(super) fn checked_cmp(self, other: Rational) -> Result<Ordering, EvalError> {
        if self.den == other.den {
            return Ok(self.num.cmp(&other.num));
        }
        Ok(mul(self.num, other.den)?.cmp(&mul(other.num, self.den)?))
    }

    fn checked_recip(self) -> Result<Rational, EvalError> {
        match self.num.signum() {
            0 => Err(DivisionByZero),
            1 => Ok(Rational { num: self.den, den: self.num }),
            _ => Ok(Rational { num: -self.den, den: self.num.checked_neg().ok_or(Overflow)? }),
        }
    }
}

/// The least common multiple of two positive numbers.
pub(super) fn lcm(a: i128, b: i128) -> Result<i128, EvalError> {
    mul(a / gcd(a, b), b)
}

/// The product. Most numbers have 64 bits: of two such it always fits, and is many times faster.
#[inline]
pub(super) fn mul(a: i128, b: i128) -> Result<i128, EvalError> {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => Ok(i128::from(a) * i128::from(b)),
        _ => a.checked_mul(b).ok_or(Overflow),
    }
}

/// The greatest common divisor of any number and a positive one: at least 1, at most `b`.
pub(super) fn gcd(a: i128, b: i128) -> i128 {
    // 64-bit division is many times faster, and nearly always enough.
    if let (Ok(mut x), Ok(mut y)) = (u64::try_from(a.unsigned_abs()), u64::try_from(b)) {
        while x != 0 {
            (x, y) = (y % x, x);
        }
        return i128::from(y);
    }
    let (mut x, mut y) = ((a % b).abs(), b);
    while x != 0 {
        (x, y) = (y % x, x);
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(num: i128, den: i128) -> Rational {
        Rational::from(num).checked_div(den.into()).unwrap()
    }

    #[test]
    fn stays_in_lowest_terms_with_a_positive_denominator() {
        assert_eq!(ratio(6, -4), Rational { num: -3, den: 2 });
        assert_eq!(ratio(1, 6).checked_add(ratio(1, 3)), Ok(Rational { num: 1, den: 2 }));
        assert_eq!(ratio(3, 4).checked_mul(ratio(4, 3)), Ok(Rational::ONE));
        assert_eq!(ratio(0, 7), Rational::ZERO);
        assert_eq!(ratio(2, 3).checked_pow(-2), Ok(Rational { num: 9, den: 4 }));
    }

    #[test]
    fn rounds_towards_the_right_infinity() {
        assert_eq!((ratio(7, 2).floor(), ratio(7, 2).ceil()), (3, 4));
        assert_eq!((ratio(-7, 2).floor(), ratio(-7, 2).ceil()), (-4, -3));
        let most = Rational::from(i128::MAX);
        assert_eq!((most.floor(), most.ceil()), (i128::MAX, i128::MAX));
        assert_eq!(ratio(i128::MAX, 2).ceil(), i128::MAX / 2 + 1);
        assert_eq!(Rational::from(i128::MIN).ceil(), i128::MIN);
    }

    #[test]
    fn halves_round_to_the_even_number() {
        let rounded = |num, den| ratio(num, den).round_even();
        assert_eq!([1, 3, 5, -1, -3, -5].map(|n| rounded(n, 2)), [0, 2, 2, 0, -2, -2]);
        assert_eq!([4, 5, 7, 8, -4, -5].map(|n| rounded(n, 3)), [1, 2, 2, 3, -1, -2]);
        assert_eq!(rounded(i128::MAX, 2), i128::MAX / 2 + 1);
        assert_eq!(rounded(i128::MIN, 1), i128::MIN);
        assert_eq!(rounded(i128::MAX - 1, i128::MAX), 1);
    }

    #[test]
    fn splits_off_whole_steps_and_common_factors() {
        assert_eq!(ratio(7, 2).split(1), Ok((3, ratio(1, 2))));
        assert_eq!(ratio(-7, 2).split(2), Ok((-4, ratio(1, 2))));
        assert_eq!(ratio(4, 3).common(ratio(-2, 5)), Ok(ratio(2, 15)));
        assert_eq!(Rational::ZERO.common(ratio(-2, 5)), Ok(ratio(2, 5)));
        assert_eq!(Rational::from(i128::MIN).common(Rational::ONE), Err(Overflow));
    }

    #[test]
    fn the_extremes_are_errors_not_panics() {
        let (least, most) = (Rational::from(i128::MIN), Rational::from(i128::MAX));
        assert_eq!(least.checked_neg(), Err(Overflow));
        assert_eq!(least.checked_recip(), Err(Overflow));
        assert_eq!(least.checked_mul(least), Err(Overflow));
        assert_eq!(most.checked_add(Rational::ONE), Err(Overflow));
        assert_eq!(most.checked_recip().unwrap().checked_add(ratio(1, 2)), Err(Overflow));
        assert_eq!(Rational::ZERO.checked_pow(-1), Err(DivisionByZero));
        assert_eq!(
            ratio(1, i128::MAX).checked_mul(least),
            Ok(Rational { num: i128::MIN, den: i128::MAX })
        );
        let wide = i128::from(i64::MAX);
        assert_eq!(mul(wide, wide), Ok(wide * wide));
        assert_eq!(mul(wide * wide, 2), Ok(2 * wide * wide));
        assert_eq!(mul(wide * wide, 4), Err(Overflow));
        assert_eq!(least.checked_cmp(most), Ok(Ordering::Less));
        assert_eq!(ratio(1, 3).checked_cmp(ratio(1, 2)), Ok(Ordering::Less));
        assert_eq!(most.checked_cmp(ratio(1, 2)), Err(Overflow));
    }
}
