//! What must hold of two numbers.

use std::fmt;

use super::step::divided;
use crate::dim::Dim;

/// A constraint: two dimensions must have a relation.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'a> {
    /// What must have it.
    pub left: &'a Dim,
    /// Which one.
    pub relation: Relation,
    /// To what.
    pub right: &'a Dim,
}

/// A relation of two numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// One is a multiple of the other; nothing is a multiple of zero.
    IsMultiple,
    /// One is at most the other.
    IsAtMost,
    /// Both are the same.
    Equals,
    /// Both are not the same.
    Differs,
}

impl Relation {
    /// Whether two numbers have it.
    pub fn holds(self, left: i128, right: i128) -> bool {
        match self {
            // Too large is only the quotient of the least number by −1.
            Relation::IsMultiple => {
                right != 0 && divided(left, right).map_or(true, |(_, over)| over == 0)
            }
            Relation::IsAtMost => left <= right,
            Relation::Equals => left == right,
            Relation::Differs => left != right,
        }
    }
}

/// The sign of the relation.
impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Relation::IsMultiple => "is a multiple of",
            Relation::IsAtMost => "≤",
            Relation::Equals => "=",
            Relation::Differs => "≠",
        })
    }
}
