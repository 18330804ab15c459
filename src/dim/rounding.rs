//! The normal form of roundings.
//!
//! 1. What is whole is split off: ⌊x + q⌋ = x + ⌊q⌋ and ⌈x + q⌉ = x + ⌈q⌉ for a whole x, and half
//!    to even the same for an even x. That leaves coefficients in [0, 1), or [0, 2), before whole
//!    products.
//! 2. Over a number, up is down: ⌈x/n⌉ = ⌊(x + n − 1)/n⌋ for a whole x and a positive whole n.
//! 3. There, products are multiples of 1/n, and a constant counts only down to such a multiple.
//! 4. A rounding in a rounding the same way vanishes, if it is the only one and there is none in
//!    it: ⌊(⌊a⌋ + x)/n⌋ = ⌊(a + x)/n⌋ for a whole x and a positive whole n.

use super::atoms::{Atom, Normal};
use super::monomial::Monomial;
use super::rational::{Rational, lcm};
use super::{Call, Dim, EvalError, Rule, Sym, Symbols};

/// The most whole products that are split off where the divisor is a sum; others stay.
const MAX_SPLITS: usize = 1 << 8;

impl Symbols {
    /// The normal form of a rounded quotient.
    pub(super) fn normal_rounding(
        &self,
        rule: Rule,
        a: &Dim,
        b: &Dim,
    ) -> Result<Normal, EvalError> {
        let (a, b) = (self.expand(a), self.expand(b));
        let (dividend, divisor) = match a.checked_div(&b)? {
            // A name that stood under a bar may not do so any more.
            Some(quotient) => (self.expand(&quotient), Dim::one()),
            None => {
                let first = b.first_term();
                (a.over(&first), b.over(&first))
            }
        };
        let mut rounding = Rounding { symbols: self, rule, dividend, divisor, shift: Dim::zero() };
        rounding.split()?;
        rounding.down()?;
        rounding.merge()?;
        rounding.finish()
    }

    /// Whether a symbol is a rounding down or up.
    fn is_rounding(&self, sym: Sym) -> bool {
        let rule = self.atom(sym).map(|atom| &atom.key.rule);
        matches!(rule, Some(Rule::Floor | Rule::Ceil))
    }

    /// Whether a product is a whole number whatever the values of its symbols are.
    fn is_whole_product(&self, monomial: &Monomial) -> bool {
        monomial.factors().iter().all(|&(sym, e)| e > 0 && self.is_whole_symbol(sym))
    }
}

/// `rule(dividend/divisor) + shift`.
struct Rounding<'a> {
    symbols: &'a Symbols,
    rule: Rule,
    dividend: Dim,
    /// 1, or a sum whose first term is 1.
    divisor: Dim,
    shift: Dim,
}

impl<'a> Rounding<'a> {
    /// Splits off what is whole, or even.
    fn split(&mut self) -> Result<(), EvalError> {
        let symbols = self.symbols;
        let step = if self.rule == Rule::RoundEven { 2 } else { 1 };
        for _ in 0..MAX_SPLITS {
            let whole = self.dividend.map(|monomial, coefficient| {
                let is_whole = symbols.is_whole_product(monomial);
                Ok(if is_whole { coefficient.split(step)?.0.into() } else { Rational::ZERO })
            })?;
            // Of a sum as divisor, a multiple of a product brings in lower ones.
            let whole = if self.divisor.is_one() { whole } else { whole.first_term() };
            if whole.is_zero() {
                break;
            }
            self.dividend = &self.dividend - &whole * &self.divisor;
            self.shift += whole;
        }
        self.dividend.terms().map(|_| ())
    }

    /// Makes a rounding up over a number one down, and lowers the constant to what counts.
    fn down(&mut self) -> Result<(), EvalError> {
        if !self.is_over_number() {
            return Ok(());
        }
        let by = denominator(&self.dividend, |_| true)?;
        if self.rule == Rule::Ceil {
            self.rule = Rule::Floor;
            self.dividend += Dim::constant(Rational::from(by - 1).checked_div(by.into())?);
            self.split()?;
        }
        let grid = denominator(&self.dividend, |monomial| !monomial.is_one())?;
        let lowered = |coefficient: Rational| {
            let units = coefficient.checked_mul(grid.into())?.floor();
            Rational::from(units).checked_div(grid.into())
        };
        self.dividend = self.dividend.map(|monomial, coefficient| {
            if monomial.is_one() { lowered(coefficient) } else { Ok(coefficient) }
        })?;
        Ok(())
    }

    /// Puts what a rounding in this one rounds in its place.
    fn merge(&mut self) -> Result<(), EvalError> {
        let Some((sym, atom, by)) = self.inner()? else { return Ok(()) };
        let [rounded, divisor] = &atom.key.args[..] else { return Ok(()) };
        let part = Dim::constant(Rational::ONE.checked_div(by.into())?);
        // The atom is a rounding and its shift.
        let mut others = &self.dividend - (Dim::from(sym) - &atom.shift) * &part;
        if atom.key.rule == Rule::Ceil {
            self.rule = Rule::Ceil;
            others = others - Dim::from(by - 1) * &part;
        }
        self.dividend = rounded * &part + others * divisor;
        self.divisor = divisor.clone();
        self.split()?;
        self.down()
    }

    /// The only rounding in this one, if there is none in it, and the number that it is divided
    /// by, if all is.
    fn inner(&self) -> Result<Option<(Sym, &'a Atom, i128)>, EvalError> {
        if !self.is_over_number() {
            return Ok(None);
        }
        let symbols = self.symbols;
        let is_rounding = |(sym, _): &(Sym, i16)| symbols.is_rounding(*sym);
        let mut inner = self.dividend.factors().filter(is_rounding);
        let (Some((sym, _)), None) = (inner.next(), inner.next()) else { return Ok(None) };
        let Some(atom) = symbols.atom(sym) else { return Ok(None) };
        let is_nested = atom.key.args.iter().flat_map(Dim::factors).any(|f| is_rounding(&f));
        let by = denominator(&self.dividend, |_| true)?;
        let part = Rational::ONE.checked_div(by.into())?;
        let mut terms = self.dividend.terms()?.iter();
        let is_part = terms.any(|term| term.0.as_symbol() == Some(sym) && term.1 == part);
        Ok((is_part && !is_nested).then_some((sym, atom, by)))
    }

    /// Whether whole products are divided by a number, and rounded down or up.
    fn is_over_number(&self) -> bool {
        let is_whole = |(monomial, _): &(Monomial, _)| self.symbols.is_whole_product(monomial);
        self.rule != Rule::RoundEven
            && self.divisor.is_one()
            && self.dividend.terms().unwrap_or_default().iter().all(is_whole)
    }

    fn finish(mut self) -> Result<Normal, EvalError> {
        let mut key = None;
        let is_whole = self.divisor.is_one() && self.symbols.is_whole(&self.dividend);
        if is_whole || self.dividend.is_zero() {
            self.shift += self.dividend;
        } else {
            let call = Call::new(self.rule, [self.dividend, self.divisor]);
            let numbers: Option<Vec<Rational>> = call.args.iter().map(Dim::as_rational).collect();
            match numbers {
                Some(numbers) => self.shift += Dim::constant(call.value(&numbers)?),
                None => key = Some(call),
            }
        }
        self.shift.terms()?;
        Ok(Normal { key, scale: Rational::ONE, shift: self.shift })
    }
}

/// The common denominator of the coefficients before some products.
fn denominator(d: &Dim, is_counted: impl Fn(&Monomial) -> bool) -> Result<i128, EvalError> {
    let counted = d.terms()?.iter().filter(|(monomial, _)| is_counted(monomial));
    let mut denominators = counted.map(|(_, coefficient)| coefficient.denominator());
    denominators.try_fold(1, lcm)
}
