//! Formulas compiled for many points.
//!
//! A [`Program`] is what is left of formulas once everything is known but a few symbols: sums,
//! products, quotients, minima and functions of whole numbers, each computed once, in an order in
//! which every step reads only what came before it. It says the same as
//! [`Symbols::eval_with`](super::Symbols::eval_with), and its steps can be read and written down,
//! to be run elsewhere too.
//!
//! ```
//! use vlmcalc::internals::dim::{Condition, Dim, Fault, Program, Relation, Symbols};
//!
//! let mut symbols = Symbols::default();
//! let h = symbols.given("H", "image height", 336);
//! let p = symbols.given("P", "patch size", 14);
//! let rows = Dim::from(h).over(&p.into());
//! let whole = Condition { left: &h.into(), relation: Relation::IsMultiple, right: &p.into() };
//! let program = Program::new(&symbols, &[h], &[&(&rows * &rows)], &[whole]).unwrap();
//! let mut runner = program.runner();
//! assert_eq!(runner.at(&[336]), Ok(&[576][..]));
//! assert_eq!(runner.at(&[448]), Ok(&[1024][..]));
//! assert_eq!(runner.at(&[500]), Err(Fault::Broken(0)));
//! ```

mod compile;
mod condition;
mod fraction;
mod run;
mod step;
#[cfg(test)]
mod tests;

use std::fmt;

pub use condition::{Condition, Relation};
pub use run::Runner;
pub use step::{Operation, Rounding, Slot, Step};

use super::{Dim, EvalError, Sym, Symbols};
use compile::Compiler;

/// Formulas compiled for the values of some symbols, with constraints on these values.
#[derive(Clone, Debug)]
pub struct Program {
    /// The names of the inputs, which are in the first slots.
    inputs: Vec<String>,
    constants: Vec<(Slot, i128)>,
    steps: Vec<Step>,
    checks: Vec<Check>,
    outputs: Vec<Slot>,
    /// The number of slots.
    slots: usize,
}

/// A compiled constraint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Check {
    /// The place in the list of constraints.
    pub constraint: usize,
    /// What must have a relation.
    pub left: Slot,
    /// Which one.
    pub relation: Relation,
    /// To what.
    pub right: Slot,
    /// The number of steps that it needs.
    pub after: usize,
}

/// Why a program has no numbers at a point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The constraint at this place is broken, the first one.
    Broken(usize),
    /// The formula at this place has no value, the first one.
    NoValue {
        /// The place.
        formula: usize,
        /// The reason.
        error: EvalError,
    },
}

impl Program {
    /// Compiles formulas for the values of `inputs`, which take the place of the values that these
    /// symbols have. A constraint that cannot be computed whatever they are is left out.
    ///
    /// # Errors
    /// The reason why a formula has no value whatever the inputs are: [`EvalError::Unknown`] if it
    /// depends on a symbol that has none and is no input.
    pub fn new(
        symbols: &Symbols,
        inputs: &[Sym],
        formulas: &[&Dim],
        constraints: &[Condition<'_>],
    ) -> Result<Program, EvalError> {
        let mut compiler = Compiler::new(symbols, inputs)?;
        for (at, constraint) in constraints.iter().enumerate() {
            compiler.check(at, constraint);
        }
        for formula in formulas {
            compiler.output(formula)?;
        }
        Ok(compiler.finish())
    }

    /// The names of the inputs; their values are in the first slots, in this order.
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// The slots that hold the same number at every point.
    pub fn constants(&self) -> &[(Slot, i128)] {
        &self.constants
    }

    /// The steps in their order. Each reads slots before the one that it writes.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The constraints in their order.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The slots of the formulas' numbers.
    pub fn outputs(&self) -> &[Slot] {
        &self.outputs
    }

    /// The number of slots.
    pub fn slots(&self) -> usize {
        self.slots
    }
}

/// A line for each input, constant, step, constraint and output.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.inputs.iter().enumerate() {
            writeln!(f, "s{at} = {name}")?;
        }
        for (slot, number) in &self.constants {
            writeln!(f, "{slot} = {number}")?;
        }
        for check in &self.checks {
            writeln!(f, "{} {} {}", check.left, check.relation, check.right)?;
        }
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        for (at, slot) in self.outputs.iter().enumerate() {
            writeln!(f, "output {at} = {slot}")?;
        }
        Ok(())
    }
}
