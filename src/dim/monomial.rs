//! Products of powers of symbols.

use std::cmp::Ordering;

use smallvec::{SmallVec, smallvec};

use super::{EvalError, Sym};

/// A product of symbols: ascending symbols with non-zero exponents.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Monomial(SmallVec<[(Sym, i32); 6]>);

impl From<Sym> for Monomial {
    fn from(sym: Sym) -> Self {
        Monomial(smallvec![(sym, 1)])
    }
}

impl Monomial {
    pub(super) fn factors(&self) -> &[(Sym, i32)] {
        &self.0
    }

    pub(super) fn is_one(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn checked_mul(&self, other: &Monomial) -> Result<Monomial, EvalError> {
        self.merge(other, i32::checked_add)
    }

    pub(super) fn checked_div(&self, other: &Monomial) -> Result<Monomial, EvalError> {
        self.merge(other, i32::checked_sub)
    }

    /// The least monomial that clears the denominators of both.
    pub(super) fn clearing(&self, other: &Monomial) -> Result<Monomial, EvalError> {
        self.merge(other, |a, b| b.min(0).checked_neg().map(|b| a.max(b)))
    }

    /// The monomial without `sym`, and the exponent `sym` had.
    pub(super) fn split_off(&self, sym: Sym) -> (Monomial, i32) {
        match self.0.binary_search_by_key(&sym, |factor| factor.0) {
            Ok(at) => {
                let mut rest = self.0.clone();
                let (_, exponent) = rest.remove(at);
                (Monomial(rest), exponent)
            }
            Err(_) => (self.clone(), 0),
        }
    }

    /// Each symbol of either, with its two exponents combined.
    fn merge(
        &self,
        other: &Monomial,
        combine: impl Fn(i32, i32) -> Option<i32>,
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
            paired(&self.0, &other.0)
                .map(|(_, a, b)| b.cmp(&a))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
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
    mut left: &'a [(Sym, i32)],
    mut right: &'a [(Sym, i32)],
) -> impl Iterator<Item = (Sym, i32, i32)> + 'a {
    std::iter::from_fn(move || {
        let sym = match (left.first(), right.first()) {
            (Some(a), Some(b)) => a.0.min(b.0),
            (one, other) => one.or(other)?.0,
        };
        Some((sym, take(&mut left, sym), take(&mut right, sym)))
    })
}

/// The exponent of `sym` if it comes next, which is then consumed; otherwise 0.
fn take(factors: &mut &[(Sym, i32)], sym: Sym) -> i32 {
    match factors.split_first() {
        Some((&(next, exponent), rest)) if next == sym => {
            *factors = rest;
            exponent
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: Sym = Sym(0);
    const Y: Sym = Sym(1);

    fn monomial(factors: &[(Sym, i32)]) -> Monomial {
        Monomial(factors.into())
    }

    #[test]
    fn exponents_add_and_cancel() {
        let a = monomial(&[(X, 2), (Y, -1)]);
        let b = monomial(&[(X, -2), (Y, 3)]);
        assert_eq!(a.checked_mul(&b), Ok(monomial(&[(Y, 2)])));
        assert_eq!(a.checked_div(&a), Ok(Monomial::default()));
        assert_eq!(a.split_off(Y), (monomial(&[(X, 2)]), -1));
        let huge = monomial(&[(X, i32::MAX)]);
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
