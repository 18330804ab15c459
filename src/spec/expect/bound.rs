//! A number of an expectation, written as people write it.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

use crate::units::{self, Unit};

/// A whole number: `576`, `7.1B`, `9.5 TFLOP`, `2 GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The number.
    pub value: i128,
    /// What it counts, if it was written with a unit that says so.
    pub unit: Option<Unit>,
}

impl Bound {
    /// A number without a unit.
    pub fn plain(value: impl Into<i128>) -> Bound {
        Bound { value: value.into(), unit: None }
    }

    /// Reads text.
    pub(super) fn parse<E: Error>(text: &str) -> Result<Bound, E> {
        units::parse(text).map(|(value, unit)| Bound { value, unit }).map_err(E::custom)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&units::exact(self.value))
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

            fn visit_str<E: Error>(self, text: &str) -> Result<Bound, E> {
                Bound::parse(text)
            }
        }

        deserializer.deserialize_any(Number)
    }
}
