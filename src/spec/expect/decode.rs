//! Expectations as a spec writes them.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Axis, Bound, Expectation, Requirement, Severity};
use crate::units::{self, Ratio, Unit};

/// A value, of which a whole number has to be no further than the tolerance.
fn around<E: Error>(value: Bound, tolerance: Ratio) -> Result<Requirement, E> {
    let (least, most) = tolerance.around(value.value);
    if least <= most {
        return Ok(Requirement::Value(value, tolerance));
    }
    let of = match value.unit {
        Some(Unit::Byte) => " of bytes",
        Some(Unit::Flop) => " of FLOPs",
        Some(Unit::Count) | None => "",
    };
    Err(E::custom(format!(
        "`{value}` is not a whole number{of}; help: write `{{value: {value}, tolerance: 0.5%}}`"
    )))
}

/// The map form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default)]
    value: Option<Bound>,
    #[serde(default)]
    tolerance: Option<Fraction>,
    #[serde(default)]
    min: Option<Bound>,
    #[serde(default)]
    max: Option<Bound>,
    #[serde(default)]
    max_fraction_of_context: Option<Fraction>,
    #[serde(default)]
    shape: Option<Vec<Axis>>,
    #[serde(default)]
    severity: Option<Severity>,
}

impl Fields {
    fn expectation<E: Error>(self) -> Result<Expectation, E> {
        let Fields { value, tolerance, min, max, max_fraction_of_context, shape, severity } = self;
        let numbers = value.is_some() || min.is_some() || max.is_some();
        if shape.is_some() && (numbers || max_fraction_of_context.is_some()) {
            return Err(E::custom(
                "`shape` is of a tensor, the rest is of a number; help: make two expectations of it",
            ));
        }
        if value.is_some() && (min.is_some() || max.is_some()) {
            return Err(E::custom(
                "`value` says it all; help: take `min` and `max` out, or `value`",
            ));
        }
        if tolerance.is_some() && value.is_none() {
            return Err(E::custom(
                "`tolerance` needs a `value`; help: write `{value: 9.1 TFLOP, tolerance: 1%}`",
            ));
        }
        if let (Some(min), Some(max)) = (&min, &max)
            && min.value.ceil() > max.value.floor()
        {
            let is_between = min.value.floor() == max.value.floor();
            let help =
                if is_between { "leave room for a whole number" } else { "swap `min` and `max`" };
            return Err(E::custom(format!(
                "no number is at least {min} and at most {max}; help: {help}"
            )));
        }
        let tolerance = tolerance.map_or(Ratio::ZERO, |tolerance| tolerance.0);
        let all: Vec<Requirement> = [
            value.map(|value| around(value, tolerance)).transpose()?,
            min.map(Requirement::Min),
            max.map(Requirement::Max),
            max_fraction_of_context.map(|most| Requirement::FractionOfContext(most.0)),
            shape.map(Requirement::Shape),
        ]
        .into_iter()
        .flatten()
        .collect();
        if all.is_empty() {
            let text = "an expectation needs `value`, `min`, `max`, `max_fraction_of_context` or \
                        `shape`; help: write what must hold, such as `{max: 7.1B}`";
            return Err(E::custom(text));
        }
        Ok(Expectation { all, severity })
    }
}

impl<'de> Deserialize<'de> for Expectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Expectation, D::Error> {
        struct AnyForm;

        fn just(requirement: Requirement) -> Expectation {
            Expectation { all: vec![requirement], severity: None }
        }

        fn exactly<E: Error>(number: Bound) -> Result<Expectation, E> {
            around(number, Ratio::ZERO).map(just)
        }

        impl<'de> Visitor<'de> for AnyForm {
            type Value = Expectation;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(
                    "a number (`576`, `7.1B`, `2 GiB`), a shape (`[B, 576, 4096]`), or a map of \
                     `value`, `min`, `max` and the like",
                )
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Expectation, E> {
                exactly(Bound::plain(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Expectation, E> {
                exactly(Bound::plain(value))
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<Expectation, E> {
                exactly(Bound::plain(value))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Expectation, E> {
                exactly(Bound::of_float(value, &self)?)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Expectation, E> {
                let read = Bound::parse(text);
                exactly(read.map_err(|fault| E::custom(compared(text).unwrap_or(fault)))?)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Expectation, A::Error> {
                let mut axes = Vec::new();
                while let Some(axis) = seq.next_element()? {
                    axes.push(axis);
                }
                Ok(just(Requirement::Shape(axes)))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Expectation, A::Error> {
                Fields::deserialize(MapAccessDeserializer::new(map))?.expectation()
            }
        }

        deserializer.deserialize_any(AnyForm)
    }
}

/// What to write instead of a comparison in signs, such as `<= 256`; nothing if it is none.
fn compared(text: &str) -> Option<String> {
    let text = text.trim();
    let signs = ["<=", ">=", "==", "=<", "=>", "≤", "≥", "<", ">", "=", "~", "≈"];
    let bound = |text: &str| Bound::parse(text).ok().map(|bound| (bound, text.trim().to_owned()));
    let between = |signs: &[&str]| signs.iter().find_map(|sign| text.split_once(sign));
    let signed = signs.iter().find_map(|sign| Some((*sign, text.strip_prefix(sign)?)));
    let instead = if let Some((sign, after)) = signed {
        let (Bound { value, .. }, written) = bound(after)?;
        match sign {
            "<=" | "=<" | "≤" => format!("{{max: {written}}}"),
            ">=" | "=>" | "≥" => format!("{{min: {written}}}"),
            "<" => format!("{{max: {}}}", value.ceil().checked_sub(1)?),
            ">" => format!("{{min: {}}}", value.floor().checked_add(1)?),
            "=" | "==" if value.as_integer().is_some() => written,
            _ => format!("{{value: {written}, tolerance: 1%}}"),
        }
    } else if let Some((value, room)) = between(&["±", "+-", "+/-"]) {
        Ratio::parse(room).ok()?;
        format!("{{value: {}, tolerance: {}}}", bound(value)?.1, room.trim())
    } else {
        let (from, to) = between(&["..=", "..", "…", "–", "-", " to "])?;
        format!("{{min: {}, max: {}}}", bound(from)?.1, bound(to)?.1)
    };
    Some(format!("`{text}` is not a number; help: write `{instead}`"))
}

/// A fraction in a spec: `5%`, `0.05`, `1/20`.
#[derive(Clone, Copy, Debug)]
struct Fraction(Ratio);

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fraction, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = Fraction;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a fraction: `5%` or `0.05`")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Fraction, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Fraction, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<Fraction, E> {
                self.visit_str(&value.to_string())
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Fraction, E> {
                // The shortest digits that give this number: those that were written.
                self.visit_str(&value.to_string())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Fraction, E> {
                Ratio::parse(text).map(Fraction).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Number)
    }
}

impl<'de> Deserialize<'de> for Axis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Axis, D::Error> {
        struct SizeOrFormula;

        impl Visitor<'_> for SizeOrFormula {
            type Value = Axis;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an axis: a size (`576`), a formula (`B`, `N + 1`) or `?`")
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Axis, E> {
                Ok(Axis::Size(value.into()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Axis, E> {
                self.visit_i128(value.into())
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<Axis, E> {
                if value < 0 {
                    return Err(E::custom(format!(
                        "an axis of {} is impossible; help: write its size, or `?` for any",
                        units::exact(value)
                    )));
                }
                Ok(Axis::Size(value))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Axis, E> {
                let trimmed = text.trim();
                // A size in quotes is a size too.
                let size = trimmed.parse::<u64>().map(|size| Axis::Size(size.into()));
                Ok(match size {
                    Ok(size) => size,
                    Err(_) if trimmed == "?" => Axis::Any,
                    Err(_) => Axis::Formula(text.to_owned()),
                })
            }
        }

        deserializer.deserialize_any(SizeOrFormula)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_in_signs_lead_to_what_is_meant() {
        for (text, meant) in [
            ("<= 256", "{max: 256}"),
            ("≤256", "{max: 256}"),
            ("< 256", "{max: 255}"),
            (">= 2 GiB", "{min: 2 GiB}"),
            ("> 1K", "{min: 1001}"),
            ("== 196", "196"),
            ("~ 7B", "{value: 7B, tolerance: 1%}"),
            ("9 TFLOP ± 5%", "{value: 9 TFLOP, tolerance: 5%}"),
            ("100..200", "{min: 100, max: 200}"),
            ("100-200", "{min: 100, max: 200}"),
            ("<= 14.1 GiB", "{max: 14.1 GiB}"),
            ("< 14.1 GiB", "{max: 15139759718}"),
            ("= 13.2 GiB", "{value: 13.2 GiB, tolerance: 1%}"),
        ] {
            let said = compared(text);
            let wanted = format!("`{text}` is not a number; help: write `{meant}`");
            assert_eq!(said, Some(wanted), "{text}");
            let yaml: Result<Expectation, _> = serde_yaml::from_str(meant);
            assert!(yaml.is_ok(), "{meant}");
        }
        for text in ["", "many", "<=", "<= many", "-5", "a-b"] {
            assert_eq!(compared(text), None, "{text}");
        }
    }

    #[test]
    fn limits_come_down_to_whole_numbers() {
        let read =
            |yaml: &str| serde_yaml::from_str::<Expectation>(yaml).map_err(|e| e.to_string());
        let range = |yaml: &str| read(yaml).unwrap().all[0].range(None);
        for (yaml, least, most) in [
            ("{max: 14.1 GiB}", i128::MIN, 15_139_759_718),
            ("{min: 14.1 GiB}", 15_139_759_719, i128::MAX),
            ("{max: 7e9}", i128::MIN, 7_000_000_000),
            ("{max: '7.1e9'}", i128::MIN, 7_100_000_000),
            ("7e9", 7_000_000_000, 7_000_000_000),
            ("{value: 13.2GiB, tolerance: 1%}", 14_031_658_157, 14_315_125_997),
            ("{value: 99, tolerance: 5%}", 95, 103),
        ] {
            assert_eq!(range(yaml), Some((least, most)), "{yaml}");
        }
        for (yaml, words) in [
            (
                "13.2 GiB",
                "`13.2 GiB` is not a whole number of bytes; help: write `{value: 13.2 GiB,",
            ),
            ("{value: 13.2 GiB}", "write `{value: 13.2 GiB, tolerance: 0.5%}`"),
            ("{min: 13.2 GiB, max: 13.2 GiB}", "leave room for a whole number"),
            (
                "{min: 13.3 GiB, max: 13.2 GiB}",
                "at least 13.3 GiB and at most 13.2 GiB; help: swap",
            ),
            ("{max: 14.1}", "`14.1` is not a whole number; help:"),
            ("14.1", "`14.1` is not a whole number; help:"),
            ("1e300", "float"),
            (".nan", "float"),
        ] {
            let said = read(yaml).unwrap_err();
            assert!(said.contains(words), "{yaml}: {said}");
        }
    }
}
