//! What atoms stand for: rules that algebra does not look into.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::rational::Rational;
use super::{Dim, EvalError};

/// A rule applied to dimensions.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Call {
    /// The rule.
    pub rule: Rule,
    /// What it is applied to: dividend and divisor of a rounding, any number of candidates of a
    /// minimum or maximum, the inputs of a function.
    pub args: Box<[Dim]>,
    /// Which of a function's outputs this is; 0 for other rules.
    pub output: usize,
}

/// A rule.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Rule {
    /// `⌊a/b⌋`: the quotient, rounded down.
    Floor,
    /// `⌈a/b⌉`: the quotient, rounded up.
    Ceil,
    /// `round_even(a/b)`: the quotient, rounded to the nearest whole number, halves to the even one.
    RoundEven,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// An output of a function.
    Of(Arc<Function>),
}

/// The code of a [`Function`]: from its inputs to its outputs.
pub type Evaluate = Box<dyn Fn(&[i128], &mut [i128]) -> Result<(), &'static str> + Send + Sync>;

/// A function of whole numbers that algebra should not express, such as the choice of a grid.
///
/// It is deterministic: equal inputs give equal outputs. Functions are told apart by their names
/// and settings.
pub struct Function {
    /// The name in formulas.
    pub name: String,
    /// What else the outputs depend on, as a text that tells it apart; empty if nothing.
    pub settings: String,
    /// The names of its inputs.
    pub inputs: &'static [&'static str],
    /// The names of its outputs: `h` in `smart_resize(h, w).h`. A single output is not named in
    /// formulas.
    pub outputs: &'static [&'static str],
    /// Computes the outputs, or says in one lowercase line why there are none. The slices have
    /// the lengths of the two lists of names.
    pub eval: Evaluate,
    /// Where it is defined: the code that it follows.
    pub source: &'static str,
}

impl Call {
    /// A rule other than a function, applied to dimensions.
    pub(super) fn new(rule: Rule, args: impl IntoIterator<Item = Dim>) -> Call {
        Call { rule, args: args.into_iter().collect(), output: 0 }
    }

    /// The value for the values of the arguments.
    pub(super) fn value(&self, args: &[Rational]) -> Result<Rational, EvalError> {
        let rounded = |round: fn(Rational) -> i128| Ok(round(quotient(args)?).into());
        match &self.rule {
            Rule::Floor => rounded(Rational::floor),
            Rule::Ceil => rounded(Rational::ceil),
            Rule::RoundEven => rounded(Rational::round_even),
            Rule::Min => extreme(args, |a, b| Ok(a.checked_cmp(b)?.is_le())),
            Rule::Max => extreme(args, |a, b| Ok(a.checked_cmp(b)?.is_ge())),
            Rule::Of(function) => {
                let whole = |arg: &Rational| arg.as_integer().ok_or(EvalError::NotInteger);
                let inputs: Vec<i128> = args.iter().map(whole).collect::<Result<_, _>>()?;
                Ok(function.call(&inputs)?[self.output].into())
            }
        }
    }
}

fn quotient(args: &[Rational]) -> Result<Rational, EvalError> {
    match args {
        [a, b] => a.checked_div(*b),
        _ => Err(EvalError::NotInteger),
    }
}

fn extreme(
    args: &[Rational],
    is_first: impl Fn(Rational, Rational) -> Result<bool, EvalError>,
) -> Result<Rational, EvalError> {
    let (first, others) = args.split_first().ok_or(EvalError::NotInteger)?;
    others.iter().try_fold(*first, |a, &b| Ok(if is_first(a, b)? { a } else { b }))
}

impl Function {
    /// The outputs for as many inputs as it has.
    ///
    /// # Errors
    /// [`EvalError::Refused`] with the function's reason.
    pub fn call(&self, inputs: &[i128]) -> Result<Vec<i128>, EvalError> {
        let mut outputs = vec![0; self.outputs.len()];
        (self.eval)(inputs, &mut outputs).map_err(EvalError::Refused)?;
        Ok(outputs)
    }
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.settings == other.settings
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.settings.hash(state);
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
