//! The size of an image: every place that takes one reads it here.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Size;
use super::ungrouped;
use crate::diag::{Code, refuse};

/// Height and width of an image in pixels: `336`, `480x640` (height × width), `[480, 640]` or
/// `{height: 480, width: 640}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageSize {
    /// Height in pixels.
    pub height: Size,
    /// Width in pixels.
    pub width: Size,
}

/// A side in a text, from 1 to 10^12.
const SIDE: &str = r"\+?0*([1-9][0-9]{0,11}|1000000000000)";

impl ImageSize {
    /// What to write, for messages.
    pub const HOW: &str = "write one side, `224`, or height x width, `480x640`";

    /// A square image.
    pub fn square(side: Size) -> ImageSize {
        ImageSize { height: side, width: side }
    }

    /// The size that a text says: `224` or `480x640`, its digits perhaps in groups, `1_008`.
    pub fn read(text: &str) -> Option<ImageSize> {
        let side = |side: &str| ungrouped(side.trim()).parse::<u64>().ok().and_then(Size::new);
        match text.split(['x', 'X', '×']).collect::<Vec<_>>()[..] {
            [one] => side(one).map(ImageSize::square),
            [height, width] => Some(ImageSize { height: side(height)?, width: side(width)? }),
            _ => None,
        }
    }

    /// The schemas of a size without names: a side, a text, a list.
    pub fn short_forms(generator: &mut SchemaGenerator) -> Vec<Schema> {
        let side = Size::json_schema(generator);
        let how = "Write one side, 224, or height x width, 480x640.";
        let mut square = described(&side, "One side of a square image in pixels.");
        square.insert("patternErrorMessage".to_owned(), how.into());
        vec![
            square,
            json_schema!({
                "description": "Height × width in pixels, such as `480x640`.",
                "type": "string",
                "pattern": format!(r"^\s*{SIDE}\s*([xX×]\s*{SIDE}\s*)?$"),
                "patternErrorMessage": how,
            }),
            json_schema!({
                "description": "`[height, width]` in pixels.",
                "type": "array",
                "items": side,
                "minItems": 2,
                "maxItems": 2,
            }),
        ]
    }
}

fn described(schema: &Schema, description: &str) -> Schema {
    let mut schema = schema.clone();
    schema.insert("description".to_owned(), description.into());
    schema
}

impl fmt::Display for ImageSize {
    /// As it is read: `480x640`, and of a square its side.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ImageSize { height, width } = self;
        if height == width { write!(f, "{height}") } else { write!(f, "{height}x{width}") }
    }
}

impl Serialize for ImageSize {
    /// As it is read: of a square its side, else `480x640`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.height == self.width {
            self.height.serialize(serializer)
        } else {
            serializer.collect_str(self)
        }
    }
}

impl JsonSchema for ImageSize {
    fn schema_name() -> Cow<'static, str> {
        "ImageSize".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut forms = ImageSize::short_forms(generator);
        let side = Size::json_schema(generator);
        forms.push(json_schema!({
            "description": "Height and width by name.",
            "type": "object",
            "properties": {"height": described(&side, "Height in pixels."),
                           "width": described(&side, "Width in pixels.")},
            "required": ["height", "width"],
            "additionalProperties": false,
        }));
        json_schema!({
            "description": "Height × width in pixels: `336`, `480x640` or `[480, 640]`.",
            "anyOf": forms,
        })
    }
}

impl<'de> Deserialize<'de> for ImageSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ImageSize, D::Error> {
        deserializer.deserialize_any(AnyForm)
    }
}

struct AnyForm;

impl<'de> Visitor<'de> for AnyForm {
    type Value = ImageSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an image size: `224` or `480x640` (height x width)")
    }

    fn visit_i128<E: Error>(self, side: i128) -> Result<ImageSize, E> {
        Size::deserialize(side.into_deserializer()).map(ImageSize::square)
    }

    fn visit_i64<E: Error>(self, side: i64) -> Result<ImageSize, E> {
        self.visit_i128(side.into())
    }

    fn visit_u64<E: Error>(self, side: u64) -> Result<ImageSize, E> {
        self.visit_i128(side.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ImageSize, E> {
        let none = format_args!("`{text}` is not an image size");
        ImageSize::read(text).ok_or_else(|| refuse(Code::BadValue, none, Some(ImageSize::HOW)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ImageSize, A::Error> {
        let sides = (seq.next_element()?, seq.next_element()?, seq.next_element::<Size>()?);
        match sides {
            (Some(height), Some(width), None) => Ok(ImageSize { height, width }),
            _ => Err(A::Error::custom("an image size as a list is `[height, width]`")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ImageSize, A::Error> {
        /// The sides by name.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Sides {
            height: Size,
            width: Size,
        }
        let Sides { height, width } = Sides::deserialize(MapAccessDeserializer::new(map))?;
        Ok(ImageSize { height, width })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let size =
            |height, width| Some(ImageSize { height: Size::of(height), width: Size::of(width) });
        for (text, expected) in [
            ("224", size(224, 224)),
            (" 0224 ", size(224, 224)),
            ("480x640", size(480, 640)),
            ("1_008", size(1008, 1008)),
            ("1,008x224", size(1008, 224)),
            ("480 X 640", size(480, 640)),
            ("480×640", size(480, 640)),
            ("1x1000000000000", size(1, Size::MAX)),
            ("", None),
            ("0", None),
            ("480x", None),
            ("480x0", None),
            ("480x640x3", None),
            ("480y640", None),
            ("-1", None),
            ("1x1000000000001", None),
            ("4_80", None),
            ("224.0", None),
        ] {
            assert_eq!(ImageSize::read(text), expected, "{text}");
            if let Some(size) = expected {
                assert_eq!(ImageSize::read(&size.to_string()), Some(size));
            }
        }
    }
}
