//! Exact fractions in formulas: arithmetic that failed says why.

use std::cmp::Ordering;

use super::EvalError::{self, DivisionByZero, Overflow};
use crate::units::{self, Fraction};

pub(super) use crate::units::gcd;

/// A [`Fraction`] whose arithmetic ends in the error of an evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Rational(Fraction);

impl From<i128> for Rational {
    fn from(number: i128) -> Self {
        Rational(Fraction::whole(number))
    }
}

impl Rational {
    pub(super) const ZERO: Rational = Rational(Fraction::ZERO);
    pub(super) const ONE: Rational = Rational(Fraction::ONE);

    pub(super) fn numerator(self) -> i128 {
        self.0.numerator()
    }

    pub(super) fn denominator(self) -> i128 {
        self.0.denominator()
    }

    pub(super) fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    pub(super) fn is_negative(self) -> bool {
        self.0.is_negative()
    }

    pub(super) fn as_integer(self) -> Option<i128> {
        self.0.as_integer()
    }

    pub(super) fn floor(self) -> i128 {
        self.0.floor()
    }

    pub(super) fn ceil(self) -> i128 {
        self.0.ceil()
    }

    /// The nearest whole number, of two equally near ones the even one.
    pub(super) fn round_even(self) -> i128 {
        let floor = self.floor();
        let over = self.numerator().rem_euclid(self.denominator());
        // `over` is less than the denominator, so neither the difference nor the sum overflows.
        let up = match over.cmp(&(self.denominator() - over)) {
            Ordering::Less => false,
            Ordering::Equal => floor % 2 != 0,
            Ordering::Greater => true,
        };
        floor + i128::from(up)
    }

    /// The largest multiple of a positive whole number that is not above this, and what is left.
    pub(super) fn split(self, step: i128) -> Result<(i128, Rational), EvalError> {
        let whole = self.floor().div_euclid(step).checked_mul(step).ok_or(Overflow)?;
        Ok((whole, self.checked_add(Rational::from(whole).checked_neg()?)?))
    }

    /// The largest positive number of which both are multiples, of numbers that are not both zero.
    pub(super) fn common(self, other: Rational) -> Result<Rational, EvalError> {
        let size = |number: Rational| number.numerator().checked_abs().ok_or(Overflow);
        let (a, b) = (size(self)?, size(other)?);
        let numerator = if b == 0 { a } else { gcd(a, b) };
        let denominator = lcm(self.denominator(), other.denominator())?;
        checked(Fraction::new(numerator, denominator))
    }

    pub(super) fn checked_neg(self) -> Result<Rational, EvalError> {
        checked(self.0.checked_neg())
    }

    pub(super) fn checked_add(self, other: Rational) -> Result<Rational, EvalError> {
        checked(self.0.checked_add(other.0))
    }

    pub(super) fn checked_mul(self, other: Rational) -> Result<Rational, EvalError> {
        checked(self.0.checked_mul(other.0))
    }

    pub(super) fn checked_div(self, other: Rational) -> Result<Rational, EvalError> {
        if other.is_zero() { Err(DivisionByZero) } else { checked(self.0.checked_div(other.0)) }
    }

    pub(super) fn checked_pow(self, exponent: i32) -> Result<Rational, EvalError> {
        if exponent < 0 && self.is_zero() {
            return Err(DivisionByZero);
        }
        checked(self.0.checked_pow(exponent))
    }

    /// An order that is total and cheap, but not that of the values.
    pub(super) fn order(self, other: Rational) -> Ordering {
        let key = |number: Rational| (number.denominator(), number.numerator());
        key(self).cmp(&key(other))
    }

    pub(super) fn checked_cmp(self, other: Rational) -> Result<Ordering, EvalError> {
        self.0.checked_cmp(other.0).ok_or(Overflow)
    }
}

/// A result, if it fits.
fn checked(result: Option<Fraction>) -> Result<Rational, EvalError> {
    result.map(Rational).ok_or(Overflow)
}

/// The least common multiple of two positive numbers.
pub(super) fn lcm(a: i128, b: i128) -> Result<i128, EvalError> {
    units::lcm(a, b).ok_or(Overflow)
}

/// The product of two whole numbers.
#[inline]
pub(super) fn mul(a: i128, b: i128) -> Result<i128, EvalError> {
    units::mul(a, b).ok_or(Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(num: i128, den: i128) -> Rational {
        Rational::from(num).checked_div(den.into()).unwrap()
    }

    #[test]
    fn stays_in_lowest_terms_with_a_positive_denominator() {
        assert_eq!(ratio(6, -4), ratio(-3, 2));
        assert_eq!(ratio(1, 6).checked_add(ratio(1, 3)), Ok(ratio(1, 2)));
        assert_eq!(ratio(3, 4).checked_mul(ratio(4, 3)), Ok(Rational::ONE));
        assert_eq!(ratio(0, 7), Rational::ZERO);
        assert_eq!(ratio(2, 3).checked_pow(-2), Ok(ratio(9, 4)));
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
        assert_eq!(Rational::ONE.checked_div(least), Err(Overflow));
        assert_eq!(least.checked_mul(least), Err(Overflow));
        assert_eq!(most.checked_add(Rational::ONE), Err(Overflow));
        assert_eq!(
            Rational::ONE.checked_div(most).unwrap().checked_add(ratio(1, 2)),
            Err(Overflow)
        );
        assert_eq!(Rational::ZERO.checked_pow(-1), Err(DivisionByZero));
        let tiny = ratio(1, i128::MAX).checked_mul(least).unwrap();
        assert_eq!((tiny.numerator(), tiny.denominator()), (i128::MIN, i128::MAX));
        let wide = i128::from(i64::MAX);
        assert_eq!(mul(wide, wide), Ok(wide * wide));
        assert_eq!(mul(wide * wide, 2), Ok(2 * wide * wide));
        assert_eq!(mul(wide * wide, 4), Err(Overflow));
        assert_eq!(least.checked_cmp(most), Ok(Ordering::Less));
        assert_eq!(ratio(1, 3).checked_cmp(ratio(1, 2)), Ok(Ordering::Less));
        assert_eq!(most.checked_cmp(ratio(1, 2)), Err(Overflow));
    }
}
