//! Exact division.

use super::monomial::Monomial;
use super::poly::Term;
use super::rational::Rational;
use super::{Dim, EvalError, Sym};

/// The most terms of a quotient by a sum.
const MAX_QUOTIENT: usize = 1 << 8;

impl Dim {
    /// Exact division.
    ///
    /// The divisor is a single term, or a sum of which this is a multiple. Anything else (and zero)
    /// gives a poisoned dimension, whose evaluation is an error.
    pub fn over(&self, divisor: &Dim) -> Dim {
        let quotient = self.checked_div(divisor).transpose();
        Dim::or_poisoned(quotient.unwrap_or(Err(EvalError::NotInteger)))
    }

    /// The quotient, or `None` where it is no polynomial.
    pub(super) fn checked_div(&self, divisor: &Dim) -> Result<Option<Dim>, EvalError> {
        self.terms()?;
        match divisor.terms()? {
            [] => Err(EvalError::DivisionByZero),
            [(by, of_by)] => {
                let over =
                    |m: &Monomial, c: Rational| Ok((m.checked_div(by)?, c.checked_div(*of_by)?));
                self.in_order(over).map(Some)
            }
            // Numbers too large on the way are those of no quotient.
            _ => Ok(self.quotient_by_sum(divisor).unwrap_or(None)),
        }
    }

    /// Long division: the order of terms survives multiplication, so the first terms of dividend
    /// and divisor give the first term of the quotient.
    fn quotient_by_sum(&self, divisor: &Dim) -> Result<Option<Dim>, EvalError> {
        let (dividend, by_all) = (self.terms()?, divisor.terms()?);
        let Some((by, of_by)) = by_all.first() else { return Ok(None) };
        let (mut quotient, mut left) = (Dim::zero(), self.clone());
        while let Some((first, coefficient)) = left.terms()?.first() {
            let monomial = first.checked_div(by)?;
            // The exponents of factors add up to those of a product, the highest and the lowest.
            let fits = monomial.factors().iter().all(|&(sym, exponent)| {
                let (of_this, of_divisor) = (exponents(dividend, sym), exponents(by_all, sym));
                let low = of_this.0 - of_divisor.0;
                (low..=of_this.1 - of_divisor.1).contains(&i32::from(exponent))
            });
            if !fits || quotient.terms()?.len() == MAX_QUOTIENT {
                return Ok(None);
            }
            let next = Dim::term(monomial, coefficient.checked_div(*of_by)?);
            left = left.checked_add(next.checked_mul(divisor)?.checked_neg()?)?;
            quotient = quotient.checked_add(next)?;
        }
        Ok(Some(quotient))
    }
}

/// The lowest and the highest exponent of a symbol.
fn exponents(terms: &[Term], sym: Sym) -> (i32, i32) {
    let exponents = terms.iter().map(|(monomial, _)| monomial.exponent(sym).into());
    exponents.fold((i32::MAX, i32::MIN), |(low, high), e| (low.min(e), high.max(e)))
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
    fn division_by_a_sum_must_be_exact() {
        let sum = dim(N) + dim(D).over(&H.into());
        assert_eq!((6 * &sum * D).over(&(&sum * 4)), (3 * D).over(&2.into()));
        assert_eq!(Dim::zero().over(&sum), Dim::zero());
        assert_eq!((N * N - D * D).over(&(N - dim(D))), N + dim(D));
        assert_eq!((&sum * &sum * H - &sum).over(&sum), &sum * H - 1);
        assert_eq!((dim(N).pow(200) - 1).over(&(dim(N) - 1)).symbols().count(), 1);
        assert_eq!((N * N + dim(D)).over(&(N - dim(D))), Dim::poisoned(EvalError::NotInteger));
        assert_eq!(dim(N).over(&sum), Dim::poisoned(EvalError::NotInteger));
        assert_eq!(dim(N).over(&Dim::zero()), Dim::poisoned(EvalError::DivisionByZero));
    }
}
