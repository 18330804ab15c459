//! The image that the encoder sees: what a spec says of it, and what is designed.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::choice::Choice;
use crate::units::{ImageSize, Size};

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
    /// Leftover pixels are dropped, as a convolution without padding drops them (SigLIP, 384/14).
    Drop,
    /// The image is padded up to whole patches.
    Pad,
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
    size: Option<ImageSize>,
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
        let mut forms = ImageSize::short_forms(generator);
        forms.push(Fields::json_schema(generator));
        forms.push(json_schema!({"type": "null", "description": "Nothing is said of the image."}));
        json_schema!({
            "title": "Image",
            "description": "Height comes before width, as in tensor shapes.",
            "anyOf": forms,
        })
    }
}

struct AnyForm;

impl AnyForm {
    /// An image of which its size is said and no more.
    fn sized<'de, D: Deserializer<'de>>(size: D) -> Result<ImageSpec, D::Error> {
        let ImageSize { height, width } = ImageSize::deserialize(size)?;
        Ok(ImageSpec { height: Some(height), width: Some(width), ..ImageSpec::default() })
    }
}

impl<'de> Visitor<'de> for AnyForm {
    type Value = ImageSpec;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an image size: `224`, `480x640` (height x width), or a map")
    }

    fn visit_i128<E: Error>(self, side: i128) -> Result<ImageSpec, E> {
        AnyForm::sized(side.into_deserializer())
    }

    fn visit_i64<E: Error>(self, side: i64) -> Result<ImageSpec, E> {
        AnyForm::sized(side.into_deserializer())
    }

    fn visit_u64<E: Error>(self, side: u64) -> Result<ImageSpec, E> {
        AnyForm::sized(side.into_deserializer())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ImageSpec, E> {
        AnyForm::sized(text.into_deserializer())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<ImageSpec, A::Error> {
        AnyForm::sized(SeqAccessDeserializer::new(seq))
    }

    fn visit_unit<E: Error>(self) -> Result<ImageSpec, E> {
        Ok(ImageSpec::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ImageSpec, A::Error> {
        let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
        let Fields { size, height, width, channels, remainder, tiles } = fields;
        let (height, width) = match size {
            None => (height, width),
            Some(_) if height.or(width).is_some() => {
                let text = "`size` and `height` or `width` say the same; help: keep one of them";
                return Err(A::Error::custom(text));
            }
            Some(ImageSize { height, width }) => (Some(height), Some(width)),
        };
        Ok(ImageSpec { height, width, channels, remainder, tiles })
    }
}
