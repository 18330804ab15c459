//! The images of a prompt: so many alike, or the size of each.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, IntoDeserializer, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::diag::{Code, refuse};
use crate::units::{Amount, ImageSize};

/// The images of a prompt, as a spec says them: `images: 2`, all of the size that `image` says, or
/// `images: [480x640, 1080x1920]`, height × width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Images {
    /// So many, all as `image` says.
    Alike(Amount),
    /// These sizes in pixels.
    Sizes(Vec<ImageSize>),
}

impl Images {
    /// Images of a prompt whose sizes may be said one by one.
    pub const MOST: u64 = 10_000;

    /// How many there are.
    pub fn count(&self) -> u64 {
        match self {
            Images::Alike(count) => count.get(),
            Images::Sizes(sizes) => sizes.len() as u64,
        }
    }

    /// Each size with how many images have it, in the order in which they come first; nothing where
    /// `image` says the size.
    pub fn distinct(&self) -> Vec<(ImageSize, u64)> {
        let Images::Sizes(sizes) = self else { return Vec::new() };
        let mut distinct: Vec<(ImageSize, u64)> = Vec::new();
        for size in sizes {
            match distinct.iter_mut().find(|(known, _)| known == size) {
                Some((_, count)) => *count += 1,
                None => distinct.push((*size, 1)),
            }
        }
        distinct
    }
}

impl From<Amount> for Images {
    fn from(count: Amount) -> Images {
        Images::Alike(count)
    }
}

impl Serialize for Images {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Images::Alike(count) => count.serialize(serializer),
            Images::Sizes(sizes) => serializer.collect_seq(sizes.iter().map(ToString::to_string)),
        }
    }
}

impl JsonSchema for Images {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Images".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut count = Amount::json_schema(generator);
        count.insert("description".to_owned(), "So many, all of the size of `image`.".into());
        let size = generator.subschema_for::<ImageSize>();
        json_schema!({
            "anyOf": [
                count,
                {
                    "description": "The size of each.",
                    "type": "array",
                    "items": size,
                    "maxItems": Images::MOST,
                },
            ],
        })
    }
}

impl<'de> Deserialize<'de> for Images {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Images, D::Error> {
        deserializer.deserialize_any(AnyForm)
    }
}

struct AnyForm;

impl<'de> Visitor<'de> for AnyForm {
    type Value = Images;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, or a list of sizes such as `[480x640, 1080x1920]`")
    }

    fn visit_i128<E: Error>(self, count: i128) -> Result<Images, E> {
        Amount::deserialize(count.into_deserializer()).map(Images::Alike)
    }

    fn visit_i64<E: Error>(self, count: i64) -> Result<Images, E> {
        self.visit_i128(count.into())
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Images, E> {
        self.visit_i128(count.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Images, A::Error> {
        let sizes = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        if sizes.is_empty() {
            return Ok(Images::Alike(Amount::default()));
        }
        if sizes.len() as u64 > Images::MOST {
            let text = format_args!("a list of {} image sizes", sizes.len());
            let help =
                format!("a prompt has at most {} images of sizes of their own", Images::MOST);
            return Err(refuse(Code::OutOfRange, text, Some(&help)));
        }
        Ok(Images::Sizes(sizes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sizes_are_counted() {
        let read = |text| serde_json::from_str::<Images>(text).unwrap();
        let three = read(r#"["480x640", "1080x1920", [480, 640]]"#);
        assert_eq!(three.count(), 3);
        let size = |text| ImageSize::read(text).unwrap();
        assert_eq!(three.distinct(), [(size("480x640"), 2), (size("1080x1920"), 1)]);
        let said = serde_json::to_string(&three).unwrap();
        assert_eq!(said, r#"["480x640","1080x1920","480x640"]"#);
        assert_eq!(read("3"), Images::Alike(Amount::of(3)));
        assert!(read("3").distinct().is_empty());
        assert_eq!(read("[]"), Images::Alike(Amount::of(0)));
        assert!(serde_json::from_str::<Images>(r#""480x640""#).is_err());
    }
}
