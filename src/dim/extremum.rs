//! The normal form of minima and maxima.
//!
//! 1. The greatest is minus the least of minus, so there are only minima.
//! 2. A minimum in a candidate, alone or as a summand, is opened: min(min(a, b) + c, d) =
//!    min(a + c, b + c, d).
//! 3. Of candidates that differ by a number only the least stays.
//! 4. A common summand, but for a minimum, and a positive common factor are taken out.

use std::collections::BTreeMap;

use super::atoms::{Atom, Normal};
use super::monomial::Monomial;
use super::rational::Rational;
use super::{Call, Dim, EvalError, Rule, Sym, Symbols};

/// The most candidates that one is opened into; one that stands for more stays as it is.
const MAX_OPENED: usize = 1 << 8;

impl Symbols {
    /// The normal form of the least or the greatest.
    pub(super) fn normal_extreme(
        &self,
        rule: &Rule,
        candidates: &[Dim],
    ) -> Result<Normal, EvalError> {
        let sign = Rational::from(if *rule == Rule::Max { -1 } else { 1 });
        let mut opened = Vec::new();
        for candidate in candidates {
            let candidate = self.expand(candidate).checked_mul(&Dim::constant(sign))?;
            opened.append(&mut self.opened(candidate)?);
        }
        let mut least = without_greater(opened)?;
        let (key, scale, shift) = match &least[..] {
            // Of none there is no least.
            [] => return Err(EvalError::NotInteger),
            [one] => (None, sign, one.clone()),
            _ => {
                let shift = self.common_summand(&least)?;
                for candidate in &mut least {
                    *candidate = &*candidate - &shift;
                }
                let factor = common_factor(&least)?;
                for candidate in &mut least {
                    *candidate = candidate.over(&Dim::constant(factor));
                    candidate.terms()?;
                }
                least.sort_by(Dim::order);
                (Some(Call::new(Rule::Min, least)), sign.checked_mul(factor)?, shift)
            }
        };
        Ok(Normal { key, scale, shift: shift.checked_mul(&Dim::constant(sign))? })
    }

    /// What a candidate is the least of.
    fn opened(&self, candidate: Dim) -> Result<Vec<Dim>, EvalError> {
        let mut open = Vec::new();
        let mut count = 1usize;
        for (monomial, coefficient) in candidate.terms()? {
            if let Some(atom) = monomial.as_symbol().and_then(|sym| self.least(sym))
                && atom.is_negated == coefficient.is_negative()
            {
                open.push((Dim::term(monomial.clone(), *coefficient), atom, *coefficient));
                count = count.saturating_mul(atom.key.args.len());
            }
        }
        if count > MAX_OPENED {
            return Ok(vec![candidate]);
        }
        let mut all = vec![candidate];
        for (summand, atom, coefficient) in open {
            // The atom is ±key + shift, and the coefficient has the same sign.
            let rest = &atom.shift * &Dim::constant(coefficient) - &summand;
            let sign = if atom.is_negated { coefficient.checked_neg()? } else { coefficient };
            let of_key = |inner: &Dim| &rest + inner * &Dim::constant(sign);
            let parts: Vec<Dim> = atom.key.args.iter().map(of_key).collect();
            let sums = |one: &Dim| parts.iter().map(|part| one + part).collect::<Vec<_>>();
            all = all.iter().flat_map(sums).collect();
        }
        Ok(all)
    }

    /// Of each product as much as all candidates have, minima left out.
    fn common_summand(&self, candidates: &[Dim]) -> Result<Dim, EvalError> {
        let mut least: BTreeMap<&Monomial, (Rational, usize)> = BTreeMap::new();
        for candidate in candidates {
            for (monomial, coefficient) in candidate.terms()? {
                let (so_far, count) = least.entry(monomial).or_insert((*coefficient, 0));
                *so_far = lesser(*so_far, *coefficient)?;
                *count += 1;
            }
        }
        let mut common = Dim::zero();
        for (monomial, (coefficient, count)) in least {
            let is_everywhere = count == candidates.len();
            let all =
                if is_everywhere { coefficient } else { lesser(coefficient, Rational::ZERO)? };
            if monomial.as_symbol().and_then(|sym| self.least(sym)).is_none() {
                common += Dim::term(monomial.clone(), all);
            }
        }
        common.terms()?;
        Ok(common)
    }

    /// What a minimum or maximum is in normal form; none for other symbols.
    fn least(&self, sym: Sym) -> Option<&Atom> {
        self.atom(sym).filter(|atom| atom.key.rule == Rule::Min)
    }
}

/// Of candidates that differ by a number, the least.
fn without_greater(candidates: Vec<Dim>) -> Result<Vec<Dim>, EvalError> {
    let split = |candidate: &Dim| -> Result<(Dim, Rational), EvalError> {
        let constant = candidate.constant_term()?;
        Ok((candidate - Dim::constant(constant), constant))
    };
    let mut parts: Vec<(Dim, Rational)> = candidates.iter().map(split).collect::<Result<_, _>>()?;
    parts.sort_by(|a, b| a.0.order(&b.0));
    let mut least: Vec<(Dim, Rational)> = Vec::new();
    for (symbolic, constant) in parts {
        match least.last_mut() {
            Some(last) if last.0 == symbolic => last.1 = lesser(last.1, constant)?,
            _ => least.push((symbolic, constant)),
        }
    }
    Ok(least.into_iter().map(|(symbolic, constant)| symbolic + Dim::constant(constant)).collect())
}

/// The largest positive number of which all coefficients are multiples.
fn common_factor(candidates: &[Dim]) -> Result<Rational, EvalError> {
    let mut common = Rational::ZERO;
    for candidate in candidates {
        for (_, coefficient) in candidate.terms()? {
            common = coefficient.common(common)?;
        }
    }
    Ok(common)
}

fn lesser(a: Rational, b: Rational) -> Result<Rational, EvalError> {
    Ok(if a.checked_cmp(b)?.is_le() { a } else { b })
}
