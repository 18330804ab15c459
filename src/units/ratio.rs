//! Fractions as people write them: `5%`, `0.05`, `1/20`. Exact, never rounded.

use std::fmt;

use super::{Fraction, exact, grouped, rounded_quotient};

/// The largest numerator and denominator, so that a part of a number that fits 128 bits is exact.
const MOST: i128 = 1_000_000_000_000_000_000;

/// A fraction of something, at least 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio(Fraction);

impl Ratio {
    /// Nothing of it.
    pub const ZERO: Ratio = Ratio(Fraction::ZERO);

    /// Reads `5%`, `0.05` or `1/20`.
    ///
    /// # Errors
    /// A message that says what to write.
    pub fn parse(text: &str) -> Result<Ratio, String> {
        let fail = || format!("`{text}` is not a fraction; help: write `5%`, `0.05` or `1/20`");
        let trimmed = text.trim();
        let (number, percent) = match trimmed.strip_suffix('%') {
            Some(number) => (number.trim_end(), 100),
            None => (trimmed, 1),
        };
        let read = match number.split_once('/') {
            None => decimal(number),
            Some((above, below)) => {
                decimal(above).zip(decimal(below)).and_then(|(a, b)| a.checked_div(b))
            }
        };
        let read = read.and_then(|read| read.checked_div(percent.into())).ok_or_else(fail)?;
        if read.numerator().max(read.denominator()) > MOST {
            return Err(format!("`{text}` has too many digits; help: 15 of them are enough"));
        }
        Ok(Ratio(read))
    }

    /// The largest whole number that is no more than this fraction of `value`'s magnitude. What
    /// does not fit 128 bits is the largest number that does.
    pub fn of(self, value: i128) -> i128 {
        let (numerator, denominator) = (self.0.numerator(), self.0.denominator());
        let value = value.saturating_abs();
        let whole = (value / denominator).checked_mul(numerator);
        let part = (value % denominator).checked_mul(numerator);
        let sum = whole.zip(part).and_then(|(whole, part)| whole.checked_add(part / denominator));
        sum.unwrap_or(i128::MAX)
    }

    /// The least and the most whole number that is off from `value` by at most this fraction of it;
    /// the least is the larger one where there is none.
    pub fn around(self, value: Fraction) -> (i128, i128) {
        let exactly = || {
            let magnitude = if value.is_negative() { value.checked_neg()? } else { value };
            let room = self.0.checked_mul(magnitude)?;
            Some((value.checked_sub(room)?.ceil(), value.checked_add(room)?.floor()))
        };
        exactly().unwrap_or_else(|| {
            let (value, room) = (value.round(), self.of(value.round()));
            (value.saturating_sub(room), value.saturating_add(room))
        })
    }
}

/// A decimal number without a sign.
fn decimal(text: &str) -> Option<Fraction> {
    Fraction::parse(text.trim()).filter(|_| !text.contains(['+', '-']))
}

impl fmt::Display for Ratio {
    /// In percent where that is a short number, else as it is: `5 %`, `0.125 %`, `1/3`.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (numerator, denominator) = (self.0.numerator(), self.0.denominator());
        for places in 0..=6u32 {
            let scale = 10i128.pow(places);
            let Some(scaled) = numerator.checked_mul(100 * scale) else { break };
            if scaled % denominator == 0 {
                let percent = scaled / denominator;
                let (whole, part) = (exact(percent / scale), percent % scale);
                return match places {
                    0 => write!(f, "{whole} %"),
                    _ => write!(f, "{whole}.{part:0width$} %", width = places as usize),
                };
            }
        }
        write!(f, "{numerator}/{denominator}")
    }
}

/// By how much a number changed, in percent of what it was: `+12.5 %`, `−0.03 %`; nothing from 0.
pub fn change(from: i128, to: i128) -> Option<String> {
    if from == 0 {
        return None;
    }
    let difference = to.checked_sub(from)?;
    let sign = match (difference < 0) == (from < 0) {
        _ if difference == 0 => "±",
        true => "+",
        false => "−",
    };
    let (mut part, mut whole) = (difference.unsigned_abs(), from.unsigned_abs());
    // What room the digits need; the last of some 30 are not seen in a percentage.
    while part > u128::MAX / 10_000_000 || whole > u128::MAX / 10_000_000 {
        (part, whole) = (part / 10, (whole / 10).max(1));
    }
    // Three digits: 0.00123 %, 0.123 %, 1.23 %, 12.3 %, 123 %.
    let scaled = |decimals: u32| rounded_quotient(part, whole, 100 * 10u128.pow(decimals));
    let decimals = match scaled(4) {
        0 if part > 0 => return Some(format!("{sign}< 0.0001 %")),
        0 => 0,
        1..=994 => 4,
        995..=9_994 => 3,
        9_995..=99_949 => 2,
        99_950..=999_499 => 1,
        _ => 0,
    };
    let (digits, power) = (scaled(decimals), 10u128.pow(decimals));
    let shown = match decimals {
        0 => grouped(digits),
        _ => format!("{}.{:0width$}", digits / power, digits % power, width = decimals as usize),
    };
    Some(format!("{sign}{shown} %"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_read_exactly() {
        for (text, of, value) in [
            ("5%", 5, 100),
            ("5 %", 4, 99),
            ("0.05", 5, 100),
            ("1/20", 5, 100),
            (".5", 2, 5),
            ("150%", 150, 100),
            ("0", 0, 1000),
            ("0.1%", 7_063_427, 7_063_427_072),
            ("1/3", 33, 100),
            ("33.3%", 333, 1000),
            ("0.5/0.25", 2, 1),
        ] {
            assert_eq!(Ratio::parse(text).unwrap().of(value), of, "{text} of {value}");
            assert_eq!(Ratio::parse(text).unwrap().of(-value), of, "{text} of -{value}");
        }
        for bad in ["", "%", "x", "-1", "-5%", "1/0", "1/", "5%%", "1e3", "1.2.3", "1/2/3", "٥"] {
            assert!(Ratio::parse(bad).is_err(), "{bad}");
        }
        for long in
            ["9".repeat(50), format!("0.{}", "3".repeat(30)), format!("1/{}", "7".repeat(20))]
        {
            assert!(Ratio::parse(&long).is_err(), "{long}");
        }
        let third = Ratio::parse("0.3333333333333333").unwrap();
        assert_eq!(third.of(9_000_000_000_000_000_000_000), 2_999_999_999_999_999_700_000);
        assert_eq!(Ratio::parse(&format!("0.05{}", "0".repeat(20))), Ratio::parse("5%"));
        assert_eq!(Ratio::parse("200%").unwrap().of(i128::MAX), i128::MAX);
        assert_eq!(Ratio::parse("100%").unwrap().of(i128::MAX), i128::MAX);
    }

    #[test]
    fn whole_numbers_around_a_number() {
        let around = |percent: &str, above, below| {
            Ratio::parse(percent).unwrap().around(Fraction::new(above, below).unwrap())
        };
        assert_eq!(around("5%", 99, 1), (95, 103));
        assert_eq!(around("5%", -99, 1), (-103, -95));
        assert_eq!(around("10%", 25, 2), (12, 13));
        assert_eq!(around("1%", 25, 2), (13, 12));
        assert_eq!(around("0", 7, 1), (7, 7));
        assert_eq!(around("200%", i128::MAX, 1), (0, i128::MAX));
        let most = i128::MAX / 2;
        assert_eq!(around("100%", most, 1), (0, 2 * most));
    }

    #[test]
    fn fractions_are_shown_in_percent() {
        for (text, shown) in [
            ("5%", "5 %"),
            ("0.05", "5 %"),
            ("0.125%", "0.125 %"),
            ("1/3", "1/3"),
            ("12.5", "1,250 %"),
            ("1/8", "12.5 %"),
        ] {
            assert_eq!(Ratio::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn changes_in_percent() {
        for (from, to, shown) in [
            (200, 210, "+5.00 %"),
            (576, 144, "−75.0 %"),
            (1, 1001, "+100,000 %"),
            (576, 576, "±0 %"),
            (1_000_000, 1_000_001, "+0.0001 %"),
            (1 << 60, (1 << 60) + 1, "+< 0.0001 %"),
            (-100, -150, "+50.0 %"),
        ] {
            assert_eq!(change(from, to).as_deref(), Some(shown), "{from} to {to}");
        }
        assert_eq!(change(0, 5), None);
        assert_eq!(change(i128::MIN, i128::MAX), None);
    }
}
