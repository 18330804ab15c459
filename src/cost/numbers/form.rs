//! The closed form of a number.

use std::rc::Rc;

use super::super::ByteFormula;
use crate::dim::{Dim, Symbols};

/// The closed form of a number, which is worked out when it is asked for: that takes longer than
/// the number itself.
#[derive(Clone)]
pub struct Form<'r> {
    /// The table of its symbols.
    pub symbols: &'r Symbols,
    make: Rc<dyn Fn() -> Closed + 'r>,
}

/// A closed form that was worked out.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one is made, shown and dropped")]
pub enum Closed {
    /// One formula.
    Dim(Dim),
    /// The largest of some, of whole bytes.
    Bytes(ByteFormula),
    /// The sum of decode steps.
    Steps {
        /// How many they are.
        steps: Dim,
        /// Prompts in a batch.
        batch: Dim,
        /// The mean of one prompt's steps, if they grow evenly.
        each: Option<Dim>,
    },
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

impl Closed {
    /// The formulas in it.
    pub fn dims(&self) -> impl Iterator<Item = &Dim> {
        let dims: Vec<&Dim> = match self {
            Closed::Dim(dim) => vec![dim],
            Closed::Bytes(formula) => formula.candidates.iter().collect(),
            Closed::Steps { steps, batch, each } => {
                [steps, batch].into_iter().chain(each).collect()
            }
        };
        dims.into_iter()
    }
}
