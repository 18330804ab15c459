//! The table of symbols and its atoms.

use super::rational::Rational;
use super::{Dim, EvalError, Sym};

/// What a symbol stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Definition {
    /// A value that is not known.
    Free,
    /// A value.
    Given(i128),
    /// An abbreviation of a dimension.
    Named(Dim),
    /// The atom `⌊a/b⌋`.
    Floor(Dim, Dim),
    /// The atom `⌈a/b⌉`.
    Ceil(Dim, Dim),
    /// The atom `min(a, b)`.
    Min(Dim, Dim),
    /// The atom `max(a, b)`.
    Max(Dim, Dim),
}

/// One symbol of the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// How it is written; for an atom its whole formula.
    pub name: String,
    /// What it is, in words; nothing for an atom.
    pub meaning: String,
    /// What it stands for.
    pub definition: Definition,
}

/// The symbols that the dimensions of one calculation are written in.
///
/// A definition can only mention symbols declared before it, so definitions have no cycles.
#[derive(Clone, Default, Debug)]
pub struct Symbols {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) symbol: Symbol,
    /// The value without any bindings.
    pub(super) value: Value,
    pub(super) is_count: bool,
}

/// `None` where it depends on a free symbol.
pub(super) type Value = Result<Option<Rational>, EvalError>;

impl Symbols {
    /// Declares a symbol whose value is not known.
    pub fn free(&mut self, name: impl Into<String>, meaning: impl Into<String>) -> Sym {
        self.declare(name.into(), meaning.into(), Definition::Free)
    }

    /// Declares a symbol with a value.
    pub fn given(
        &mut self,
        name: impl Into<String>,
        meaning: impl Into<String>,
        value: i128,
    ) -> Sym {
        self.declare(name.into(), meaning.into(), Definition::Given(value))
    }

    /// Declares an abbreviation.
    pub fn named(
        &mut self,
        name: impl Into<String>,
        meaning: impl Into<String>,
        definition: Dim,
    ) -> Sym {
        self.declare(name.into(), meaning.into(), Definition::Named(definition))
    }

    /// Marks a symbol as counting repetitions (a batch, layers): formulas are written with it
    /// factored out.
    pub fn count(&mut self, sym: Sym) {
        self.entries[sym.0 as usize].is_count = true;
    }

    /// `⌊a/b⌋`; an atom unless `b` divides `a` or both are numbers.
    pub fn floor_div(&mut self, a: &Dim, b: &Dim) -> Dim {
        let atom = self.rounded(a, b, Rational::floor, Definition::Floor);
        Dim::or_poisoned(atom)
    }

    /// `⌈a/b⌉`; an atom unless `b` divides `a` or both are numbers.
    pub fn ceil_div(&mut self, a: &Dim, b: &Dim) -> Dim {
        let atom = self.rounded(a, b, Rational::ceil, Definition::Ceil);
        Dim::or_poisoned(atom)
    }

    /// `min(a, b)`; an atom unless the two differ by a number.
    pub fn min(&mut self, a: &Dim, b: &Dim) -> Dim {
        Dim::or_poisoned(self.extremum(a, b, [a, b], Definition::Min))
    }

    /// `max(a, b)`; an atom unless the two differ by a number.
    pub fn max(&mut self, a: &Dim, b: &Dim) -> Dim {
        Dim::or_poisoned(self.extremum(a, b, [b, a], Definition::Max))
    }

    /// A dimension with its abbreviations written out; atoms stay as they are, and so does an
    /// abbreviation that something is divided by and that stands for a sum.
    pub fn expand(&self, d: &Dim) -> Dim {
        let mut expanded = d.clone();
        // Last declared first: a definition brings in only symbols that are still to come.
        for (index, entry) in self.entries.iter().enumerate().rev() {
            if let Definition::Named(definition) = &entry.symbol.definition {
                let replaced = expanded.substitute(sym(index), definition);
                if replaced.terms().is_ok() {
                    expanded = replaced;
                }
            }
        }
        expanded
    }

    /// The symbols in order of declaration, without the atoms.
    pub fn iter(&self) -> impl Iterator<Item = (Sym, &Symbol)> {
        let all = self.entries.iter().enumerate();
        all.map(|(index, entry)| (sym(index), &entry.symbol)).filter(|(_, symbol)| {
            use Definition::{Free, Given, Named};
            matches!(symbol.definition, Free | Given(_) | Named(_))
        })
    }

    /// The symbol behind a handle of this table.
    pub fn get(&self, s: Sym) -> &Symbol {
        &self.entry(s).symbol
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Everything in the table, in order of declaration.
    pub(super) fn entries(&self) -> impl Iterator<Item = (Sym, &Entry)> {
        self.entries.iter().enumerate().map(|(index, entry)| (sym(index), entry))
    }

    /// Puts an entry of a table with the same symbols at the end.
    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    pub(super) fn entry(&self, s: Sym) -> &Entry {
        &self.entries[s.0 as usize]
    }

    fn declare(&mut self, name: String, meaning: String, definition: Definition) -> Sym {
        let declared = sym(self.entries.len());
        let value = self.initial_value(&definition);
        self.entries.push(Entry {
            symbol: Symbol { name, meaning, definition },
            value,
            is_count: false,
        });
        declared
    }

    fn rounded(
        &mut self,
        a: &Dim,
        b: &Dim,
        round: fn(Rational) -> i128,
        atom: fn(Dim, Dim) -> Definition,
    ) -> Result<Dim, EvalError> {
        let Some(quotient) = a.checked_div(b)? else {
            return Ok(self.intern(atom(a.clone(), b.clone())).into());
        };
        if let Some(value) = quotient.as_rational() {
            return Ok(round(value).into());
        }
        let (a, b) = quotient.fraction()?;
        if b.is_one() {
            return Ok(a);
        }
        Ok(self.intern(atom(a, b)).into())
    }

    /// Where the two differ by a number, the first of `chosen` if `a` is the less and the second
    /// if it is not; otherwise the atom.
    fn extremum(
        &mut self,
        a: &Dim,
        b: &Dim,
        chosen: [&Dim; 2],
        atom: fn(Dim, Dim) -> Definition,
    ) -> Result<Dim, EvalError> {
        a.terms()?;
        b.terms()?;
        if let Some(difference) = (a - b).as_rational() {
            return Ok(chosen[usize::from(!difference.is_negative())].clone());
        }
        // The order of the two does not matter, so the atom may be there the other way round.
        if let Some(known) = self.find(&atom(b.clone(), a.clone())) {
            return Ok(known.into());
        }
        Ok(self.intern(atom(a.clone(), b.clone())).into())
    }

    fn intern(&mut self, atom: Definition) -> Sym {
        self.find(&atom).unwrap_or_else(|| {
            let name = self.show_atom(&atom);
            self.declare(name, String::new(), atom)
        })
    }

    fn find(&self, definition: &Definition) -> Option<Sym> {
        let mut entries = self.entries.iter();
        entries.position(|entry| entry.symbol.definition == *definition).map(sym)
    }
}

/// The handle of the entry at an index.
fn sym(index: usize) -> Sym {
    Sym(u32::try_from(index).expect("a table of 2³² symbols does not fit in memory"))
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
        assert_eq!(t.iter().count(), 1);
        assert_eq!(t.entries.len(), 1);
    }
}
