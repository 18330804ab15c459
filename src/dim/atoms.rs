//! Roundings, minima, maxima and functions: symbols of their own, one for each normal form.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::rational::Rational;
use super::{Call, Definition, Dim, EvalError, Function, Rule, Sym, Symbol, Symbols};

/// What an atom is: `±key + shift`.
///
/// The key is the normal form that it shares with all atoms of the same kind; the atom itself is
/// written as it was first met.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) key: Arc<Call>,
    pub(super) is_negated: bool,
    /// A whole polynomial in symbols that are neither atoms nor abbreviations.
    pub(super) shift: Dim,
    /// The abbreviations that stand in some of the ways in which it was written, but not in all.
    /// Bound to another value than its formula has, such a one would give it two values.
    contested: Vec<Sym>,
}

/// A dimension as `scale·key + shift`; the key is missing where no atom is needed.
pub(super) struct Normal {
    pub(super) key: Option<Call>,
    pub(super) scale: Rational,
    pub(super) shift: Dim,
}

impl Symbols {
    /// `⌊a/b⌋`; an atom unless it is known without values.
    pub fn floor_div(&mut self, a: &Dim, b: &Dim) -> Dim {
        Dim::or_poisoned(self.rounded(Rule::Floor, a, b))
    }

    /// `⌈a/b⌉`; an atom unless it is known without values.
    pub fn ceil_div(&mut self, a: &Dim, b: &Dim) -> Dim {
        Dim::or_poisoned(self.rounded(Rule::Ceil, a, b))
    }

    /// `a/b` rounded to the nearest whole number, halves to the even one; an atom unless it is
    /// known without values.
    pub fn round_even_div(&mut self, a: &Dim, b: &Dim) -> Dim {
        Dim::or_poisoned(self.rounded(Rule::RoundEven, a, b))
    }

    /// `min(a, b)`; an atom unless the two differ by a number.
    pub fn min(&mut self, a: &Dim, b: &Dim) -> Dim {
        self.min_of(&[a.clone(), b.clone()])
    }

    /// `max(a, b)`; an atom unless the two differ by a number.
    pub fn max(&mut self, a: &Dim, b: &Dim) -> Dim {
        self.max_of(&[a.clone(), b.clone()])
    }

    /// The least of one or more.
    pub fn min_of(&mut self, candidates: &[Dim]) -> Dim {
        Dim::or_poisoned(self.extreme(Rule::Min, candidates))
    }

    /// The greatest of one or more.
    pub fn max_of(&mut self, candidates: &[Dim]) -> Dim {
        Dim::or_poisoned(self.extreme(Rule::Max, candidates))
    }

    /// The outputs of a function; atoms unless all its inputs are numbers. All are
    /// [`EvalError::Refused`] if they are not as many inputs as it has.
    pub fn call(&mut self, function: &Arc<Function>, inputs: &[Dim]) -> Vec<Dim> {
        let outputs = 0..function.outputs.len();
        outputs.map(|output| Dim::or_poisoned(self.output(function, inputs, output))).collect()
    }

    pub(super) fn rounded(&mut self, rule: Rule, a: &Dim, b: &Dim) -> Result<Dim, EvalError> {
        let quotient = a.checked_div(b)?;
        let normal = self.normal_rounding(rule.clone(), a, b)?;
        let (a, b) = match quotient {
            None => (a.clone(), b.clone()),
            // What is whole is written as it came.
            Some(quotient) if normal.key.is_none() && normal.shift == self.expand(&quotient) => {
                return Ok(quotient);
            }
            Some(quotient) => quotient.fraction()?,
        };
        self.intern(normal, Call::new(rule, [a, b]))
    }

    pub(super) fn extreme(&mut self, rule: Rule, candidates: &[Dim]) -> Result<Dim, EvalError> {
        let normal = self.normal_extreme(&rule, candidates)?;
        if normal.key.is_none() {
            // One of them, if it is not what a nested atom was made of.
            let same = candidates.iter().find(|candidate| self.expand(candidate) == normal.shift);
            return Ok(same.cloned().unwrap_or(normal.shift));
        }
        self.intern(normal, Call::new(rule, candidates.iter().cloned()))
    }

    pub(super) fn output(
        &mut self,
        function: &Arc<Function>,
        inputs: &[Dim],
        output: usize,
    ) -> Result<Dim, EvalError> {
        if inputs.len() != function.inputs.len() {
            return Err(EvalError::Refused("a function has another number of inputs"));
        }
        for input in inputs {
            input.terms()?;
        }
        let call = |args: Box<[Dim]>| Call { rule: Rule::Of(function.clone()), args, output };
        let expanded: Box<[Dim]> = inputs.iter().map(|input| self.expand(input)).collect();
        let numbers: Option<Vec<Rational>> = expanded.iter().map(Dim::as_rational).collect();
        if let Some(numbers) = numbers {
            return Ok(Dim::constant(call(expanded).value(&numbers)?));
        }
        let normal = Normal { key: Some(call(expanded)), scale: Rational::ONE, shift: Dim::zero() };
        self.intern(normal, call(inputs.into()))
    }

    /// A normal form in terms of its atom, which is declared if there is none yet: written as it
    /// is here where the atom can be, in normal form otherwise.
    fn intern(&mut self, normal: Normal, written: Call) -> Result<Dim, EvalError> {
        let Normal { key: Some(key), scale, shift } = normal else { return Ok(normal.shift) };
        if let Some(&known) = self.atoms.get(&key) {
            self.contest(known, &written);
            let Some(atom) = self.atom(known) else { return Err(EvalError::Foreign) };
            // known = ±key + its shift, so key = ±(known − its shift).
            let scale = if atom.is_negated { scale.checked_neg()? } else { scale };
            let inside = Dim::from(known) - &atom.shift;
            return inside.checked_mul(&Dim::constant(scale))?.checked_add(shift);
        }
        let is_negated = scale.is_negative();
        let size = if is_negated { scale.checked_neg()? } else { scale };
        let (size, size_of_shift) = (Dim::constant(size), shift.over(&Dim::constant(size)));
        if self.is_plain(&size_of_shift) {
            let args = written.args.iter().map(|arg| arg.over(&size));
            let written =
                if size.is_one() { written } else { Call::new(written.rule.clone(), args) };
            let atom = self.declare_atom(key, is_negated, size_of_shift, written)?;
            return size.checked_mul(&atom.into());
        }
        // Only a greatest is minus its key, the least of minus.
        let minus = |arg: &Dim| -arg.clone();
        let greatest = || Call::new(Rule::Max, key.args.iter().map(minus));
        let written = if is_negated { greatest() } else { key.clone() };
        let atom = self.declare_atom(key, is_negated, Dim::zero(), written)?;
        (Dim::from(atom) * size).checked_add(shift)
    }

    fn declare_atom(
        &mut self,
        key: Call,
        is_negated: bool,
        shift: Dim,
        written: Call,
    ) -> Result<Sym, EvalError> {
        let key = Arc::new(key);
        let needed = self.less_of_call(&written)?;
        let name = self.show_call(&written);
        let (meaning, definition) = (String::new(), Definition::Call(written));
        let symbol = Symbol { name, meaning, definition, field: None };
        let atom = Atom { key: key.clone(), is_negated, shift, contested: Vec::new() };
        let sym = self.push(symbol, Some(atom)).ok_or(EvalError::Overflow)?;
        if let (Some(_), Some(entry)) = (&needed, self.entry_mut(sym)) {
            entry.needed = needed;
        }
        Arc::make_mut(&mut self.atoms).insert(key, sym);
        Ok(sym)
    }

    /// Notes the abbreviations that another way of writing an atom has or lacks.
    fn contest(&mut self, sym: Sym, written: &Call) {
        let Definition::Call(first) = &self.get(sym).definition else { return };
        if first == written {
            return;
        }
        let names = |call: &Call| -> BTreeSet<Sym> {
            let mut behind = self.behind(call.args.iter());
            behind.retain(|sym| self.is_named(*sym));
            behind
        };
        let contested: Vec<Sym> =
            names(first).symmetric_difference(&names(written)).copied().collect();
        if !contested.is_empty()
            && let Some(atom) = self.entry_mut(sym).and_then(|entry| entry.atom.as_mut())
        {
            atom.contested.extend(contested);
        }
    }

    /// What an atom is in normal form; none for other symbols.
    pub(super) fn atom(&self, sym: Sym) -> Option<&Atom> {
        self.entry(sym)?.atom.as_ref()
    }

    /// Whether a dimension is a whole polynomial in symbols that are neither atoms nor names.
    fn is_plain(&self, d: &Dim) -> bool {
        let is_plain = |sym| {
            let definition = &self.get(sym).definition;
            matches!(definition, Definition::Free | Definition::Given(_))
        };
        self.is_whole(d) && d.factors().all(|(sym, _)| is_plain(sym))
    }
}

impl Atom {
    /// Whether it would have two values if these symbols had others than their formulas.
    pub(super) fn is_contested(&self, mut bound: impl Iterator<Item = Sym>) -> bool {
        bound.any(|sym| self.contested.contains(&sym))
    }

    /// Whether it is a whole number whatever the values of its symbols are.
    pub(super) fn is_whole(&self, symbols: &Symbols) -> bool {
        self.key.rule != Rule::Min || self.key.args.iter().all(|arg| symbols.is_whole(arg))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(symbols: &Symbols, d: impl Into<Dim>) -> Option<i128> {
        symbols.eval(&d.into()).unwrap()
    }

    #[test]
    fn equal_atoms_are_one_symbol() {
        let mut t = Symbols::default();
        let (h, p) = (t.given("H", "", 384), t.given("P", "", 14));
        let (height, patch) = (Dim::from(h), Dim::from(p));
        let floor = t.floor_div(&height, &patch);
        assert_eq!(value(&t, &floor), Some(27));
        let scaled = t.floor_div(&(2 * h), &(2 * p));
        assert!((&floor - scaled).is_zero());
        let ceil = t.ceil_div(&height, &patch);
        assert_eq!(value(&t, ceil - floor), Some(1));
        let (a, b) = (t.min(&height, &patch), t.min(&patch, &height));
        assert_eq!(a, b);
        let most = t.max(&height, &patch);
        assert_eq!(value(&t, most * a), Some(384 * 14));
        let sum = t.ceil_div(&height, &(h + Dim::from(p)));
        assert_eq!(value(&t, sum), Some(1));
        assert_eq!(t.iter().count(), 2);
    }

    #[test]
    fn what_is_known_without_values_is_no_atom() {
        let mut t = Symbols::default();
        let n = t.free("n", "");
        let (x, two) = (Dim::from(n), Dim::from(2));
        assert_eq!(t.floor_div(&7.into(), &two), 3.into());
        assert_eq!(t.ceil_div(&Dim::from(-7), &two), Dim::from(-3));
        assert_eq!(t.floor_div(&x, &x), Dim::one());
        assert_eq!(t.ceil_div(&(4 * n + 2), &two), 2 * n + 1);
        assert_eq!(t.floor_div(&(&x + 1), &Dim::one()), &x + 1);
        assert_eq!(t.min(&x, &x), x);
        assert_eq!(t.min(&x, &(&x + 1)), x);
        assert_eq!(t.max(&x, &(&x - 1)), x);
        assert_eq!(t.min(&3.into(), &two), two);
        assert_eq!(t.max(&3.into(), &two), 3.into());
        let by_zero = t.floor_div(&x, &Dim::zero());
        assert_eq!(t.eval(&by_zero), Err(EvalError::DivisionByZero));
        assert_eq!(t.min_of(&[]).terms(), Err(EvalError::NotInteger));
        assert_eq!(t.len(), 1);
    }

    #[test]
    fn a_name_with_two_values_is_no_number() {
        let mut t = Symbols::default();
        let h = t.given("H", "", 40);
        let s = t.named("S", "", h + Dim::from(2));
        let four = Dim::from(4);
        let first = t.floor_div(&s.into(), &four);
        assert_eq!(t.eval_with(&first, &[(s, 9)]), Ok(Some(2)));
        // The same number, but what is S of it?
        let second = t.floor_div(&(h + Dim::from(2)), &four);
        assert_eq!((&second, t.eval(&second)), (&first, Ok(Some(10))));
        assert_eq!(t.eval_with(&second, &[(s, 9)]), Err(EvalError::Contradiction));
        assert_eq!(t.eval_with(&second, &[(h, 8)]), Ok(Some(2)));
    }
}
