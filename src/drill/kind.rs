//! What answers count.

use crate::units::Unit;

/// What a number of an answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tokens, parameters, values.
    Count,
    /// Floating-point operations.
    Flop,
    /// Bytes.
    Byte,
    /// A share in percent.
    Percent,
}

impl Kind {
    /// The unit that its numbers are read and shown in.
    pub fn unit(self) -> Unit {
        match self {
            Kind::Count | Kind::Percent => Unit::Count,
            Kind::Flop => Unit::Flop,
            Kind::Byte => Unit::Byte,
        }
    }

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Count => "count",
            Kind::Flop => "flop",
            Kind::Byte => "bytes",
            Kind::Percent => "percent",
        }
    }
}
