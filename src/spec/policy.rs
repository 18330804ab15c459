//! A policy: limits that a team sets for many specs at once, in `vlmcalc.policy.yaml`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::{self, MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Bound, Expectation, Severity};
use crate::stages::bridge::Bridge;

/// The policy that is looked for beside specs and in the folders above them.
pub const POLICY_FILE: &str = "vlmcalc.policy.yaml";

/// A policy file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The rules by their names.
    pub rules: BTreeMap<String, Rule>,
}

/// A rule: limits on the plans of all specs that it matches.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the rule is for; shown where it is broken.
    #[serde(default)]
    pub description: Option<String>,
    /// Which specs it is about; all if not given.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// How bad a broken limit is, if it does not say so itself; an error if not given.
    #[serde(default)]
    pub severity: Severity,
    /// What must hold of their plans, written as in a spec's `expect`.
    pub limits: BTreeMap<String, Expectation>,
}

/// Which specs a rule is about: those for which everything that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// Patterns of names, such as `llava-*`; one of them must match.
    pub name: Option<OneOf<Pattern>>,
    /// Patterns of paths, such as `models/7b/**`; one of them must match.
    pub file: Option<OneOf<Pattern>>,
    /// Bridges, such as `linear`; it must be one of them.
    pub bridge: Option<OneOf<BridgeName>>,
    /// Fields of the spec and what they must be, such as `llm.tied: true` or
    /// `llm.depth: {min: 32}`; what the spec does not say has its default.
    pub spec: BTreeMap<String, Wanted>,
    /// Numbers of the plan and what must hold of them, such as
    /// `params.total: {value: 7B, tolerance: 15%}` for models of the 7B class.
    pub plan: BTreeMap<String, Expectation>,
}

/// One value, or a list of which one will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOf<T>(pub Vec<T>);

/// A pattern of names or paths: `*` stands for any part of a name, `**` for any folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(pub glob::Pattern);

/// The name of a bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeName(pub String);

/// What a field of a spec must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// One of these.
    OneOf(Vec<Scalar>),
    /// A number within bounds.
    Within(Expectation),
}

/// A single value of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Not given.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(i128),
    /// A choice, a name.
    Text(String),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OneOf<T>, D::Error> {
        struct OneOrList<T>(std::marker::PhantomData<T>);

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

        deserializer.deserialize_any(OneOrList(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pattern, D::Error> {
        let text = String::deserialize(deserializer)?;
        glob::Pattern::new(&text).map(Pattern).map_err(|error| {
            D::Error::custom(format!("`{text}` is no pattern: {}; help: `*` stands for any part of a name, `**` for any folders", error.msg))
        })
    }
}

impl<'de> Deserialize<'de> for BridgeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BridgeName, D::Error> {
        let name = String::deserialize(deserializer)?;
        // What the bridges themselves say of the name; that a known one lacks its fields is fine.
        match Bridge::deserialize(StrDeserializer::<value::Error>::new(&name)) {
            Err(error) if error.to_string().starts_with("unknown variant") => {
                Err(Bridge::deserialize(StrDeserializer::<D::Error>::new(&name))
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

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Scalar::Null => f.write_str("null"),
            Scalar::Bool(value) => value.fmt(f),
            Scalar::Number(value) => Bound::plain(*value).fmt(f),
            Scalar::Text(text) => f.write_str(text),
        }
    }
}
