//! Products of powers of symbols.

use std::cmp::Ordering;

use smallvec::{SmallVec, smallvec};

use super::{EvalError, Sym};

/// A symbol with its exponent.
pub(super) type Factor = (Sym, i16);

/// A product of symbols: ascending symbols with non-zero exponents.
#[derive(PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Monomial(SmallVec<[Factor; 5]>);

impl Clone for Monomial {
    fn clone(&self) -> Self {
        // Copies memory, where the derived one would go through the factors.
        Monomial(SmallVec::from_slice(&self.0))
    }
}

impl From<Sym> for Monomial {
    fn from(sym: Sym) -> Self {
        Monomial(smallvec![(sym, 1)])
    }
}

impl Monomial {
    pub(super) fn factors(&self) -> &[Factor] {
        &self.0
    }

    pub(super) fn is_one(&self) -> bool {
        self.0.is_empty()
    }

    /// The symbol that this is, if it is one to the power of 1.
    pub(super) fn as_symbol(&self) -> Option<Sym> {
        match self.factors() {
            [(sym, 1)] => Some(*sym),
            _ => None,
        }
    }

    pub(super) fn checked_mul(&self, other: &Monomial) -> Result<Monomial, EvalError> {
        match (self.factors(), other.factors()) {
            ([], _) => Ok(other.clone()),
            (_, []) => Ok(self.clone()),
            _ => self.merge(other, i16::checked_add),
        }
    }

    pub(super) fn checked_div(&self, other: &Monomial) -> Result<Monomial, EvalError> {
        self.merge(other, i16::checked_sub)
    }

    /// The least monomial that clears the denominators of both.
    pub(super) fn clearing(&self, other: &Monomial) -> Result<Monomial, EvalError> {
        self.merge(other, |a, b| b.min(0).checked_neg().map(|b| a.max(b)))
    }

    /// The exponent of a symbol; 0 where it is missing.
    pub(super) fn exponent(&self, sym: Sym) -> i16 {
        let at = self.0.binary_search_by_key(&sym, |factor| factor.0);
        at.map_or(0, |at| self.0[at].1)
    }

    /// The monomial without `sym`, and the exponent `sym` had.
    pub(super) fn split_off(&self, sym: Sym) -> (Monomial, i16) {
        match self.0.binary_search_by_key(&sym, |factor| factor.0) {
            Ok(at) => {
                let mut others = self.clone();
                let (_, exponent) = others.0.remove(at);
                (others, exponent)
            }
            Err(_) => (self.clone(), 0),
        }
    }

    /// The factors of some symbols, and those of all others.
    pub(super) fn partition(&self, is_chosen: impl Fn(Sym) -> bool) -> (Monomial, Monomial) {
        let (chosen, others) = self.0.iter().copied().partition(|factor| is_chosen(factor.0));
        (Monomial(chosen), Monomial(others))
    }

    /// Each symbol of either, with its two exponents combined.
    fn merge(
        &self,
        other: &Monomial,
        combine: impl Fn(i16, i16) -> Option<i16>,
    ) -> Result<Monomial, EvalError> {
        let mut merged = SmallVec::new();
        for (sym, a, b) in paired(&self.0, &other.0) {
            match combine(a, b) {
                Some(0) => {}
                Some(exponent) => merged.push((sym, exponent)),
                None => return Err(EvalError::Overflow),
            }
        }
        Ok(Monomial(merged))
    }

    fn degree(&self) -> i64 {
        self.0.iter().map(|&(_, exponent)| i64::from(exponent)).sum()
    }
}

/// The order in which a sum is written, which multiplication preserves: descending total degree,
/// then the higher power of the earlier symbol.
impl Ord for Monomial {
    fn cmp(&self, other: &Self) -> Ordering {
        other.degree().cmp(&self.degree()).then_with(|| {
            let same = self.0.iter().zip(&other.0).take_while(|(a, b)| a == b).count();
            let first = paired(&self.0[same..], &other.0[same..]).next();
            first.map_or(Ordering::Equal, |(_, a, b)| b.cmp(&a))
        })
    }
}

impl PartialOrd for Monomial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Walks two ascending factor lists in step; a symbol missing from one has exponent 0 there.
fn paired<'a>(
    mut left: &'a [Factor],
    mut right: &'a [Factor],
) -> impl Iterator<Item = (Sym, i16, i16)> + 'a {
    std::iter::from_fn(move || {
        let sym = match (left.first(), right.first()) {
            (Some(a), Some(b)) => a.0.min(b.0),
            (one, other) => one.or(other)?.0,
        };
        Some((sym, take(&mut left, sym), take(&mut right, sym)))
    })
}

/// The exponent of `sym` if it comes next, which is then consumed; otherwise 0.
fn take(factors: &mut &[Factor], sym: Sym) -> i16 {
    match factors.split_first() {
        Some((&(next, exponent), others)) if next == sym => {
            *factors = others;
            exponent
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: Sym = Sym::test(0);
    const Y: Sym = Sym::test(1);

    fn monomial(factors: &[Factor]) -> Monomial {
        Monomial(factors.into())
    }

    #[test]
    fn a_factor_takes_eight_bytes() {
        assert_eq!(size_of::<Factor>(), 8);
    }

    #[test]
    fn exponents_add_and_cancel() {
        let a = monomial(&[(X, 2), (Y, -1)]);
        let b = monomial(&[(X, -2), (Y, 3)]);
        assert_eq!(a.checked_mul(&b), Ok(monomial(&[(Y, 2)])));
        assert_eq!(a.checked_div(&a), Ok(Monomial::default()));
        assert_eq!(a.split_off(Y), (monomial(&[(X, 2)]), -1));
        assert_eq!(a.partition(|sym| sym == Y), (monomial(&[(Y, -1)]), monomial(&[(X, 2)])));
        let huge = monomial(&[(X, i16::MAX)]);
        assert_eq!(huge.checked_mul(&huge), Err(EvalError::Overflow));
    }

    #[test]
    fn ordered_by_degree_then_symbol() {
        let written = [
            monomial(&[(X, 2)]),
            monomial(&[(X, 1), (Y, 1)]),
            monomial(&[(Y, 2)]),
            monomial(&[(X, 1)]),
            monomial(&[(X, 1), (Y, -1)]),
            Monomial::default(),
            monomial(&[(Y, -1)]),
        ];
        assert!(written.is_sorted());
    }

    #[test]
    fn clearing_collects_the_worst_denominators() {
        let a = Monomial::default().clearing(&monomial(&[(X, -2), (Y, 1)]));
        let both = a.and_then(|a| a.clearing(&monomial(&[(X, -1), (Y, -1)])));
        assert_eq!(both, Ok(monomial(&[(X, 2), (Y, 1)])));
    }
}
