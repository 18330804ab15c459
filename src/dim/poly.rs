//! The polynomial itself.

use std::collections::BTreeSet;

use smallvec::{SmallVec, smallvec};

use super::monomial::Monomial;
use super::rational::{Rational, lcm};
use super::{EvalError, Sym};

/// The most pairs of terms that one product may have to multiply out; beyond it is an overflow.
/// Real dimensions have some tens of terms.
const MAX_PAIRS: usize = 1 << 16;

/// Most dimensions are a single term, which then needs no memory of its own.
type Terms = SmallVec<[(Monomial, Rational); 1]>;

/// A dimension: a canonical Laurent polynomial with exact coefficients. The default is zero.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[must_use]
pub struct Dim {
    /// In ascending order of monomials, each once; no coefficient is zero.
    terms: Terms,
    /// Set when arithmetic failed; there are no terms then.
    fault: Option<EvalError>,
}

impl Dim {
    /// The constant 0.
    pub fn zero() -> Dim {
        Dim::default()
    }

    /// The constant 1.
    pub fn one() -> Dim {
        Dim::constant(Rational::ONE)
    }

    /// Whether this is the constant 0.
    pub fn is_zero(&self) -> bool {
        self.as_constant() == Some(0)
    }

    /// Whether this is the constant 1.
    pub fn is_one(&self) -> bool {
        self.as_constant() == Some(1)
    }

    /// The integer that this is, if no symbol is in it.
    pub fn as_constant(&self) -> Option<i128> {
        self.as_rational().and_then(Rational::as_integer)
    }

    /// Whether every coefficient is an integer.
    pub fn has_whole_coefficients(&self) -> bool {
        self.terms.iter().all(|(_, coefficient)| coefficient.denominator() == 1)
    }

    /// The symbols in it, distinct and in order; an atom or a named symbol counts as itself.
    pub fn symbols(&self) -> impl Iterator<Item = Sym> + '_ {
        let factors = self.terms.iter().flat_map(|(monomial, _)| monomial.factors());
        let distinct: BTreeSet<Sym> = factors.map(|factor| factor.0).collect();
        distinct.into_iter()
    }

    /// The `n`th power.
    pub fn pow(&self, n: u32) -> Dim {
        let (mut power, mut square, mut left) = (Dim::one(), self.clone(), n);
        if self.fault.is_some() {
            return square;
        }
        while left > 0 {
            if left & 1 == 1 {
                power *= &square;
            }
            left >>= 1;
            if left > 0 {
                square = &square * &square;
            }
        }
        power
    }

    /// Exact division.
    ///
    /// The divisor is a single term, or a sum of which this is a single-term multiple. Anything
    /// else (and zero) gives a poisoned dimension, whose evaluation is an error.
    pub fn over(&self, divisor: &Dim) -> Dim {
        let quotient = self.checked_div(divisor).transpose();
        Dim::or_poisoned(quotient.unwrap_or(Err(EvalError::NotInteger)))
    }

    /// This with `by` in the place of `sym`.
    ///
    /// Where `sym` has a negative exponent `by` must be a single term, otherwise the result is
    /// poisoned.
    pub fn substitute(&self, sym: Sym, by: &Dim) -> Dim {
        let mut result = Dim { fault: self.fault, ..Dim::zero() };
        for &(ref monomial, coefficient) in &self.terms {
            let (rest, exponent) = monomial.split_off(sym);
            let rest = Dim::term(rest, coefficient);
            let power = by.pow(exponent.unsigned_abs());
            result += match exponent {
                0 => rest,
                1.. => rest * power,
                _ => rest.over(&power),
            };
        }
        result
    }

    pub(super) fn constant(value: Rational) -> Dim {
        Dim::term(Monomial::default(), value)
    }

    pub(super) fn term(monomial: Monomial, coefficient: Rational) -> Dim {
        let zero = coefficient.is_zero();
        let terms = if zero { Terms::new() } else { smallvec![(monomial, coefficient)] };
        Dim { terms, fault: None }
    }

    pub(super) fn or_poisoned(result: Result<Dim, EvalError>) -> Dim {
        result.unwrap_or_else(|fault| Dim { fault: Some(fault), ..Dim::zero() })
    }

    /// The terms in the order they are written, or why there are none.
    pub(super) fn terms(&self) -> Result<&[(Monomial, Rational)], EvalError> {
        self.fault.map_or(Ok(&self.terms), Err)
    }

    /// The number that this is, if no symbol is in it.
    pub(super) fn as_rational(&self) -> Option<Rational> {
        match self.terms().ok()? {
            [] => Some(Rational::ZERO),
            [(monomial, value)] if monomial.is_one() => Some(*value),
            _ => None,
        }
    }

    pub(super) fn checked_neg(mut self) -> Result<Dim, EvalError> {
        self.terms()?;
        for (_, coefficient) in &mut self.terms {
            *coefficient = coefficient.checked_neg()?;
        }
        Ok(self)
    }

    pub(super) fn checked_add(mut self, other: Dim) -> Result<Dim, EvalError> {
        self.terms()?;
        other.terms()?;
        for (monomial, coefficient) in other.terms {
            self.add_term(monomial, coefficient)?;
        }
        Ok(self)
    }

    pub(super) fn checked_mul(&self, other: &Dim) -> Result<Dim, EvalError> {
        let (left, right) = (self.terms()?, other.terms()?);
        if left.len().saturating_mul(right.len()) > MAX_PAIRS {
            return Err(EvalError::Overflow);
        }
        let mut product = Dim::zero();
        for (a, by_a) in left {
            for (b, by_b) in right {
                product.add_term(a.checked_mul(b)?, by_a.checked_mul(*by_b)?)?;
            }
        }
        Ok(product)
    }

    /// The quotient, or `None` where it is not a single term over or under the sum.
    pub(super) fn checked_div(&self, divisor: &Dim) -> Result<Option<Dim>, EvalError> {
        let dividend = self.terms()?;
        let Some(&(ref by, by_coefficient)) = divisor.terms()?.first() else {
            return Err(EvalError::DivisionByZero);
        };
        if divisor.terms.len() == 1 {
            let mut quotient = Dim::zero();
            for (monomial, coefficient) in dividend {
                let coefficient = coefficient.checked_div(by_coefficient)?;
                quotient.add_term(monomial.checked_div(by)?, coefficient)?;
            }
            return Ok(Some(quotient));
        }
        // The order of terms survives multiplication, so the first terms give the only candidate.
        let Some((first, coefficient)) = dividend.first() else {
            return Ok(Some(Dim::zero()));
        };
        let ratio = Dim::term(first.checked_div(by)?, coefficient.checked_div(by_coefficient)?);
        Ok((ratio.checked_mul(divisor)? == *self).then_some(ratio))
    }

    /// This as a fraction in lowest terms of two polynomials with integer coefficients and no
    /// negative exponents, the second of a single term.
    pub(super) fn fraction(&self) -> Result<(Dim, Dim), EvalError> {
        let (mut monomial, mut coefficient) = (Monomial::default(), 1);
        for (factors, of_term) in self.terms()? {
            monomial = monomial.clearing(factors)?;
            coefficient = lcm(coefficient, of_term.denominator())?;
        }
        let denominator = Dim::term(monomial, coefficient.into());
        Ok((self.checked_mul(&denominator)?, denominator))
    }

    fn add_term(&mut self, monomial: Monomial, coefficient: Rational) -> Result<(), EvalError> {
        match self.terms.binary_search_by(|(known, _)| known.cmp(&monomial)) {
            Err(at) => self.terms.insert(at, (monomial, coefficient)),
            Ok(at) => {
                let sum = self.terms[at].1.checked_add(coefficient)?;
                if sum.is_zero() {
                    self.terms.remove(at);
                } else {
                    self.terms[at].1 = sum;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: Sym = Sym(0);
    const D: Sym = Sym(1);
    const H: Sym = Sym(2);

    fn dim(sym: Sym) -> Dim {
        sym.into()
    }

    fn poisoned(fault: EvalError) -> Dim {
        Dim::or_poisoned(Err(fault))
    }

    #[test]
    fn equality_needs_no_simplification() {
        assert_eq!((N + dim(D)) * (N - dim(D)), N * N - D * D);
        assert_eq!(4 * dim(N).over(&4.into()), dim(N));
        assert_eq!(H * dim(D).over(&H.into()), dim(D));
        assert_eq!((dim(N) + 1).pow(3), N * N * N + 3 * N * N + 3 * N + 1);
        assert!((dim(N) - N).is_zero());
        assert!(dim(N).pow(0).is_one());
        assert_eq!([N, D].into_iter().sum::<Dim>(), D + dim(N));
        assert_eq!([dim(N), dim(D)].iter().product::<Dim>(), D * N);
        assert_eq!(Dim::from(7u64).as_constant(), Some(7));
        assert_eq!(Dim::one().over(&2.into()).as_constant(), None);
        assert_eq!(dim(N).as_constant(), None);
        assert!((dim(N).over(&D.into()) + 2).has_whole_coefficients());
        assert!(!(N + dim(D).over(&2.into())).has_whole_coefficients());
    }

    #[test]
    fn division_by_a_sum_must_be_exact() {
        let sum = dim(N) + dim(D).over(&H.into());
        assert_eq!((6 * &sum * D).over(&(&sum * 4)), (3 * D).over(&2.into()));
        assert_eq!(Dim::zero().over(&sum), Dim::zero());
        assert_eq!(dim(N).over(&sum), poisoned(EvalError::NotInteger));
        assert_eq!(dim(N).over(&Dim::zero()), poisoned(EvalError::DivisionByZero));
    }

    #[test]
    fn substitution() {
        let d = N * N * D + dim(N).over(&D.into());
        assert_eq!(d.symbols().collect::<Vec<_>>(), [N, D]);
        assert_eq!(
            d.substitute(N, &(dim(H) + 1)),
            H * H * D + 2 * H * D + D + (dim(H) + 1).over(&D.into())
        );
        assert_eq!(d.substitute(D, &(2 * H)), 2 * N * N * H + dim(N).over(&(2 * H)));
        assert_eq!(d.substitute(H, &Dim::zero()), d);
        assert_eq!(d.substitute(D, &(dim(H) + 1)), poisoned(EvalError::NotInteger));
        assert_eq!(d.substitute(D, &Dim::zero()), poisoned(EvalError::DivisionByZero));
    }

    #[test]
    fn overflow_poisons_for_good() {
        let huge = dim(N) * Dim::from(i128::MAX);
        let overflow = poisoned(EvalError::Overflow);
        assert_eq!(&huge + &huge, overflow);
        assert_eq!(&huge * 2, overflow);
        assert_eq!(-Dim::from(i128::MIN), overflow);
        assert_eq!(dim(N).pow(u32::MAX), overflow);
        assert_eq!((N + dim(D)).pow(u32::MAX), overflow);
        assert_eq!((&overflow + 1) * Dim::zero(), overflow);
        assert_eq!(overflow.pow(0), overflow);
        assert_eq!(overflow.over(&huge), overflow);
        assert_eq!(overflow.substitute(N, &Dim::one()), overflow);
        assert!(!overflow.is_zero());
    }

    #[test]
    fn products_of_many_terms_are_refused() {
        let sum: Dim = (0..300).map(Sym).sum();
        assert_eq!(&sum * &sum, poisoned(EvalError::Overflow));
    }
}
