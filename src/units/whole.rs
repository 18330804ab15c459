//! The whole numbers that a spec may say: sizes and amounts.

use crate::diag::{Code, refuse};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// A number without what stands between its groups of three digits: `1_008`, and `1,008` as results
/// are printed. Signs elsewhere stay.
pub fn ungrouped(text: &str) -> Cow<'_, str> {
    let mut groups = text.split([',', '_']);
    let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count();
    let is_first = |first: &str| first.len() == digits(first) && (1..=3).contains(&first.len());
    let is_grouped = groups.next().is_some_and(is_first)
        && groups.all(|group| group.len() == 3 && digits(group) == 3);
    if is_grouped { text.replace([',', '_'], "").into() } else { text.into() }
}

/// A whole number from `LEAST` to [`Whole::MAX`].
///
/// The bound keeps products of a few sizes far from the end of 128 bits, and catches typing errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Whole<const LEAST: u64>(u64);

/// A width, depth, count or the like: at least 1.
pub type Size = Whole<1>;

/// A number of tokens, which may be 0.
pub type Amount = Whole<0>;

impl<const LEAST: u64> Whole<LEAST> {
    /// The largest, 10^12.
    pub const MAX: u64 = 1_000_000_000_000;

    /// The number, if it is in range.
    pub fn new(number: u64) -> Option<Self> {
        (LEAST..=Self::MAX).contains(&number).then_some(Whole(number))
    }

    /// A constant; one out of range does not compile where it is used as such.
    pub const fn of(number: u64) -> Self {
        assert!(LEAST <= number && number <= Self::MAX);
        Whole(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    fn check<E: Error>(number: i128) -> Result<Self, E> {
        let size = u64::try_from(number).ok().and_then(Whole::new);
        size.ok_or_else(|| Self::outside(format_args!("{number}")))
    }

    fn outside<E: Error>(found: fmt::Arguments<'_>) -> E {
        let what = if LEAST == 0 { "an amount" } else { "a size" };
        let help = format!("write a whole number from {LEAST} to 1_000_000_000_000");
        refuse(Code::OutOfRange, format_args!("{found} is not {what}"), Some(&help))
    }
}

impl Default for Amount {
    fn default() -> Amount {
        Whole(0)
    }
}

impl<const LEAST: u64> From<Whole<LEAST>> for u64 {
    fn from(size: Whole<LEAST>) -> u64 {
        size.0
    }
}

impl<const LEAST: u64> From<Whole<LEAST>> for i128 {
    fn from(size: Whole<LEAST>) -> i128 {
        i128::from(size.0)
    }
}

impl<const LEAST: u64> fmt::Display for Whole<LEAST> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const LEAST: u64> Serialize for Whole<LEAST> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de, const LEAST: u64> Deserialize<'de> for Whole<LEAST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

impl<const LEAST: u64> JsonSchema for Whole<LEAST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Whole{LEAST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // A number with `_` between its digits, as `128_256`, is text to YAML 1.2 and so to editors.
        json_schema!({
            "type": ["integer", "string"],
            "minimum": LEAST,
            "maximum": Self::MAX,
            "pattern": "^\\+?[1-9][0-9]*(_[0-9]+)+$",
            "patternErrorMessage": format!("Write a whole number from {LEAST} to {}.", Self::MAX),
        })
    }
}

struct WholeVisitor<const LEAST: u64>;

impl<const LEAST: u64> Visitor<'_> for WholeVisitor<LEAST> {
    type Value = Whole<LEAST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Whole::check(i128::from(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Whole::check(i128::from(number))
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Self::Value, E> {
        Whole::check(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        // `1e3` and `4096.0` are of the wrong type; `1e30` would be wrong however it is written.
        if number.abs() <= Size::MAX as f64 || number.is_nan() {
            return Err(E::invalid_type(Unexpected::Float(number), &self));
        }
        // The text may be `1e999` or a thousand digits: the number says no more than this.
        if number.is_infinite() {
            return Err(Whole::<LEAST>::outside(format_args!("a number beyond 1e308")));
        }
        Err(Whole::<LEAST>::outside(format_args!("{number:e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        assert_eq!(Size::new(0), None);
        assert_eq!(Amount::new(0), Some(Amount::default()));
        assert_eq!(Size::new(Size::MAX + 1), None);
        assert_eq!(u64::from(Size::of(Size::MAX)), 1_000_000_000_000);
        assert_eq!(i128::from(Size::of(3)), 3);
    }

    #[test]
    fn json() {
        assert_eq!(serde_json::to_string(&Size::of(7)).unwrap(), "7");
        assert_eq!(serde_json::from_str::<Size>("7").unwrap(), Size::of(7));
        assert!(serde_json::from_str::<Size>("0").is_err());
    }
}
