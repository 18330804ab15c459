//! What a spec says must hold of its plan.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::units;

/// A bound on one number of the plan: `576`, `7.1B`, or `{min: 1B, max: 2 GiB}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// The least that is allowed.
    pub min: Option<Bound>,
    /// The most that is allowed.
    pub max: Option<Bound>,
}

/// A whole number, written as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bound(pub i128);

impl Expectation {
    /// Exactly this number.
    fn exactly(number: Bound) -> Expectation {
        Expectation { min: Some(number), max: Some(number) }
    }

    /// Whether a number is within the bounds.
    pub fn holds(&self, value: i128) -> bool {
        self.min.is_none_or(|min| value >= min.0) && self.max.is_none_or(|max| value <= max.0)
    }
}

impl Expectation {
    /// How far a number is outside of the bounds; below them it is negative.
    pub fn distance(&self, value: i128) -> i128 {
        match (self.min, self.max) {
            (Some(min), _) if value < min.0 => value.saturating_sub(min.0),
            (_, Some(max)) if value > max.0 => value.saturating_sub(max.0),
            _ => 0,
        }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let number = |bound: Bound| units::exact(bound.0);
        match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => write!(f, "{}", number(min)),
            (Some(min), Some(max)) => write!(f, "{} to {}", number(min), number(max)),
            (Some(min), None) => write!(f, "at least {}", number(min)),
            (None, Some(max)) => write!(f, "at most {}", number(max)),
            (None, None) => f.write_str("anything"),
        }
    }
}

impl<'de> Deserialize<'de> for Expectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Expectation, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Bounds {
            #[serde(default)]
            min: Option<Bound>,
            #[serde(default)]
            max: Option<Bound>,
        }

        struct NumberOrBounds;

        impl<'de> Visitor<'de> for NumberOrBounds {
            type Value = Expectation;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a number (`576`, `7.1B`, `2 GiB`) or a map of `min` and `max`")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Expectation, E> {
                Ok(Expectation::exactly(Bound(value.into())))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Expectation, E> {
                Ok(Expectation::exactly(Bound(value.into())))
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<Expectation, E> {
                Ok(Expectation::exactly(Bound(value)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Expectation, E> {
                units::parse(text).map(Bound).map(Expectation::exactly).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Expectation, A::Error> {
                let Bounds { min, max } = Bounds::deserialize(MapAccessDeserializer::new(map))?;
                if min.is_none() && max.is_none() {
                    return Err(A::Error::custom("an expectation needs `min` or `max`"));
                }
                if let (Some(min), Some(max)) = (min, max)
                    && min.0 > max.0
                {
                    let (min, max) = (units::exact(min.0), units::exact(max.0));
                    let text = format!(
                        "no number is at least {min} and at most {max}; help: swap `min` and `max`"
                    );
                    return Err(A::Error::custom(text));
                }
                Ok(Expectation { min, max })
            }
        }

        deserializer.deserialize_any(NumberOrBounds)
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
                Ok(Bound(value.into()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Bound, E> {
                Ok(Bound(value.into()))
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<Bound, E> {
                Ok(Bound(value))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Bound, E> {
                units::parse(text).map(Bound).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Number)
    }
}
