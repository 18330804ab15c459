//! Numbers of a spec that need not be whole: seconds, frames per second.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::diag::{Code, refuse};

/// A number up to 10^9 that need not be whole: at least 0 if `ZERO`, else above 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Real<const ZERO: bool>(f64);

/// A rate or a duration: above 0.
pub type Rate = Real<false>;

/// A distance from a start: at least 0.
pub type Offset = Real<true>;

impl<const ZERO: bool> Real<ZERO> {
    /// The largest, 10^9.
    pub const MAX: f64 = 1e9;

    /// The number, if it is in range.
    pub fn new(number: f64) -> Option<Self> {
        let is_fit = (0.0..=Self::MAX).contains(&number) && (ZERO || number > 0.0);
        is_fit.then_some(Real(number))
    }

    /// A constant; one out of range does not compile where it is used as such.
    pub const fn of(number: f64) -> Self {
        assert!(number <= Self::MAX && (number > 0.0 || (ZERO && number == 0.0)));
        Real(number)
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }

    fn check<E: Error>(number: f64) -> Result<Self, E> {
        let least = if ZERO { "from 0" } else { "above 0, and" };
        let help = format!("write a number {least} up to 1_000_000_000");
        let text = format_args!("{number} is not in range");
        Real::new(number).ok_or_else(|| refuse(Code::OutOfRange, text, Some(&help)))
    }
}

impl<const ZERO: bool> fmt::Display for Real<ZERO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const ZERO: bool> Serialize for Real<ZERO> {
    /// A whole number without a point, as it is written.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 {
            serializer.serialize_u64(self.0 as u64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de, const ZERO: bool> Deserialize<'de> for Real<ZERO> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_f64(RealVisitor)
    }
}

impl<const ZERO: bool> JsonSchema for Real<ZERO> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        if ZERO { "Offset".into() } else { "Rate".into() }
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({"type": "number", "maximum": Self::MAX});
        let least = if ZERO { "minimum" } else { "exclusiveMinimum" };
        schema.insert(least.to_owned(), 0.into());
        schema
    }
}

struct RealVisitor<const ZERO: bool>;

impl<const ZERO: bool> Visitor<'_> for RealVisitor<ZERO> {
    type Value = Real<ZERO>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Real::check(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Real::check(number as f64)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Real::check(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        assert_eq!((Rate::new(0.0), Offset::new(0.0)), (None, Some(Offset::of(0.0))));
        assert_eq!(Rate::new(29.97).map(Rate::get), Some(29.97));
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1.1e9] {
            assert_eq!((Rate::new(bad), Offset::new(bad)), (None, None), "{bad}");
        }
    }

    #[test]
    fn json() {
        assert_eq!(serde_json::to_string(&Rate::of(24.0)).unwrap(), "24");
        assert_eq!(serde_json::to_string(&Rate::of(29.97)).unwrap(), "29.97");
        assert_eq!(serde_json::from_str::<Rate>("24").unwrap(), Rate::of(24.0));
        assert!(serde_json::from_str::<Rate>("0").is_err());
    }
}
