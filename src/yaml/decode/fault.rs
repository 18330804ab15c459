//! The error of the deserializer: what `serde` says, kept in its parts, and the way to the place.

use serde::de::{self, Expected, Unexpected};
use std::fmt;

/// An error and where it happened.
#[derive(Debug)]
pub(super) struct Fault {
    pub kind: Kind,
    /// Indices of entries and items from the place outwards to the root.
    pub steps: Vec<usize>,
    /// Whether it is the key of the last entry that is wrong, not its value.
    pub on_key: bool,
    /// Whether it happened inside of a stand-in value (see [`super::hole`]).
    pub in_hole: bool,
}

#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    /// A value of another type than `expected`.
    Type { expected: String },
    /// A whole number outside of the range of its type.
    Range { low: i128, high: i128 },
    /// An infinite number or none.
    NotFinite,
    /// Some key of the map at the place is not known.
    UnknownKey { name: String, known: &'static [&'static str] },
    /// A key is missing in the map at the place.
    Missing(&'static str),
    /// The text, or the only key of the map, at the place is not a choice.
    UnknownVariant { name: String, known: &'static [&'static str] },
    /// The map at the place has to have one key: a choice.
    NotOneVariant { known: &'static [&'static str] },
    /// The choice at the place takes no content.
    NoContent,
    /// A message of a type's own `Deserialize`; see [`crate::diag::refuse`].
    Custom(String),
}

impl Fault {
    pub fn new(kind: Kind) -> Self {
        Fault { kind, steps: Vec::new(), on_key: false, in_hole: false }
    }

    pub fn wrong_type(expected: &str) -> Self {
        let expected = expected.to_owned();
        Fault::new(Kind::Type { expected })
    }

    /// The fault seen from the parent of its place.
    pub fn under(mut self, index: usize) -> Self {
        self.steps.push(index);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Fault::new(Kind::Custom(message.to_string()))
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Fault::wrong_type(&expected.to_string())
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Fault::custom(format_args!("{found} is not {expected}"))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Fault::custom(format_args!("{length} items instead of {expected}"))
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Self {
        let name = name.to_owned();
        Fault::new(Kind::UnknownVariant { name, known })
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        let name = name.to_owned();
        Fault::new(Kind::UnknownKey { name, known })
    }

    fn missing_field(name: &'static str) -> Self {
        Fault::new(Kind::Missing(name))
    }

    fn duplicate_field(name: &'static str) -> Self {
        Fault::custom(format_args!("[duplicate-key] `{name}` is given twice"))
    }
}
