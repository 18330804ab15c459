//! Sizes that are padded, and what is needed of them.

use super::{Call, Definition, Dim, EvalError, Rule, Sym, Symbols};

impl Symbols {
    /// Declares an abbreviation of a size to which something of a `valid` size is padded. It is not
    /// written out: two of the same size may be padded from different ones.
    pub fn padded(
        &mut self,
        name: impl Into<String>,
        meaning: impl Into<String>,
        size: Dim,
        valid: &Dim,
    ) -> Sym {
        let sym = self.named(name, meaning, size);
        let valid = self.needed(valid);
        if let Some(entry) = self.entry_mut(sym) {
            entry.is_padded = true;
            entry.needed = Some(valid);
        }
        sym
    }

    /// Whether a symbol is that of something that is padded to this size.
    pub fn is_padded_to(&self, sym: Sym, size: &Dim) -> bool {
        self.entry(sym).is_some_and(|entry| {
            entry.is_padded && entry.symbol.definition == Definition::Named(size.clone())
        })
    }

    /// A dimension with valid sizes in place of those that are padded, also inside atoms and
    /// abbreviations.
    pub fn needed(&self, d: &Dim) -> Dim {
        self.less_of(d).unwrap_or_else(|| d.clone())
    }

    /// Whether a dimension depends on a size that is padded.
    pub fn has_padding(&self, d: &Dim) -> bool {
        self.any_entry(d, |entry| entry.needed.is_some())
    }

    /// What is needed of a dimension that does.
    pub(super) fn less_of(&self, d: &Dim) -> Option<Dim> {
        let less = || d.substitute_all(|sym| self.entry(sym)?.needed.as_ref());
        self.has_padding(d).then(|| Dim::or_poisoned(less()))
    }

    /// What is needed of an atom that is to be declared, if it depends on a size that is padded.
    pub(super) fn less_of_call(&mut self, call: &Call) -> Result<Option<Dim>, EvalError> {
        if !call.args.iter().any(|arg| self.has_padding(arg)) {
            return Ok(None);
        }
        let args: Vec<Dim> = call.args.iter().map(|arg| self.needed(arg)).collect();
        let less = match (&call.rule, &args[..]) {
            (Rule::Floor | Rule::Ceil | Rule::RoundEven, [a, b]) => {
                self.rounded(call.rule.clone(), a, b)
            }
            (Rule::Of(function), _) => self.output(function, &args, call.output),
            _ => self.extreme(call.rule.clone(), &args),
        };
        less.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_has_the_valid_size_everywhere() {
        let mut t = Symbols::default();
        let [h, w] = [("H", 37), ("W", 20)].map(|(name, value)| t.given(name, "", value));
        let valid = t.named("N", "", h * w);
        let size = t.given("pad", "", 1024);
        let padded = t.padded("N_p", "", size.into(), &valid.into());
        let with_class = t.named("N_v", "", padded + Dim::one());
        let pairs = t.named("p", "", Dim::from(with_class).pow(2));
        let half = t.floor_div(&padded.into(), &3.into());
        let least = t.min(&padded.into(), &900.into());
        let value = |t: &Symbols, d: &Dim| t.eval(d).unwrap().unwrap();
        for (dim, executed, needed) in [
            (Dim::from(padded), 1024, 740),
            (7 * Dim::from(with_class), 7 * 1025, 7 * 741),
            (pairs + Dim::from(padded), 1025 * 1025 + 1024, 741 * 741 + 740),
            (half, 341, 246),
            (least, 900, 740),
            (h * w, 740, 740),
        ] {
            assert_eq!(value(&t, &dim), executed);
            assert_eq!(value(&t, &t.needed(&dim)), needed);
            assert_eq!(t.needed(&t.needed(&dim)), t.needed(&dim));
        }
        assert!(t.is_padded_to(padded, &size.into()) && !t.is_padded_to(padded, &valid.into()));
        assert!(!t.is_padded_to(with_class, &(padded + Dim::one())));
    }

    #[test]
    fn two_of_the_same_size_are_told_apart() {
        let mut t = Symbols::default();
        let pad = t.given("pad", "", 1024);
        let [a, b] = [("N", 740), ("M", 1000)].map(|(name, value)| t.given(name, "", value));
        let first = t.padded("N_p", "", pad.into(), &a.into());
        let second = t.padded("M_p", "", pad.into(), &b.into());
        assert!(!t.same(&first.into(), &second.into()));
        assert_eq!(t.needed(&(first + second)), a + Dim::from(b));
    }
}
