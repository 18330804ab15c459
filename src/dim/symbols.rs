//! The table of symbols.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use super::atoms::Atom;
use super::parts::Parts;
use super::rational::Rational;
use super::sym::TableId;
use super::{Call, Dim, EvalError, Sym};

/// What a symbol stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Definition {
    /// A value that is not known.
    Free,
    /// A value.
    Given(i128),
    /// An abbreviation of a dimension.
    Named(Dim),
    /// An atom: a rule applied to dimensions, as it was first written.
    Call(Call),
}

/// The path of a field of a spec.
pub type Field = Cow<'static, str>;

/// One symbol of the table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Symbol {
    /// How it is written; for an atom its whole formula.
    pub name: String,
    /// What it is, in words; nothing for an atom.
    pub meaning: String,
    /// What it stands for.
    pub definition: Definition,
    /// The field of the spec that says its value, if one does.
    pub field: Option<Field>,
}

impl Symbol {
    /// Whether a field says it, and this value; none is one that is not known.
    pub fn is_said(&self, field: &str, value: Option<i128>) -> bool {
        let known = match self.definition {
            Definition::Given(number) => Some(Some(number)),
            Definition::Free => Some(None),
            Definition::Named(_) | Definition::Call(_) => None,
        };
        self.field.as_deref() == Some(field) && known == Some(value)
    }
}

/// The symbols that the dimensions of one calculation are written in.
///
/// A definition can only mention symbols declared before it, so definitions have no cycles.
///
/// A clone knows the symbols that were declared before it was made; what either declares after
/// that, the other does not know. A dimension with a symbol that a table does not know has no
/// value there: it is [`EvalError::Foreign`]. A table holds 65,536 symbols; what is declared
/// beyond them is a symbol that no table knows.
#[derive(Debug)]
pub struct Symbols {
    id: TableId,
    entries: Vec<Arc<Entry>>,
    /// The atoms by their normal forms.
    pub(super) atoms: Arc<HashMap<Arc<Call>, Sym>>,
    /// Counts that consist of those of kinds.
    pub(super) parts: Vec<Parts>,
    /// The names of the symbols that are to vary.
    varying: Arc<[String]>,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    sym: Sym,
    pub(super) symbol: Symbol,
    /// The value without any bindings.
    pub(super) value: Value,
    pub(super) is_count: bool,
    /// Whether products begin with it, as with numbers of tokens.
    pub(super) leads: bool,
    /// Whether its value depends on a symbol that varies.
    pub(super) varies: bool,
    /// Whether its value is a whole number, whatever the values of others are.
    pub(super) is_whole: bool,
    /// The definition of an abbreviation with the abbreviations in it written out.
    expanded: Option<Dim>,
    /// What an atom is in normal form.
    pub(super) atom: Option<Atom>,
    /// Whether it stands for a size that is padded, which is not written out.
    pub(super) is_padded: bool,
    /// What is needed of it, where that is less than all: it is padded, or depends on what is.
    pub(super) needed: Option<Dim>,
}

/// `None` where it depends on a free symbol.
pub(super) type Value = Result<Option<Rational>, EvalError>;

impl Default for Symbols {
    fn default() -> Self {
        Symbols::varying([])
    }
}

impl Clone for Symbols {
    fn clone(&self) -> Self {
        Symbols {
            id: TableId::fresh(),
            entries: self.entries.clone(),
            atoms: self.atoms.clone(),
            parts: self.parts.clone(),
            varying: self.varying.clone(),
        }
    }
}

impl Symbols {
    /// An empty table. Symbols that are declared by one of these names are to vary: what is built
    /// by the value that one has now is not right for every value.
    pub fn varying<'a>(names: impl IntoIterator<Item = &'a str>) -> Symbols {
        Symbols {
            id: TableId::fresh(),
            entries: Vec::new(),
            atoms: Arc::default(),
            parts: Vec::new(),
            varying: names.into_iter().map(str::to_owned).collect(),
        }
    }

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

    /// Has products written with an abbreviation where a size that is given would stand; they begin
    /// with others.
    pub fn size(&mut self, sym: Sym) {
        if let Some(entry) = self.entry_mut(sym) {
            entry.leads = false;
        }
    }

    /// Notes which field of the spec says the value of a symbol.
    pub fn said_by(&mut self, sym: Sym, field: impl Into<Field>) {
        if let Some(entry) = self.entry_mut(sym) {
            entry.symbol.field = Some(field.into());
        }
    }

    /// A dimension with its abbreviations written out; atoms stay as they are, and so does an
    /// abbreviation that something is divided by and that stands for a sum.
    pub fn expand(&self, d: &Dim) -> Dim {
        if !self.has_names(d) {
            return d.clone();
        }
        let alone = d.as_symbol().and_then(|sym| self.written_out(sym));
        if let Some(definition) = alone.filter(|definition| definition.terms().is_ok()) {
            return definition.clone();
        }
        self.expand_all(d).unwrap_or_else(|_| self.expand_one_by_one(d))
    }

    /// Whether two dimensions are equal with their abbreviations written out.
    pub fn same(&self, a: &Dim, b: &Dim) -> bool {
        a == b || self.expand(a) == self.expand(b)
    }

    /// The symbols in order of declaration, without the atoms.
    pub fn iter(&self) -> impl Iterator<Item = (Sym, &Symbol)> {
        let all = self.entries.iter().map(|entry| (entry.sym, &entry.symbol));
        all.filter(|(_, symbol)| !matches!(symbol.definition, Definition::Call(_)))
    }

    /// The symbol behind a handle. A handle of another table gets a symbol that says so.
    pub fn get(&self, sym: Sym) -> &Symbol {
        static FOREIGN: LazyLock<Symbol> = LazyLock::new(|| Symbol {
            name: format!("⟨{}⟩", EvalError::Foreign),
            meaning: String::new(),
            definition: Definition::Named(Dim::poisoned(EvalError::Foreign)),
            field: None,
        });
        self.entry(sym).map_or_else(|| &*FOREIGN, |entry| &entry.symbol)
    }

    /// Whether a symbol of this name is to vary.
    pub fn is_varying(&self, name: &str) -> bool {
        self.varying.iter().any(|varying| varying == name)
    }

    /// Whether a dimension depends on a symbol that varies.
    pub fn varies(&self, d: &Dim) -> bool {
        self.any_entry(d, |entry| entry.varies)
    }

    /// Whether a dimension is a whole number whatever the values of its symbols are: a sum of
    /// whole multiples of products of whole symbols.
    pub(super) fn is_whole(&self, d: &Dim) -> bool {
        d.has_whole_coefficients() && d.factors().all(|(sym, e)| e > 0 && self.is_whole_symbol(sym))
    }

    pub(super) fn is_whole_symbol(&self, sym: Sym) -> bool {
        self.entry(sym).is_some_and(|entry| entry.is_whole)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// All symbols, atoms too, in order of declaration.
    pub(super) fn definitions(&self) -> impl Iterator<Item = (Sym, &Definition)> {
        self.entries.iter().map(|entry| (entry.sym, &entry.symbol.definition))
    }

    pub(super) fn entry(&self, sym: Sym) -> Option<&Entry> {
        self.entries.get(sym.index()).map(|entry| &**entry).filter(|entry| entry.sym == sym)
    }

    pub(super) fn entry_mut(&mut self, sym: Sym) -> Option<&mut Entry> {
        let entry = self.entries.get_mut(sym.index()).filter(|entry| entry.sym == sym)?;
        Some(Arc::make_mut(entry))
    }

    /// Puts a symbol at the end, if the table is not full.
    pub(super) fn push(&mut self, symbol: Symbol, atom: Option<Atom>) -> Option<Sym> {
        let sym = Sym::new(self.entries.len(), self.id)?;
        let mut expanded = None;
        let (varies, is_whole) = match &symbol.definition {
            Definition::Free | Definition::Given(_) => (self.is_varying(&symbol.name), true),
            Definition::Named(dim) => {
                expanded = self.has_names(dim).then(|| self.expand(dim));
                (self.varies(dim), self.is_whole(expanded.as_ref().unwrap_or(dim)))
            }
            Definition::Call(call) => {
                let is_whole = atom.as_ref().is_none_or(|atom| atom.is_whole(self));
                (call.args.iter().any(|arg| self.varies(arg)), is_whole)
            }
        };
        let needed = match &symbol.definition {
            Definition::Named(dim) => self.less_of(dim),
            _ => None,
        };
        let value = self.initial_value(&symbol.definition);
        let leads = matches!(symbol.definition, Definition::Named(_));
        let (is_count, is_padded) = (false, false);
        self.entries.push(Arc::new(Entry {
            sym,
            symbol,
            value,
            is_count,
            leads,
            varies,
            is_whole,
            expanded,
            atom,
            is_padded,
            needed,
        }));
        Some(sym)
    }

    fn declare(&mut self, name: String, meaning: String, definition: Definition) -> Sym {
        self.push(Symbol { name, meaning, definition, field: None }, None).unwrap_or(Sym::NONE)
    }

    fn has_names(&self, d: &Dim) -> bool {
        self.any_entry(d, |entry| entry.definition().is_some())
    }

    pub(super) fn any_entry(&self, d: &Dim, is_wanted: impl Fn(&Entry) -> bool) -> bool {
        d.factors().any(|(sym, _)| self.entry(sym).is_some_and(&is_wanted))
    }

    /// Every abbreviation of every term at once.
    fn expand_all(&self, d: &Dim) -> Result<Dim, EvalError> {
        d.substitute_all(|sym| self.written_out(sym))
    }

    /// As [`expand_all`](Self::expand_all), but an abbreviation that cannot be written out stays.
    fn expand_one_by_one(&self, d: &Dim) -> Dim {
        let mut expanded = d.clone();
        // Last declared first: a definition brings in only symbols that are still to come.
        for entry in self.entries.iter().rev() {
            if let Some(definition) = entry.definition() {
                let replaced = expanded.substitute(entry.sym, definition);
                if replaced.terms().is_ok() {
                    expanded = replaced;
                }
            }
        }
        expanded
    }

    /// What an abbreviation stands for, without abbreviations where that is possible.
    fn written_out(&self, sym: Sym) -> Option<&Dim> {
        let entry = self.entry(sym)?;
        entry.definition().map(|definition| entry.expanded.as_ref().unwrap_or(definition))
    }
}

impl Entry {
    /// What an abbreviation that is written out stands for.
    fn definition(&self) -> Option<&Dim> {
        match &self.symbol.definition {
            Definition::Named(definition) if !self.is_padded => Some(definition),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_of_another_table_has_no_value() {
        let (mut t, mut other) = (Symbols::default(), Symbols::default());
        let (h, vocab) = (t.given("H", "", 336), other.given("V", "", 32_000));
        let of_both = h + Dim::from(vocab);
        assert_eq!(t.eval(&vocab.into()), Err(EvalError::Foreign));
        assert_eq!(t.eval(&of_both), Err(EvalError::Foreign));
        assert_eq!(t.eval_with(&h.into(), &[(vocab, 7)]), Err(EvalError::Foreign));
        assert_eq!(t.show(&of_both), "⟨a symbol of another table⟩ + H");
        assert_eq!(t.get(vocab).meaning, "");
        let least = t.min(&vocab.into(), &h.into());
        assert_eq!(t.eval(&least), Err(EvalError::Foreign));
        let named = t.named("n", "", of_both);
        assert_eq!(t.eval(&named.into()), Err(EvalError::Foreign));
        t.count(vocab);
        assert_ne!(Dim::from(h), Dim::from(vocab));
        assert_eq!(other.eval(&vocab.into()), Ok(Some(32_000)));
    }

    #[test]
    fn clones_share_what_was_declared_before() {
        let mut t = Symbols::default();
        let h = t.given("H", "", 336);
        let half = t.floor_div(&h.into(), &2.into());
        let mut clone = t.clone();
        assert_eq!(clone.eval(&half), Ok(Some(168)));
        assert_eq!(clone.floor_div(&h.into(), &2.into()), half);
        let (mine, theirs) = (t.given("x", "", 1), clone.given("y", "", 2));
        assert_eq!((t.eval(&mine.into()), clone.eval(&theirs.into())), (Ok(Some(1)), Ok(Some(2))));
        assert_eq!(t.eval(&theirs.into()), Err(EvalError::Foreign));
        assert_eq!(clone.eval(&mine.into()), Err(EvalError::Foreign));
        let grandchild = clone.clone();
        assert_eq!(grandchild.eval(&(theirs + half)), Ok(Some(170)));
    }

    #[test]
    fn what_depends_on_a_symbol_that_varies_varies() {
        let mut t = Symbols::varying(["H"]);
        let (h, p) = (t.given("H", "", 336), t.given("P", "", 14));
        let rows = Dim::from(t.named("R", "", Dim::from(h).over(&p.into())));
        let least = t.min(&rows, &p.into());
        for dim in [h.into(), rows, least] {
            assert!(t.eval(&dim).is_ok_and(|value| value.is_some()));
            assert!(t.varies(&dim));
        }
        assert!(!t.varies(&(p * p)));
    }

    #[test]
    fn a_full_table_declares_symbols_that_no_table_knows() {
        let mut t = Symbols::default();
        let h = t.free("H", "");
        for _ in 0..=u16::MAX {
            t.given("x", "", 1);
        }
        let last = t.given("y", "", 2);
        assert_eq!(t.eval(&last.into()), Err(EvalError::Foreign));
        let atom = t.min(&h.into(), &1.into());
        assert_eq!(t.eval(&atom), Err(EvalError::Overflow));
    }
}
