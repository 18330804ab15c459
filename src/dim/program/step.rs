//! The steps of a program, on whole numbers of 128 bits.

use std::fmt;
use std::sync::Arc;

use crate::dim::rational::mul;
use crate::dim::{EvalError, Function};

/// The place of a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Slot(usize);

impl Slot {
    pub(super) fn new(index: usize) -> Slot {
        Slot(index)
    }

    /// The index among all places.
    pub fn index(self) -> usize {
        self.0
    }

    /// The place so many after this one.
    pub(super) fn plus(self, count: usize) -> Slot {
        Slot(self.0 + count)
    }
}

/// One step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Where its number goes; the outputs of a function go there and to the next places.
    pub to: Slot,
    /// What it computes.
    pub operation: Operation,
}

/// What a step computes from the numbers of earlier ones.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// `constant + Σ coefficient·slot`.
    Sum {
        /// The summand without a slot.
        constant: i128,
        /// The coefficients and what they stand before. Before what may have no number there may be
        /// a zero.
        terms: Box<[(i128, Slot)]>,
    },
    /// The product of two.
    Product(Slot, Slot),
    /// A quotient, of which a divisor of zero has none.
    Quotient {
        /// How it becomes a whole number.
        rounding: Rounding,
        /// What is divided.
        dividend: Slot,
        /// By what.
        divisor: Slot,
    },
    /// The least of one or more.
    Min(Box<[Slot]>),
    /// The greatest of one or more.
    Max(Box<[Slot]>),
    /// All outputs of a function.
    Call {
        /// The function.
        function: Arc<Function>,
        /// The inputs.
        args: Box<[Slot]>,
    },
}

/// How a quotient becomes a whole number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rounding {
    /// The value must be one.
    Exact,
    /// The next one below, towards −∞.
    Down,
    /// The next one above, towards +∞.
    Up,
    /// The nearest one, of two equally near ones the even one.
    HalfToEven,
}

impl Operation {
    /// The number of places that its results take.
    pub(super) fn results(&self) -> usize {
        match self {
            Operation::Call { function, .. } => function.outputs.len(),
            _ => 1,
        }
    }

    /// Computes the results from the numbers in slots.
    #[inline]
    pub(super) fn execute(
        &self,
        read: impl Fn(Slot) -> Result<i128, EvalError>,
        mut write: impl FnMut(usize, i128),
    ) -> Result<(), EvalError> {
        let result = match self {
            Operation::Sum { constant, terms } => {
                let mut sum = *constant;
                for &(coefficient, slot) in terms {
                    let term = mul(coefficient, read(slot)?)?;
                    sum = sum.checked_add(term).ok_or(EvalError::Overflow)?;
                }
                sum
            }
            Operation::Product(a, b) => mul(read(*a)?, read(*b)?)?,
            Operation::Quotient { rounding, dividend, divisor } => {
                rounding.quotient(read(*dividend)?, read(*divisor)?)?
            }
            Operation::Min(candidates) => extreme(candidates, read, i128::min)?,
            Operation::Max(candidates) => extreme(candidates, read, i128::max)?,
            Operation::Call { function, args } => {
                let args: Vec<i128> =
                    args.iter().map(|arg| read(*arg)).collect::<Result<_, _>>()?;
                let outputs = function.call(&args)?;
                outputs.into_iter().enumerate().for_each(|(at, output)| write(at, output));
                return Ok(());
            }
        };
        write(0, result);
        Ok(())
    }
}

impl Rounding {
    fn quotient(self, a: i128, b: i128) -> Result<i128, EvalError> {
        if b == 0 {
            return Err(EvalError::DivisionByZero);
        }
        let (whole, over) = divided(a, b)?;
        if over == 0 {
            return Ok(whole);
        }
        // Cut off towards zero, a negative quotient is too high and a positive one too low. With
        // a remainder, the divisor is at least 2: the next number does not overflow.
        let is_negative = (a < 0) != (b < 0);
        Ok(match self {
            Rounding::Exact => return Err(EvalError::NotInteger),
            Rounding::Down => whole - i128::from(is_negative),
            Rounding::Up => whole + i128::from(!is_negative),
            Rounding::HalfToEven => {
                // Less than half of 128 bits without a sign, so twice it fits.
                let twice = 2 * over.unsigned_abs();
                let is_near = twice < b.unsigned_abs();
                let is_even_half = twice == b.unsigned_abs() && whole % 2 == 0;
                match (is_near || is_even_half, is_negative) {
                    (true, _) => whole,
                    (false, true) => whole - 1,
                    (false, false) => whole + 1,
                }
            }
        })
    }
}

fn extreme(
    candidates: &[Slot],
    read: impl Fn(Slot) -> Result<i128, EvalError>,
    choose: fn(i128, i128) -> i128,
) -> Result<i128, EvalError> {
    let mut chosen = None;
    for slot in candidates {
        let next = read(*slot)?;
        chosen = Some(chosen.map_or(next, |so_far| choose(so_far, next)));
    }
    chosen.ok_or(EvalError::NotInteger)
}

/// The quotient, cut off towards zero, and the remainder, for a divisor that is not zero.
#[inline]
pub(super) fn divided(a: i128, b: i128) -> Result<(i128, i128), EvalError> {
    if let (Ok(a), Ok(b)) = (i64::try_from(a), i64::try_from(b))
        && let Some(whole) = a.checked_div(b)
    {
        return Ok((whole.into(), (a % b).into()));
    }
    Ok((a.checked_div(b).ok_or(EvalError::Overflow)?, a % b))
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s{}", self.0)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.operation {
            Operation::Call { function, .. } if function.outputs.len() > 1 => {
                let last = self.to.plus(function.outputs.len() - 1);
                write!(f, "{} … {last} = {}", self.to, self.operation)
            }
            operation => write!(f, "{} = {operation}", self.to),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |slots: &[Slot]| {
            let slots: Vec<String> = slots.iter().map(Slot::to_string).collect();
            slots.join(", ")
        };
        match self {
            Operation::Sum { constant, terms } => {
                let summand = |(number, slot): &(i128, Slot)| match number {
                    1 => slot.to_string(),
                    _ => format!("{number}·{slot}"),
                };
                let mut summands: Vec<String> = terms.iter().map(summand).collect();
                if *constant != 0 || summands.is_empty() {
                    summands.push(constant.to_string());
                }
                f.write_str(&summands.join(" + "))
            }
            Operation::Product(a, b) => write!(f, "{a}·{b}"),
            Operation::Quotient { rounding, dividend, divisor } => match rounding {
                Rounding::Exact => write!(f, "{dividend}/{divisor}"),
                Rounding::Down => write!(f, "⌊{dividend}/{divisor}⌋"),
                Rounding::Up => write!(f, "⌈{dividend}/{divisor}⌉"),
                Rounding::HalfToEven => write!(f, "round_even({dividend}/{divisor})"),
            },
            Operation::Min(candidates) => write!(f, "min({})", list(candidates)),
            Operation::Max(candidates) => write!(f, "max({})", list(candidates)),
            Operation::Call { function, args } => write!(f, "{}({})", function.name, list(args)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_round_as_they_say() {
        let all = |a, b| {
            [Rounding::Exact, Rounding::Down, Rounding::Up, Rounding::HalfToEven]
                .map(|rounding| rounding.quotient(a, b).ok())
        };
        assert_eq!(all(7, 2), [None, Some(3), Some(4), Some(4)]);
        assert_eq!(all(-7, 2), [None, Some(-4), Some(-3), Some(-4)]);
        assert_eq!(all(5, -2), [None, Some(-3), Some(-2), Some(-2)]);
        assert_eq!(all(-5, -3), [None, Some(1), Some(2), Some(2)]);
        assert_eq!(all(6, -3), [Some(-2); 4]);
        assert_eq!(all(1, 0), [None; 4]);
        assert_eq!(all(i128::MIN, -1), [None; 4]);
        assert_eq!(all(i64::MIN.into(), -1), [Some(1 << 63); 4]);
        let half = i128::MAX / 2;
        assert_eq!(all(i128::MAX, 2), [None, Some(half), Some(half + 1), Some(half + 1)]);
        assert_eq!(all(i128::MAX, i128::MIN), [None, Some(-1), Some(0), Some(-1)]);
    }
}
