//! The closed forms of numbers.

use crate::dim::{Dim, Symbols};

/// The closed form of a number.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one is made, shown and dropped")]
pub enum Closed {
    /// One formula.
    Dim(Dim),
    /// The largest of some, of whole bytes.
    Bytes(ByteFormula),
    /// Bytes of other numbers of the plan, together.
    Parts(Parts),
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

/// The closed form of a number of bytes.
#[derive(Clone, Debug)]
pub struct ByteFormula {
    /// The formula; several where sizes are unknown, of which the largest counts.
    pub candidates: Vec<Dim>,
    /// Whether a last half byte is rounded up to a whole one.
    pub rounded_up: bool,
}

/// A sum of multiples of other numbers.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What is added.
    pub terms: Vec<Part>,
    /// Whether a last half byte is rounded up to a whole one.
    pub rounded_up: bool,
}

/// A number of the plan, times some bits.
#[derive(Clone, Debug)]
pub struct Part {
    /// The path of the number.
    pub path: String,
    /// Bits for each that it counts; 8 of a number of bytes.
    pub bits: u32,
    /// The closed form that it has itself.
    pub closed: Closed,
}

impl Parts {
    /// The sum of numbers of bytes.
    pub fn of_bytes<'p>(numbers: impl IntoIterator<Item = (&'p str, Closed)>) -> Parts {
        let part = |(path, closed): (&str, Closed)| Part { path: path.to_owned(), bits: 8, closed };
        Parts { terms: numbers.into_iter().map(part).collect(), rounded_up: false }
    }
}

impl Closed {
    /// The formulas in it.
    pub fn dims(&self) -> Vec<&Dim> {
        match self {
            Closed::Dim(dim) => vec![dim],
            Closed::Bytes(formula) => formula.candidates.iter().collect(),
            Closed::Parts(parts) => {
                parts.terms.iter().flat_map(|part| part.closed.dims()).collect()
            }
            Closed::Steps { steps, batch, each } => {
                [steps, batch].into_iter().chain(each).collect()
            }
        }
    }

    /// The number as one formula, whatever the values of the symbols are; none of a sum of steps
    /// that do not grow evenly.
    pub fn dim(&self, symbols: &mut Symbols) -> Option<Dim> {
        match self {
            Closed::Dim(dim) => Some(dim.clone()),
            Closed::Bytes(formula) => {
                let most = symbols.max_of(&formula.candidates);
                Some(whole(symbols, most, formula.rounded_up))
            }
            Closed::Parts(parts) => {
                let mut sum = Dim::zero();
                for Part { bits, closed, .. } in &parts.terms {
                    sum += (closed.dim(symbols)? * u64::from(*bits)).over(&8.into());
                }
                Some(whole(symbols, sum, parts.rounded_up))
            }
            Closed::Steps { steps, batch, each } => Some(steps * batch * each.as_ref()?),
        }
    }
}

fn whole(symbols: &mut Symbols, bytes: Dim, rounded_up: bool) -> Dim {
    if rounded_up { symbols.ceil_div(&bytes, &Dim::one()) } else { bytes }
}
