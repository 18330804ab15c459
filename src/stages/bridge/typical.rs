//! Each bridge as a well-known model has it: what a bridge that is only named stands for in a
//! comparison.

use crate::units::Size;

/// A bridge with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typical {
    /// As a spec says it, on one line.
    pub yaml: String,
    /// Whose it is, and where that is written.
    pub source: &'static str,
}

impl Typical {
    /// A bridge whose parameters do not depend on the encoder.
    pub fn new(yaml: &str, source: &'static str) -> Typical {
        Typical { yaml: yaml.to_owned(), source }
    }
}

/// A typical bridge for an encoder of this width, if that is known.
pub type Make = fn(Option<Size>) -> Typical;
