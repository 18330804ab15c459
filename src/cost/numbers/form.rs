//! The closed form of a number.

use std::rc::Rc;

use super::super::Closed;
use crate::dim::{Dim, Symbols};

/// The closed form of a number, which is worked out when it is asked for: that takes longer than
/// the number itself.
#[derive(Clone)]
pub struct Form<'r> {
    /// The table of its symbols.
    pub symbols: &'r Symbols,
    make: Rc<dyn Fn() -> Closed + 'r>,
}

impl<'r> Form<'r> {
    /// The form that `make` works out, in the symbols of a table.
    pub fn new(symbols: &'r Symbols, make: impl Fn() -> Closed + 'r) -> Form<'r> {
        Form { symbols, make: Rc::new(make) }
    }

    /// The form that is one formula.
    pub fn dim(symbols: &'r Symbols, make: impl Fn() -> Dim + 'r) -> Form<'r> {
        Form::new(symbols, move || Closed::Dim(make()))
    }

    /// Works it out.
    pub fn closed(&self) -> Closed {
        (self.make)()
    }
}
