//! The exact fraction: every number that need not be whole.

use std::cmp::Ordering;

/// A fraction of 128-bit integers in lowest terms, with a positive denominator. What does not fit
/// is nothing, never a rounded number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl From<i128> for Fraction {
    fn from(number: i128) -> Fraction {
        Fraction::whole(number)
    }
}

impl Fraction {
    /// Zero.
    pub const ZERO: Fraction = Fraction::whole(0);
    /// One.
    pub const ONE: Fraction = Fraction::whole(1);

    /// A whole number.
    pub const fn whole(number: i128) -> Fraction {
        Fraction { numerator: number, denominator: 1 }
    }

    /// A number over another; nothing over 0.
    pub fn new(numerator: i128, denominator: i128) -> Option<Fraction> {
        Fraction::whole(numerator).checked_div(Fraction::whole(denominator))
    }

    /// A decimal number as it is written: `2`, `-0.5`, `.25`, `+1.`.
    pub fn parse(text: &str) -> Option<Fraction> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let unsigned = whole.strip_prefix(['+', '-']).unwrap_or(whole);
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if (unsigned.is_empty() && part.is_empty()) || !is_number(unsigned) || !is_number(part) {
            return None;
        }
        let digits = format!("{whole}{part}").parse().ok()?;
        Fraction::new(digits, 10i128.checked_pow(u32::try_from(part.len()).ok()?)?)
    }

    /// The number above the line.
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// The number below the line, at least 1.
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// Whether it is 0.
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Whether it is below 0.
    pub fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// The whole number that it is, if it is one.
    pub fn as_integer(self) -> Option<i128> {
        (self.denominator == 1).then_some(self.numerator)
    }

    /// The digits of a decimal number and how many of them stand after the point, as few as can
    /// be; nothing for a third, or where the digits do not fit.
    pub fn as_decimal(self) -> Option<(i128, u32)> {
        let twos = self.denominator.trailing_zeros();
        let (mut fives, mut left) = (0, self.denominator >> twos);
        while left % 5 == 0 {
            (fives, left) = (fives + 1, left / 5);
        }
        let places = twos.max(fives);
        let scale = 10i128.checked_pow(places).filter(|_| left == 1)?;
        Some((self.numerator.checked_mul(scale / self.denominator)?, places))
    }

    /// The largest whole number that is no larger.
    pub fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// The least whole number that is no smaller.
    pub fn ceil(self) -> i128 {
        // A fraction has a denominator of at least 2, so its floor is far from the largest number.
        self.floor() + i128::from(self.denominator != 1)
    }

    /// The nearest whole number, the larger of two.
    pub fn round(self) -> i128 {
        let remainder = self.numerator.rem_euclid(self.denominator);
        self.floor() + i128::from(remainder >= self.denominator - remainder)
    }

    /// The number with the other sign.
    pub fn checked_neg(self) -> Option<Fraction> {
        Some(Fraction { numerator: self.numerator.checked_neg()?, ..self })
    }

    /// The sum.
    pub fn checked_add(self, other: Fraction) -> Option<Fraction> {
        if self.denominator == 1 && other.denominator == 1 {
            return self.numerator.checked_add(other.numerator).map(Fraction::whole);
        }
        let shared = gcd(self.denominator, other.denominator);
        let (left, right) = (other.denominator / shared, self.denominator / shared);
        let numerator = self.numerator.checked_mul(left)?;
        let numerator = numerator.checked_add(other.numerator.checked_mul(right)?)?;
        let denominator = self.denominator.checked_mul(left)?;
        let shared = gcd(numerator, denominator);
        Some(Fraction { numerator: numerator / shared, denominator: denominator / shared })
    }

    /// The difference.
    pub fn checked_sub(self, other: Fraction) -> Option<Fraction> {
        self.checked_add(other.checked_neg()?)
    }

    /// The product.
    pub fn checked_mul(self, other: Fraction) -> Option<Fraction> {
        if self.denominator == 1 && other.denominator == 1 {
            return mul(self.numerator, other.numerator).map(Fraction::whole);
        }
        // Reducing crosswise first keeps the products small, and the result in lowest terms.
        let left = gcd(self.numerator, other.denominator);
        let right = gcd(other.numerator, self.denominator);
        Some(Fraction {
            numerator: (self.numerator / left).checked_mul(other.numerator / right)?,
            denominator: (self.denominator / right).checked_mul(other.denominator / left)?,
        })
    }

    /// The quotient; nothing over 0.
    pub fn checked_div(self, other: Fraction) -> Option<Fraction> {
        self.checked_mul(other.checked_recip()?)
    }

    /// One over it; nothing for 0.
    pub fn checked_recip(self) -> Option<Fraction> {
        let Fraction { numerator, denominator } = self;
        match numerator.signum() {
            0 => None,
            1 => Some(Fraction { numerator: denominator, denominator: numerator }),
            _ => Some(Fraction { numerator: -denominator, denominator: numerator.checked_neg()? }),
        }
    }

    /// The power; nothing for 0 to a negative one.
    pub fn checked_pow(self, exponent: i32) -> Option<Fraction> {
        if exponent == 1 {
            return Some(self);
        }
        let base = if exponent < 0 { self.checked_recip()? } else { self };
        let exponent = exponent.unsigned_abs();
        Some(Fraction {
            numerator: base.numerator.checked_pow(exponent)?,
            denominator: base.denominator.checked_pow(exponent)?,
        })
    }

    /// Which of two is larger; nothing where that needs more than 128 bits.
    pub fn checked_cmp(self, other: Fraction) -> Option<Ordering> {
        if self.denominator == other.denominator {
            return Some(self.numerator.cmp(&other.numerator));
        }
        let left = self.numerator.checked_mul(other.denominator)?;
        Some(left.cmp(&other.numerator.checked_mul(self.denominator)?))
    }
}

/// The product. Most numbers have 64 bits: of two such it always fits, and is many times faster.
#[inline]
pub fn mul(a: i128, b: i128) -> Option<i128> {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
        _ => a.checked_mul(b),
    }
}

/// The least common multiple of two positive numbers.
pub fn lcm(a: i128, b: i128) -> Option<i128> {
    (a / gcd(a, b)).checked_mul(b)
}

/// The greatest common divisor of any number and a positive one: at least 1, at most `b`.
pub fn gcd(a: i128, b: i128) -> i128 {
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

    fn ratio(numerator: i128, denominator: i128) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    #[test]
    fn stays_in_lowest_terms_with_a_positive_denominator() {
        assert_eq!(ratio(6, -4), Fraction { numerator: -3, denominator: 2 });
        assert_eq!(ratio(1, 6).checked_add(ratio(1, 3)), Some(ratio(1, 2)));
        assert_eq!(ratio(1, 6).checked_sub(ratio(2, 3)), Some(ratio(-1, 2)));
        assert_eq!(ratio(3, 4).checked_mul(ratio(4, 3)), Some(Fraction::ONE));
        assert_eq!(ratio(0, 7), Fraction::ZERO);
        assert_eq!(ratio(2, 3).checked_pow(-2), Some(Fraction { numerator: 9, denominator: 4 }));
        assert_eq!((gcd(-12, 18), lcm(4, 6), lcm(i128::MAX, 2)), (6, Some(12), None));
    }

    #[test]
    fn rounds_towards_the_right_side() {
        assert_eq!((ratio(7, 2).floor(), ratio(7, 2).ceil(), ratio(7, 2).round()), (3, 4, 4));
        assert_eq!((ratio(-7, 2).floor(), ratio(-7, 2).ceil()), (-4, -3));
        assert_eq!((ratio(-7, 2).round(), ratio(10, 3).round()), (-3, 3));
        let most = Fraction::whole(i128::MAX);
        assert_eq!((most.floor(), most.ceil(), most.round()), (i128::MAX, i128::MAX, i128::MAX));
        assert_eq!(ratio(i128::MAX, 2).ceil(), i128::MAX / 2 + 1);
        assert_eq!(Fraction::whole(i128::MIN).ceil(), i128::MIN);
    }

    #[test]
    fn decimal_numbers() {
        for (text, numerator, denominator) in
            [("2", 2, 1), ("-0.50", -1, 2), (".25", 1, 4), ("+1.", 1, 1), ("0.30", 3, 10)]
        {
            assert_eq!(Fraction::parse(text), Some(ratio(numerator, denominator)), "{text}");
        }
        for bad in ["", "-", ".", "1e3", "1,5", "--1", "1.2.3", "x", "1-", "½", "1.-2"] {
            assert_eq!(Fraction::parse(bad), None, "{bad}");
        }
        assert_eq!(ratio(-3, 40).as_decimal(), Some((-75, 3)));
        assert_eq!(Fraction::whole(100).as_decimal(), Some((100, 0)));
        assert_eq!((ratio(1, 3).as_decimal(), ratio(i128::MAX, 2).as_decimal()), (None, None));
        assert_eq!(ratio(1, 1 << 126).as_decimal(), None);
    }

    #[test]
    fn the_extremes_are_nothing_and_no_panics() {
        let (least, most) = (Fraction::whole(i128::MIN), Fraction::whole(i128::MAX));
        assert_eq!((least.checked_neg(), least.checked_recip()), (None, None));
        assert_eq!((least.checked_mul(least), most.checked_add(Fraction::ONE)), (None, None));
        assert_eq!(most.checked_recip().unwrap().checked_add(ratio(1, 2)), None);
        assert_eq!((Fraction::ZERO.checked_pow(-1), Fraction::new(1, 0)), (None, None));
        assert_eq!(ratio(1, i128::MAX).checked_mul(least), Some(ratio(i128::MIN, i128::MAX)));
        assert_eq!(least.checked_cmp(most), Some(Ordering::Less));
        assert_eq!(ratio(1, 3).checked_cmp(ratio(1, 2)), Some(Ordering::Less));
        assert_eq!(most.checked_cmp(ratio(1, 2)), None);
    }
}
