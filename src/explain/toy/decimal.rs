//! Decimal numbers without rounding: 0.1 + 0.2 is 0.3.

use std::fmt;

/// `digits / 10^places`, without zeros at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    digits: i128,
    places: u32,
}

impl Decimal {
    /// 0.
    pub const ZERO: Decimal = Decimal { digits: 0, places: 0 };

    fn new(mut digits: i128, mut places: u32) -> Decimal {
        while places > 0 && digits % 10 == 0 {
            digits /= 10;
            places -= 1;
        }
        Decimal { digits, places }
    }

    /// Reads `2`, `-0.5`, `−.25`, `+1.`; nothing for what is no decimal number or has more digits
    /// than 128 bits.
    pub fn parse(text: &str) -> Option<Decimal> {
        let text = text.replace('−', "-");
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let unsigned = whole.trim_start_matches(['+', '-']);
        let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let has_digits = !unsigned.is_empty() || !fraction.is_empty();
        let one_sign = whole.len() - unsigned.len() <= 1;
        if !(has_digits && one_sign && is_number(unsigned) && is_number(fraction)) {
            return None;
        }
        let digits = format!("{whole}{fraction}").parse().ok()?;
        Some(Decimal::new(digits, u32::try_from(fraction.len()).ok()?))
    }

    /// The product; nothing if it does not fit 128 bits.
    pub fn times(self, other: Decimal) -> Option<Decimal> {
        let digits = self.digits.checked_mul(other.digits)?;
        Some(Decimal::new(digits, self.places.checked_add(other.places)?))
    }

    /// The sum; nothing if it does not fit 128 bits.
    pub fn plus(self, other: Decimal) -> Option<Decimal> {
        let places = self.places.max(other.places);
        let scaled = |number: Decimal| {
            let factor = 10i128.checked_pow(places - number.places)?;
            number.digits.checked_mul(factor)
        };
        Some(Decimal::new(scaled(self)?.checked_add(scaled(other)?)?, places))
    }

    /// Whether it is below 0.
    pub fn is_negative(self) -> bool {
        self.digits < 0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "−" } else { "" };
        let places = self.places as usize;
        let digits = format!("{:0>1$}", self.digits.unsigned_abs(), places + 1);
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
