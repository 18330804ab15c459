//! What became of an expectation, before it has a place.

use crate::diag::Diagnostic;

/// What became of an expectation.
#[derive(Debug)]
pub enum Judgement {
    /// The expectation holds of this, which may be a number.
    Holds(String, Option<i128>),
    /// The expectation is broken.
    Broken(Breach),
    /// The path names nothing that a plan has.
    Unknown,
    /// The expectation makes no sense of what the path names.
    Senseless(Diagnostic),
}

/// Something that does not hold.
#[derive(Debug, Default)]
pub struct Breach {
    /// What is, if that is known.
    pub actual: Option<String>,
    /// The number that is, if it is one.
    pub value: Option<i128>,
    /// By how much it is off, if that is a number.
    pub off: Option<i128>,
    /// How far off it is, for a reader: `+320 (+125 %)`.
    pub off_shown: Option<String>,
    /// What a reader must know beside these.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
}
