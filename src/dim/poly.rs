//! The polynomial itself.

use std::cmp::Ordering;

use smallvec::{SmallVec, smallvec};

use super::monomial::{Factor, Monomial};
use super::rational::{Rational, lcm};
use super::{EvalError, Sym};

/// The most pairs of terms that one product may have to multiply out; beyond it is an overflow.
/// Real dimensions have some tens of terms.
const MAX_PAIRS: usize = 1 << 16;

/// A product of powers with its coefficient.
pub(super) type Term = (Monomial, Rational);

/// Most dimensions are a single term, which then needs no memory of its own.
type Terms = SmallVec<[Term; 1]>;

/// A dimension: a canonical Laurent polynomial with exact coefficients. The default is zero.
#[derive(PartialEq, Eq, Hash, Debug, Default)]
#[must_use]
pub struct Dim {
    /// In ascending order of monomials, each once; no coefficient is zero.
    terms: Terms,
    /// Set when arithmetic failed; there are no terms then.
    fault: Option<EvalError>,
}

impl Clone for Dim {
    fn clone(&self) -> Dim {
        let terms = match self.terms.as_slice() {
            // Without the loop that the derived one has for any number of terms.
            [(monomial, coefficient)] => smallvec![(monomial.clone(), *coefficient)],
            terms => terms.into(),
        };
        Dim { terms, fault: self.fault }
    }
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

    /// Whether it is a sum of positive terms, or nothing.
    pub fn has_no_negative(&self) -> bool {
        self.fault.is_none() && self.terms.iter().all(|(_, coefficient)| !coefficient.is_negative())
    }

    /// The symbols in it, distinct and in order; an atom or a named symbol counts as itself.
    pub fn symbols(&self) -> impl Iterator<Item = Sym> + '_ {
        let mut symbols: SmallVec<[Sym; 8]> = self.factors().map(|(sym, _)| sym).collect();
        symbols.sort_unstable();
        symbols.dedup();
        symbols.into_iter()
    }

    /// The `n`th power.
    pub fn pow(&self, n: u32) -> Dim {
        let (mut power, mut square, mut left) = (Dim::one(), self.clone(), n);
        if n == 1 || self.fault.is_some() {
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

    /// This with `by` in place of `sym`.
    ///
    /// Where `sym` has a negative exponent `by` must be a single term, otherwise the result is
    /// poisoned.
    pub fn substitute(&self, sym: Sym, by: &Dim) -> Dim {
        let mut result = Dim { fault: self.fault, ..Dim::zero() };
        for &(ref monomial, coefficient) in &self.terms {
            let (others, exponent) = monomial.split_off(sym);
            let others = Dim::term(others, coefficient);
            result += match exponent {
                0 => others,
                1.. => others * by.pow(exponent.unsigned_abs().into()),
                _ => others.over(&by.pow(exponent.unsigned_abs().into())),
            };
        }
        result
    }

    /// The polynomial with several symbols replaced at once.
    pub(super) fn substitute_all<'a>(
        &self,
        by: impl Fn(Sym) -> Option<&'a Dim>,
    ) -> Result<Dim, EvalError> {
        let mut replaced = Dim::zero();
        for &(ref monomial, coefficient) in self.terms()? {
            let (chosen, others) = monomial.partition(|sym| by(sym).is_some());
            let mut product = Dim::term(others, coefficient);
            for &(sym, exponent) in chosen.factors() {
                let Some(dim) = by(sym) else { continue };
                let power = dim.pow(exponent.unsigned_abs().into());
                product = if exponent > 0 { product * power } else { product.over(&power) };
            }
            replaced += product;
        }
        replaced.terms()?;
        Ok(replaced)
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
        result.unwrap_or_else(Dim::poisoned)
    }

    /// The dimension without a value, for this reason.
    pub(super) fn poisoned(fault: EvalError) -> Dim {
        Dim { fault: Some(fault), ..Dim::zero() }
    }

    /// The terms in the order they are written, or why there are none.
    pub(super) fn terms(&self) -> Result<&[Term], EvalError> {
        self.fault.map_or(Ok(&self.terms), Err)
    }

    /// The powers in all terms.
    pub(super) fn factors(&self) -> impl Iterator<Item = Factor> + '_ {
        self.terms.iter().flat_map(|(monomial, _)| monomial.factors()).copied()
    }

    /// The number that this is, if no symbol is in it.
    pub(super) fn as_rational(&self) -> Option<Rational> {
        match self.terms().ok()? {
            [] => Some(Rational::ZERO),
            [(monomial, value)] if monomial.is_one() => Some(*value),
            _ => None,
        }
    }

    /// The symbol that this is, if it is one.
    pub fn as_symbol(&self) -> Option<Sym> {
        match self.terms().ok()? {
            [(monomial, Rational::ONE)] => monomial.as_symbol(),
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

    /// Adds another one, which is copied only as far as it is new.
    pub(super) fn add_all(&mut self, other: &Dim) {
        let mut added = || {
            self.terms()?;
            for (monomial, coefficient) in other.terms()? {
                self.add_term(monomial, *coefficient)?;
            }
            Ok(())
        };
        if let Err(fault) = added() {
            *self = Dim::poisoned(fault);
        }
    }

    pub(super) fn checked_add(mut self, other: Dim) -> Result<Dim, EvalError> {
        self.terms()?;
        other.terms()?;
        if self.terms.is_empty() {
            return Ok(other);
        }
        for (monomial, coefficient) in other.terms {
            self.add_term(&monomial, coefficient)?;
        }
        Ok(self)
    }

    pub(super) fn checked_mul(&self, other: &Dim) -> Result<Dim, EvalError> {
        let (left, right) = (self.terms()?, other.terms()?);
        if left.len().saturating_mul(right.len()) > MAX_PAIRS {
            return Err(EvalError::Overflow);
        }
        if let [(monomial, by)] = right {
            return self.in_order(|m, c| Ok((m.checked_mul(monomial)?, c.checked_mul(*by)?)));
        }
        let mut product = Dim::zero();
        for (monomial, by) in left {
            let row = other.in_order(|m, c| Ok((m.checked_mul(monomial)?, c.checked_mul(*by)?)))?;
            product = product.checked_add(row)?;
        }
        Ok(product)
    }

    /// The first term in the order in which they are written.
    pub(super) fn first_term(&self) -> Dim {
        self.terms.first().map_or_else(Dim::zero, |(monomial, by)| Dim::term(monomial.clone(), *by))
    }

    /// The summand without symbols.
    pub(super) fn constant_term(&self) -> Result<Rational, EvalError> {
        let constant = self.terms()?.iter().find(|(monomial, _)| monomial.is_one());
        Ok(constant.map_or(Rational::ZERO, |term| term.1))
    }

    /// This with other coefficients.
    pub(super) fn map(
        &self,
        coefficient: impl Fn(&Monomial, Rational) -> Result<Rational, EvalError>,
    ) -> Result<Dim, EvalError> {
        let mut mapped = Dim::zero();
        for (monomial, old) in self.terms()? {
            let new = coefficient(monomial, *old)?;
            if !new.is_zero() {
                mapped.terms.push((monomial.clone(), new));
            }
        }
        Ok(mapped)
    }

    /// This with each term changed by what keeps their order and leaves none out: a multiplication
    /// by one term, or a division.
    pub(super) fn in_order(
        &self,
        change: impl Fn(&Monomial, Rational) -> Result<Term, EvalError>,
    ) -> Result<Dim, EvalError> {
        let mut terms = Terms::with_capacity(self.terms.len());
        for (monomial, coefficient) in &self.terms {
            terms.push(change(monomial, *coefficient)?);
        }
        Ok(Dim { terms, fault: None })
    }

    /// An order that is total and cheap, but says nothing of values.
    pub(super) fn order(&self, other: &Dim) -> Ordering {
        let order = |((a, by_a), (b, by_b)): (&Term, &Term)| a.cmp(b).then(by_a.order(*by_b));
        let terms = self.terms.iter().zip(&other.terms);
        let first = terms.map(order).find(|order| order.is_ne());
        first.unwrap_or_else(|| self.terms.len().cmp(&other.terms.len()))
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

    fn add_term(&mut self, monomial: &Monomial, coefficient: Rational) -> Result<(), EvalError> {
        match self.terms.binary_search_by(|(known, _)| known.cmp(monomial)) {
            Err(at) => self.terms.insert(at, (monomial.clone(), coefficient)),
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

    const N: Sym = Sym::test(0);
    const D: Sym = Sym::test(1);
    const H: Sym = Sym::test(2);

    fn dim(sym: Sym) -> Dim {
        sym.into()
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
    fn substitution() {
        let d = N * N * D + dim(N).over(&D.into());
        assert_eq!(d.symbols().collect::<Vec<_>>(), [N, D]);
        assert_eq!(
            d.substitute(N, &(dim(H) + 1)),
            H * H * D + 2 * H * D + D + (dim(H) + 1).over(&D.into())
        );
        assert_eq!(d.substitute(D, &(2 * H)), 2 * N * N * H + dim(N).over(&(2 * H)));
        assert_eq!(d.substitute(H, &Dim::zero()), d);
        assert_eq!(d.substitute(D, &(dim(H) + 1)), Dim::poisoned(EvalError::NotInteger));
        assert_eq!(d.substitute(D, &Dim::zero()), Dim::poisoned(EvalError::DivisionByZero));
    }

    #[test]
    fn overflow_poisons_for_good() {
        let huge = dim(N) * Dim::from(i128::MAX);
        let overflow = Dim::poisoned(EvalError::Overflow);
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
        let sum: Dim = (0..300).map(Sym::test).sum();
        assert_eq!(&sum * &sum, Dim::poisoned(EvalError::Overflow));
    }
}
