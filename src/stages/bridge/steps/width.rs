//! Widths that a step makes.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::super::Target;
use super::super::flow::{self, At, Flow, Said};
use crate::dim::Dim;
use crate::graph::{Builder, Multiple};
use crate::units::Size;

/// The width that a step makes: a number, or as it follows from others.
#[derive(Clone, Debug, PartialEq)]
pub enum Width {
    /// The LLM's.
    Llm,
    /// That of what comes into the list of steps around: of the whole bridge, or of the step that
    /// has steps within it.
    Input,
    /// A number.
    Said(Said),
    /// That of the tokens at hand, times a fraction.
    Times(Size, Size),
    /// One that a bridge with a name makes of others.
    Made(Dim),
}

impl Width {
    /// That of the tokens at hand.
    pub const SAME: Width = Width::Times(Size::of(1), Size::of(1));

    /// The width as a symbol, or by one.
    pub fn wire(&self, b: &mut Builder, x: &Flow, to: &Target, at: &At<'_>) -> Dim {
        match *self {
            Width::Llm => to.width.clone(),
            Width::Made(ref width) => width.clone(),
            Width::Input => at.input.unwrap_or(&x.width).clone(),
            Width::Said(said) if b.is(&x.width, said.size) => x.width.clone(),
            Width::Said(said) => flow::width(b, Some(said), to, at),
            Width::Times(times, over) => {
                let [times, over] = [times, over].map(|size| Dim::from(i128::from(size)));
                let product = &x.width * times;
                if over.is_one() {
                    return product;
                }
                b.require(Multiple {
                    dividend: product.clone(),
                    divisor: over.clone(),
                    names: ("width of a token", "parts of it that are asked for"),
                    fields: [at.here(), at.here()],
                    pixels: None,
                    squared: None,
                    way_out: None,
                });
                product.over(&over)
            }
        }
    }

    /// In a few words after "a linear layer": ` to 1024`.
    pub fn in_brief(&self) -> String {
        match self {
            Width::Llm | Width::Made(_) => String::new(),
            Width::Said(said) => format!(" to {}", said.size),
            Width::Input => " back".to_owned(),
            same if *same == Width::SAME => " as wide".to_owned(),
            other => format!(" to {other} the width"),
        }
    }
}

impl From<Size> for Width {
    fn from(size: Size) -> Width {
        Width::Said(size.into())
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Width::Llm | Width::Made(_) => f.write_str("llm"),
            Width::Input => f.write_str("input"),
            Width::Said(said) => said.size.fmt(f),
            Width::Times(times, over) if times == over => f.write_str("same"),
            Width::Times(times, over) if over.get() == 1 => write!(f, "x{times}"),
            Width::Times(times, over) => write!(f, "x{times}/{over}"),
        }
    }
}

impl Serialize for Width {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Width::Said(said) => said.size.serialize(serializer),
            other => serializer.serialize_str(&other.to_string()),
        }
    }
}

impl<'de> Deserialize<'de> for Width {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Width, D::Error> {
        deserializer.deserialize_any(WidthVisitor)
    }
}

struct WidthVisitor;

impl WidthVisitor {
    fn number<E: Error>(number: i128) -> Result<Width, E> {
        let size = u64::try_from(number).ok().and_then(Size::new);
        size.map(Width::from)
            .ok_or_else(|| E::custom(format!("{number} is no width; help: {SAID}")))
    }

    /// `x4` or `x1/4`.
    fn times(text: &str) -> Option<Width> {
        let text = text.strip_prefix(['x', '×'])?;
        let (times, over) = text.split_once('/').unwrap_or((text, "1"));
        let size = |text: &str| text.trim().parse().ok().and_then(Size::new);
        Some(Width::Times(size(times)?, size(over)?))
    }
}

/// What a width can be.
const SAID: &str =
    "a width is a number, `llm`, `same`, `input`, or `x4` and `x1/4`, times the width at hand";

impl Visitor<'_> for WidthVisitor {
    type Value = Width;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a width")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Width, E> {
        Self::number(number.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Width, E> {
        Self::number(number.into())
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Width, E> {
        Self::number(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Width, E> {
        Err(E::custom(format!("{number} is no width; help: {SAID}")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Width, E> {
        match text {
            "llm" => Ok(Width::Llm),
            "input" => Ok(Width::Input),
            "same" => Ok(Width::SAME),
            _ if text.starts_with(|start: char| start.is_ascii_digit()) => {
                let digits = text.replace('_', "");
                digits.parse().map_or_else(
                    |_| Err(E::custom(format!("`{text}` is no width; help: {SAID}"))),
                    Self::number,
                )
            }
            _ => Self::times(text)
                .ok_or_else(|| E::custom(format!("`{text}` is no width; help: {SAID}"))),
        }
    }
}

impl JsonSchema for Width {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Width".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let number = Size::json_schema(generator);
        json_schema!({"anyOf": [
            number,
            {
                "enum": ["llm", "same", "input"],
                "description": "The LLM's width, that at hand, or that of what came into the list \
                                of steps around.",
            },
            {
                "type": "string",
                "pattern": "^[x×] *[1-9][0-9]* *(/ *[1-9][0-9]* *)?$",
                "description": "Times the width at hand.",
                "examples": ["x4", "x1/4"],
            },
        ]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_says_itself() {
        for text in ["4096", r#""llm""#, r#""same""#, r#""input""#, r#""x4""#, r#""x1/4""#] {
            let width: Width = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&width).unwrap(), text);
        }
        assert_eq!(serde_json::from_str::<Width>(r#""1_024""#).unwrap().to_string(), "1024");
        for text in ["0", "-1", r#""x0""#, r#""x1/0""#, r#""wide""#, r#""4k""#, r#""""#] {
            let problem = serde_json::from_str::<Width>(text).unwrap_err().to_string();
            assert!(problem.contains("x1/4"), "{problem}");
        }
    }
}
