//! The image that the encoder sees: what a spec says of it, and what is designed.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::choice::Choice;
use crate::units::Size;

/// The image after the processor's resizing, height × width: `image: 336`, `image: 480x640`,
/// `image: [480, 640]` or `image: {height: 480, width: 640}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImageSpec {
    /// Height in pixels.
    pub height: Option<Size>,
    /// Width in pixels.
    pub width: Option<Size>,
    /// Colour channels.
    pub channels: Option<Size>,
    /// What happens to pixels that fill no whole patch.
    pub remainder: Choice<Remainder>,
    /// Tiles that an image is cut into, the thumbnail included.
    pub tiles: Option<Size>,
}

/// An image, every choice made. A side that is not known stays a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Height in pixels.
    pub height: Option<Size>,
    /// Width in pixels.
    pub width: Option<Size>,
    /// Colour channels.
    pub channels: Size,
    /// What happens to pixels that fill no whole patch.
    pub remainder: Remainder,
    /// Tiles that an image is cut into, the thumbnail included. Each is as large as the image
    /// said here and goes through encoder and bridge on its own.
    pub tiles: Size,
}

/// One picture in colours: what an image is of which nothing is said.
const PLAIN: Image = Image {
    height: None,
    width: None,
    channels: Size::of(3),
    remainder: Remainder::Error,
    tiles: Size::of(1),
};

impl ImageSpec {
    /// The image that is described.
    pub fn design(&self) -> Image {
        Image {
            height: self.height,
            width: self.width,
            channels: self.channels.unwrap_or(PLAIN.channels),
            remainder: self.remainder.unwrap_or(PLAIN.remainder),
            tiles: self.tiles.unwrap_or(PLAIN.tiles),
        }
    }
}

impl From<&Image> for ImageSpec {
    /// The section that says an image, every choice written.
    fn from(image: &Image) -> ImageSpec {
        ImageSpec {
            height: image.height,
            width: image.width,
            channels: Some(image.channels),
            remainder: image.remainder.into(),
            tiles: Some(image.tiles),
        }
    }
}

/// What happens to pixels that fill no whole patch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Remainder {
    /// The size is refused.
    #[default]
    Error,
    /// They are dropped, as a convolution without padding drops them (SigLIP, 384/14).
    Drop,
    /// The image is padded up to whole patches.
    Pad,
}

impl Image {
    /// `224` or `480x640` (height × width).
    ///
    /// # Errors
    /// A message that says what to write.
    pub fn parse_size(text: &str) -> Result<(Size, Size), String> {
        let side = |side: &str| side.trim().parse::<u64>().ok().and_then(Size::new);
        let sides: Vec<&str> = text.split(['x', 'X', '×']).collect();
        let parsed = match sides[..] {
            [one] => side(one).map(|side| (side, side)),
            [height, width] => side(height).zip(side(width)),
            _ => None,
        };
        parsed.ok_or_else(|| {
            format!(
                "`{text}` is no image size; help: write one side, `224`, or height x width, \
                 `480x640`"
            )
        })
    }
}

impl<'de> Deserialize<'de> for ImageSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ImageSpec, D::Error> {
        deserializer.deserialize_any(AnyForm)
    }
}

/// Size and further settings of the image.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fields {
    /// Height and width in pixels at once: `336`, `480x640` (height × width) or `[480, 640]`.
    /// Without it, `height` and `width` say the size.
    #[serde(default)]
    #[schemars(example = 336)]
    size: Option<Square>,
    /// Height in pixels; a symbol if not given.
    #[serde(default)]
    #[schemars(example = 480)]
    height: Option<Size>,
    /// Width in pixels; a symbol if not given.
    #[serde(default)]
    #[schemars(example = 640)]
    width: Option<Size>,
    /// Colour channels; 3 if not given.
    #[serde(default)]
    #[schemars(extend("default" = PLAIN.channels))]
    channels: Option<Size>,
    /// What happens to pixels that fill no whole patch; the size is refused if it is not given.
    #[serde(default)]
    #[schemars(extend("default" = PLAIN.remainder))]
    remainder: Choice<Remainder>,
    /// Tiles that an image is cut into, the thumbnail included; 1 if not given. Each is as large as
    /// the image said here and goes through encoder and bridge on its own.
    #[serde(default)]
    #[schemars(extend("default" = PLAIN.tiles), example = 5)]
    tiles: Option<Size>,
}

impl JsonSchema for ImageSpec {
    fn schema_name() -> Cow<'static, str> {
        "Image".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut forms = sizes(generator);
        forms.push(Fields::json_schema(generator));
        forms.push(json_schema!({"type": "null", "description": "Nothing is said of the image."}));
        json_schema!({
            "title": "Image",
            "description": "Height comes before width, as in tensor shapes.",
            "anyOf": forms,
        })
    }
}

impl JsonSchema for Square {
    fn schema_name() -> Cow<'static, str> {
        "ImageSize".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut forms = sizes(generator);
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

fn described(schema: &Schema, description: &str) -> Schema {
    let mut schema = schema.clone();
    schema.insert("description".to_owned(), description.into());
    schema
}

/// A side in the text of a size, from 1 to 10^12.
const SIDE: &str = "0*([1-9][0-9]{0,11}|1000000000000)";

/// The short forms of a size.
fn sizes(generator: &mut SchemaGenerator) -> Vec<Schema> {
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

/// `336`, `480x640` or `[480, 640]`.
struct Square(Size, Size);

impl<'de> Deserialize<'de> for Square {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Square, D::Error> {
        let image = deserializer.deserialize_any(AnyForm)?;
        match (image.height, image.width) {
            // Channels and the like stand beside `size`, not in it.
            (Some(height), Some(width)) if image == AnyForm::sized((height, width)) => {
                Ok(Square(height, width))
            }
            _ => Err(Error::custom("`size` takes one side, `480x640` or `[480, 640]`")),
        }
    }
}

struct AnyForm;

impl AnyForm {
    fn sized((height, width): (Size, Size)) -> ImageSpec {
        ImageSpec { height: Some(height), width: Some(width), ..ImageSpec::default() }
    }
}

impl<'de> Visitor<'de> for AnyForm {
    type Value = ImageSpec;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an image size: `224`, `480x640` (height x width), or a map")
    }

    fn visit_i128<E: Error>(self, value: i128) -> Result<ImageSpec, E> {
        let side = Size::deserialize(value.into_deserializer())?;
        Ok(AnyForm::sized((side, side)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<ImageSpec, E> {
        self.visit_i128(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<ImageSpec, E> {
        self.visit_i128(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<ImageSpec, E> {
        Ok(ImageSpec::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ImageSpec, E> {
        Image::parse_size(text).map(AnyForm::sized).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ImageSpec, A::Error> {
        let sides = (seq.next_element()?, seq.next_element()?, seq.next_element::<Size>()?);
        match sides {
            (Some(height), Some(width), None) => Ok(AnyForm::sized((height, width))),
            _ => Err(A::Error::custom("an image size as a list is `[height, width]`")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ImageSpec, A::Error> {
        let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
        let (height, width) = match fields.size {
            None => (fields.height, fields.width),
            Some(_) if fields.height.or(fields.width).is_some() => {
                let text = "`size` and `height` or `width` say the same; help: keep one of them";
                return Err(A::Error::custom(text));
            }
            Some(Square(height, width)) => (Some(height), Some(width)),
        };
        let Fields { channels, remainder, tiles, .. } = fields;
        Ok(ImageSpec { height, width, channels, remainder, tiles })
    }
}
