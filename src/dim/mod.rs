//! Symbolic dimensions: exact polynomials over named symbols.
//!
//! A [`Dim`] is a canonical Laurent polynomial (integer exponents, possibly negative) with exact
//! rational coefficients, so two dimensions are equal exactly when `==` says so; there is no
//! separate simplification. Exact division is a negative exponent or a rational coefficient:
//! whether it divides evenly is for the caller to check. Only a true floor, ceiling, minimum or
//! maximum stays opaque, as an *atom* interned in [`Symbols`], where equal atoms are one symbol.
//!
//! All arithmetic is checked 128-bit. A [`Dim`] whose arithmetic failed is *poisoned*: it absorbs
//! whatever it meets and evaluates to an [`EvalError`], never to a wrapped number or a panic.
//!
//! ```
//! use vlmcalc::dim::{Dim, Symbols};
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

mod display;
mod eval;
mod monomial;
mod numbers;
mod ops;
mod parse;
mod poly;
mod product;
#[cfg(test)]
mod proptests;
mod rational;
mod sum;
mod symbols;
mod univariate;

use std::fmt;

pub use parse::Misread;
pub use poly::Dim;
pub use symbols::{Definition, Symbol, Symbols};

/// A handle to a symbol of one [`Symbols`] table; ordered by declaration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Sym(u32);

/// Why a dimension has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvalError {
    /// A number on the way exceeds 128 bits (or an exponent 32 bits).
    Overflow,
    /// The value is a fraction, or a quotient that is no polynomial.
    NotInteger,
    /// Something is divided by zero.
    DivisionByZero,
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EvalError::Overflow => "the value exceeds 128 bits",
            EvalError::NotInteger => "the value is not an integer",
            EvalError::DivisionByZero => "division by zero",
        })
    }
}

impl std::error::Error for EvalError {}
