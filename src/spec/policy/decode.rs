//! Policies as a file writes them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{self, MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{BridgeName, OneOf, Pattern, Scalar, Wanted};
use crate::spec::Expectation;
use crate::stages::bridge::BridgeSpec;

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OneOf<T>, D::Error> {
        struct OneOrList<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrList<T> {
            type Value = OneOf<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("text, or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OneOf<T>, E> {
                Ok(OneOf(vec![T::deserialize(StrDeserializer::new(text))?]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOf<T>, A::Error> {
                list(seq).map(OneOf)
            }
        }

        deserializer.deserialize_any(OneOrList(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        let text = String::deserialize(deserializer)?;
        glob::Pattern::new(&text).map(Pattern).map_err(|error| {
            D::Error::custom(format!("`{text}` is not a pattern: {}; help: `*` stands for any part of a name, `**` for any folders", error.msg))
        })
    }
}

impl<'de> Deserialize<'de> for BridgeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BridgeName, D::Error> {
        let name = String::deserialize(deserializer)?;
        // What the bridges themselves say of the name; that a known one lacks its fields is fine.
        match BridgeSpec::deserialize(StrDeserializer::<value::Error>::new(&name)) {
            Err(error) if error.to_string().starts_with("unknown variant") => {
                Err(BridgeSpec::deserialize(StrDeserializer::<D::Error>::new(&name))
                    .err()
                    .unwrap_or_else(|| D::Error::custom(error)))
            }
            _ => Ok(BridgeName(name)),
        }
    }
}

/// All items, of which there must be one.
fn list<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<T>, A::Error> {
    let mut items = Vec::new();
    while let Some(item) = seq.next_element()? {
        items.push(item);
    }
    if items.is_empty() {
        return Err(A::Error::custom("an empty list matches nothing; help: take it out"));
    }
    Ok(items)
}

macro_rules! scalars {
    ($wrap:expr) => {
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok($wrap(Scalar::Null))
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
            Ok($wrap(Scalar::Bool(value)))
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
            Ok($wrap(Scalar::Number(value.into())))
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
            Ok($wrap(Scalar::Number(value.into())))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok($wrap(Scalar::Text(text.to_owned())))
        }
    };
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scalar, D::Error> {
        struct Single;

        impl Visitor<'_> for Single {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a single value: a number, text, `true` or `false`")
            }

            scalars!(|scalar| scalar);
        }

        deserializer.deserialize_any(Single)
    }
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Wanted, D::Error> {
        struct AnyForm;

        fn one(scalar: Scalar) -> Wanted {
            Wanted::OneOf(vec![scalar])
        }

        impl<'de> Visitor<'de> for AnyForm {
            type Value = Wanted;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a value, a list of values, or bounds such as `{min: 32}`")
            }

            scalars!(one);

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Wanted, A::Error> {
                list(seq).map(Wanted::OneOf)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Wanted, A::Error> {
                Expectation::deserialize(MapAccessDeserializer::new(map)).map(Wanted::Within)
            }
        }

        deserializer.deserialize_any(AnyForm)
    }
}
