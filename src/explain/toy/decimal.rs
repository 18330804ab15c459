//! Decimal numbers without rounding: 0.1 + 0.2 is 0.3.

use std::fmt;

use crate::units::Fraction;

/// A fraction whose decimal digits end, and fit 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal(Fraction);

impl Decimal {
    /// 0.
    pub const ZERO: Decimal = Decimal(Fraction::ZERO);

    /// Reads `2`, `-0.5`, `−.25`, `+1.`; nothing for what is no decimal number or has more digits
    /// than 128 bits.
    pub fn parse(text: &str) -> Option<Decimal> {
        Fraction::parse(&text.replace('−', "-")).map(Decimal)
    }

    /// The product; nothing if it does not fit 128 bits.
    pub fn times(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_mul(other.0).and_then(Decimal::of)
    }

    /// The sum; nothing if it does not fit 128 bits.
    pub fn plus(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_add(other.0).and_then(Decimal::of)
    }

    /// Whether it is below 0.
    pub fn is_negative(self) -> bool {
        self.0.is_negative()
    }

    fn of(number: Fraction) -> Option<Decimal> {
        number.as_decimal().map(|_| Decimal(number))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (digits, places) = self.0.as_decimal().unwrap_or_default();
        let sign = if digits < 0 { "−" } else { "" };
        let places = places as usize;
        let digits = format!("{:0>1$}", digits.unsigned_abs(), places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        let point = if places > 0 { "." } else { "" };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn reads_and_writes_exactly() {
        for (text, shown) in [
            ("2", "2"),
            ("-0.50", "−0.5"),
            ("−.25", "−0.25"),
            ("+1.", "1"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("-0", "0"),
            ("100", "100"),
        ] {
            assert_eq!(decimal(text).to_string(), shown);
        }
        for bad in ["", "-", ".", "1e3", "1,5", "--1", "1.2.3", "x", "1-", "½", "1.-2"] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
        assert_eq!(Decimal::parse(&"9".repeat(40)), None);
        assert_eq!(Decimal::parse(&format!("0.{}", "1".repeat(99))), None);
    }

    #[test]
    fn adds_and_multiplies_exactly() {
        assert_eq!(decimal("0.1").plus(decimal("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(decimal("0.5").plus(decimal("-0.5")), Some(Decimal::ZERO));
        assert_eq!(decimal("1.5").times(decimal("-0.2")).unwrap().to_string(), "−0.3");
        let huge = decimal(&i128::MAX.to_string());
        assert_eq!((huge.plus(huge), huge.times(huge)), (None, None));
        assert_eq!(huge.plus(decimal("0.1")), None);
    }
}
