//! Polynomials of one variable that takes whole numbers from 0 on.

use smallvec::{SmallVec, smallvec};

use super::EvalError;
use super::rational::{Rational, lcm};

/// `c₀ + c₁·t + c₂·t² + …`: the coefficients, of which the last is not zero.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Univariate(SmallVec<[Rational; 2]>);

impl From<Rational> for Univariate {
    fn from(constant: Rational) -> Univariate {
        Univariate::trimmed(smallvec![constant])
    }
}

impl Univariate {
    /// `start + step·t`.
    pub(super) fn line(start: i128, step: i128) -> Univariate {
        Univariate::trimmed(smallvec![start.into(), step.into()])
    }

    fn trimmed(mut coefficients: SmallVec<[Rational; 2]>) -> Univariate {
        while coefficients.last().is_some_and(|last| last.is_zero()) {
            coefficients.pop();
        }
        Univariate(coefficients)
    }

    /// The number that this is everywhere, if it is one.
    pub(super) fn as_constant(&self) -> Option<Rational> {
        (self.0.len() <= 1).then(|| self.at_zero())
    }

    /// The value at 0.
    pub(super) fn at_zero(&self) -> Rational {
        self.0.first().copied().unwrap_or(Rational::ZERO)
    }

    /// Whether it is negative at 0, or zero there and negative right after.
    pub(super) fn starts_below_zero(&self) -> bool {
        self.0.iter().find(|c| !c.is_zero()).is_some_and(|c| c.is_negative())
    }

    pub(super) fn checked_add(&self, other: &Univariate) -> Result<Univariate, EvalError> {
        let (long, short) =
            if self.0.len() < other.0.len() { (other, self) } else { (self, other) };
        let mut sum = long.0.clone();
        for (slot, c) in sum.iter_mut().zip(&short.0) {
            *slot = slot.checked_add(*c)?;
        }
        Ok(Univariate::trimmed(sum))
    }

    pub(super) fn checked_sub(&self, other: &Univariate) -> Result<Univariate, EvalError> {
        self.checked_add(&other.times(Rational::from(-1))?)
    }

    pub(super) fn times(&self, factor: Rational) -> Result<Univariate, EvalError> {
        let scaled = self.0.iter().map(|c| c.checked_mul(factor));
        scaled.collect::<Result<_, _>>().map(Univariate::trimmed)
    }

    pub(super) fn checked_mul(&self, other: &Univariate) -> Result<Univariate, EvalError> {
        let length = (self.0.len() + other.0.len()).saturating_sub(1);
        let mut product: SmallVec<[Rational; 2]> = smallvec![Rational::ZERO; length];
        for (i, a) in self.0.iter().enumerate() {
            for (j, b) in other.0.iter().enumerate() {
                product[i + j] = product[i + j].checked_add(a.checked_mul(*b)?)?;
            }
        }
        Ok(Univariate::trimmed(product))
    }

    /// The part with whole coefficients, which leaves of each coefficient at least 0 and less than
    /// 1; the constant is left whole. With it the least common denominator of what is left.
    pub(super) fn whole_steps(&self) -> Result<(Univariate, i128), EvalError> {
        let mut denominators = 1;
        let mut whole: SmallVec<[Rational; 2]> = smallvec![Rational::ZERO];
        for c in self.0.iter().skip(1) {
            denominators = lcm(denominators, c.denominator())?;
            whole.push(c.floor().into());
        }
        Ok((Univariate::trimmed(whole), denominators))
    }

    /// The last `t` up to `most` until which this is certainly at most 0 (or below 0 if `strictly`),
    /// given that it is so at 0. Of a straight line it is the last; of what bends it may be an
    /// earlier one, since what falls on the way is not counted on.
    pub(super) fn stays_down(&self, strictly: bool, most: i128) -> i128 {
        let mut rising = self.clone();
        for c in rising.0.iter_mut().skip(1).filter(|c| c.is_negative()) {
            *c = Rational::ZERO;
        }
        let is_down = |t: i128| {
            rising.at(t).is_ok_and(|value| value.is_negative() || (!strictly && value.is_zero()))
        };
        if is_down(most) {
            return most;
        }
        let (mut down, mut up) = (0, most);
        while up - down > 1 {
            let middle = down + (up - down) / 2;
            if is_down(middle) { down = middle } else { up = middle }
        }
        down
    }

    fn at(&self, t: i128) -> Result<Rational, EvalError> {
        let horner = |value: Rational, c: &Rational| value.checked_mul(t.into())?.checked_add(*c);
        self.0.iter().rev().try_fold(Rational::ZERO, horner)
    }

    /// The sum of its values at `0 .. count`, by Newton's forward differences: the `j`th
    /// difference at 0 times `count` over `j + 1`.
    pub(super) fn sum(&self, count: i128) -> Result<Rational, EvalError> {
        let mut differences: Vec<Rational> =
            (0..self.0.len()).map(|t| self.at(t as i128)).collect::<Result<_, _>>()?;
        let mut sum = Rational::ZERO;
        for j in 0..self.0.len() as i128 {
            let mut term = differences.first().copied().unwrap_or(Rational::ZERO);
            for k in 0..=j {
                let factor = Rational::from(count - k).checked_div(Rational::from(k + 1))?;
                term = term.checked_mul(factor)?;
            }
            sum = sum.checked_add(term)?;
            let next =
                differences.windows(2).map(|pair| pair[1].checked_add(pair[0].checked_neg()?));
            differences = next.collect::<Result<_, _>>()?;
        }
        Ok(sum)
    }
}
