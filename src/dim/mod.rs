//! Symbolic dimensions: exact polynomials over named symbols.
//!
//! A [`Dim`] is a canonical Laurent polynomial (integer exponents, possibly negative) with exact
//! rational coefficients; there is no separate simplification. Exact division is a negative
//! exponent or a rational coefficient: whether it divides evenly is for the caller to check. Only a
//! true rounding, minimum or maximum, or a [`Function`] that algebra should not express, stays
//! opaque, as an *atom* interned in [`Symbols`]. Atoms have a normal form, and those of the same
//! one are one symbol, written as it was first met.
//!
//! All arithmetic is checked 128-bit. A [`Dim`] whose arithmetic failed is *poisoned*: it absorbs
//! whatever it meets and evaluates to an [`EvalError`], never to a wrapped number or a panic. So
//! does one with a symbol of another table.
//!
//! # What is equal
//!
//! Two dimensions of a table are equal by `==`, once their abbreviations are written out
//! ([`Symbols::same`]; inside atoms they always are), exactly when these laws make them equal.
//! *Whole* are symbols other than abbreviations, roundings, outputs of functions, minima and maxima
//! of what is whole, and polynomials of these with integer coefficients. q is anything, x is whole,
//! n a positive whole number.
//!
//! - Polynomials are equal if their terms are, and a/a is 1.
//! - ⌊x⌋ = x, ⌊q + x⌋ = ⌊q⌋ + x; the same for ⌈ ⌉, and for rounding half to even if x is even.
//! - ⌈x/n⌉ = ⌊(x + n − 1)/n⌋, and ⌊x/n + c⌋ = ⌊(x + ⌊n·c⌋)/n⌋ for a number c.
//! - ⌊(⌊q⌋ + x)/n⌋ = ⌊(q + x)/n⌋ if there is no other rounding in q and x; the same for ⌈ ⌉.
//! - max(a, b) = −min(−a, −b). The order of candidates does not matter, nor do repeated ones, nor
//!   those that are greater than another one by a number.
//! - min(min(a, b) + q, c) = min(a + q, b + q, c); min(a + q, b + q) = min(a, b) + q if q is no
//!   minimum or maximum and none is a summand of it; min(r·a, r·b) = r·min(a, b) for a positive
//!   number r.
//! - Outputs of a function are equal if its inputs are.
//!
//! No law uses what a symbol's value is, not even that it is positive: ⌊⌊H/P⌋/r⌋ is not ⌊H/(P·r)⌋.
//! Divisors that are sums are compared up to a factor of a single term, and a name for one is not
//! written out under a bar. Sums that would take hundreds of steps stay as they are.
//!
//! ```
//! use vlmcalc::{Dim, Symbols};
//!
//! let mut symbols = Symbols::default();
//! let h = symbols.given("H", "image height", 224);
//! let w = symbols.given("W", "image width", 224);
//! let p = symbols.given("P", "patch size", 16);
//! let patches = (h * w).over(&(p * p));
//! assert_eq!(symbols.show(&patches), "(H/P)·(W/P)");
//! assert_eq!(symbols.eval(&patches), Ok(Some(196)));
//! assert_eq!(patches * p * p, h * w);
//! ```

mod atoms;
mod display;
mod eval;
mod extremum;
#[cfg(test)]
mod laws;
mod monomial;
mod needed;
mod numbers;
mod ops;
mod parse;
mod parts;
mod poly;
mod product;
mod program;
#[cfg(test)]
mod proptests;
mod quotient;
mod rational;
mod rounding;
mod rule;
mod sum;
mod sym;
mod symbols;
#[cfg(test)]
mod trees;
mod univariate;

use std::fmt;

pub use parse::names;
pub use poly::Dim;
pub use program::{
    Check, Condition, Fault, Operation, Program, Relation, Rounding, Runner, Slot, Step,
};
pub use rule::{Call, Function, Rule};
pub use sym::Sym;
pub use symbols::{Definition, Field, Symbol, Symbols};

/// Why a dimension has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvalError {
    /// A number on the way exceeds 128 bits (or an exponent 16 bits, or a formula what is sensible).
    Overflow,
    /// The value is a fraction, or a quotient that is no polynomial.
    NotInteger,
    /// Something is divided by zero.
    DivisionByZero,
    /// A symbol of another table is in it.
    Foreign,
    /// A name is bound to another value than its formula has, in what is written both with the
    /// name and with the formula.
    Contradiction,
    /// A symbol that has no value is in it (of a [`Program`]; elsewhere it just has no value).
    Unknown,
    /// A function has no value for its inputs, for this reason.
    Refused(&'static str),
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EvalError::Overflow => "the value exceeds 128 bits",
            EvalError::NotInteger => "the value is not an integer",
            EvalError::DivisionByZero => "division by zero",
            EvalError::Foreign => "a symbol of another table",
            EvalError::Contradiction => "a name has two values",
            EvalError::Unknown => "a symbol without a value",
            EvalError::Refused(reason) => reason,
        })
    }
}

impl std::error::Error for EvalError {}
