//! A number of an expectation, written as people write it.

use std::fmt;

use serde::de::{Error, Expected, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::units::{self, Fraction, Unit};

/// A number: `576`, `7.1B`, `9.5 TFLOP`, `2 GiB`, `13.2 GiB`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The number, which is whole if it has no unit.
    pub value: Fraction,
    /// What it counts, if it was written with a unit that says so.
    pub unit: Option<Unit>,
    /// How it was written, if that is not its digits: `24 GiB`, `7.1B`.
    written: Option<Box<str>>,
}

impl Bound {
    /// A number without a unit.
    pub fn plain(value: impl Into<i128>) -> Bound {
        Bound { value: Fraction::whole(value.into()), unit: None, written: None }
    }

    /// Reads text.
    ///
    /// # Errors
    /// A message that says what to write.
    pub fn parse(text: &str) -> Result<Bound, String> {
        let (value, unit) = units::parse(text)?;
        let is_digits = !text.contains(char::is_alphabetic);
        let written = (!is_digits).then(|| text.trim().into());
        Ok(Bound { value, unit, written })
    }

    /// As it was written, with the whole number beside that it comes down to:
    /// `24 GiB (25,769,803,776 B)`.
    pub fn show(&self, whole: i128, of: Unit) -> String {
        match &self.written {
            Some(written) => format!("{written} ({})", units::exact_with_unit(whole, of)),
            None => units::full(whole, of),
        }
    }

    /// Reads a float of a spec, such as `7e9`, where something else was expected if it is none.
    ///
    /// # Errors
    /// What to write instead.
    pub fn of_float<E: Error>(number: f64, expected: &dyn Expected) -> Result<Bound, E> {
        // No number of a plan is as large, nor is what is no number.
        if number.is_nan() || number.abs() >= 1e36 {
            return Err(E::invalid_type(Unexpected::Float(number), expected));
        }
        // The shortest digits that give this number: those that were written.
        Bound::parse(&number.to_string()).map_err(E::custom)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.written {
            Some(written) => f.write_str(written),
            None => f.write_str(&units::exact(self.value.round())),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bound, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Bound;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number: `576`, `7.1B`, `9.5 TFLOP`, `2 GiB`")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Bound, E> {
                Ok(Bound::plain(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Bound, E> {
                Ok(Bound::plain(value))
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<Bound, E> {
                Ok(Bound::plain(value))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Bound, E> {
                Bound::of_float(value, &self)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Bound, E> {
                Bound::parse(text).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_stays_as_it_was_written() {
        let show = |text: &str, of| {
            let bound = Bound::parse(text).unwrap();
            bound.show(bound.value.floor(), of)
        };
        assert_eq!(show(" 24 GiB ", Unit::Byte), "24 GiB (25,769,803,776 B)");
        assert_eq!(show("7.1B", Unit::Count), "7.1B (7,100,000,000)");
        assert_eq!(show("9.5 TFLOP", Unit::Flop), "9.5 TFLOP (9,500,000,000,000 FLOP)");
        assert_eq!(show("1_000", Unit::Count), "1,000");
        assert_eq!(show("13.2 GiB", Unit::Byte), "13.2 GiB (14,173,392,076 B)");
        assert_eq!(show("8589934592", Unit::Byte), "8,589,934,592 B (8.00 GiB)");
    }
}
