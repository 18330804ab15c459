//! A number of a plan as text: one wording of what is known, what is still symbolic, and what is
//! not there.

use std::collections::{BTreeMap, BTreeSet};

use super::symbols::written;
use crate::cost::numbers::{Closed, Form};
use crate::dim::{Definition, Dim, Sym, Symbol, Symbols};
use crate::units::{Unit, exact, exact_with_unit, human};

/// What stands for a number that is still symbolic.
pub const SYMBOLIC: &str = "symbolic";
/// What stands for a number that is not there.
pub const NOTHING: &str = "–";

/// How a number that is known is written in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// In three digits: `7.06 B`.
    Short,
    /// In full: `7,063,427,072`.
    Exact,
}

impl Style {
    /// A number that is known, with its unit.
    pub fn write(self, value: i128, unit: Unit) -> String {
        match self {
            Style::Short => human(value, unit),
            Style::Exact => exact_with_unit(value, unit),
        }
    }
}

/// A number, or where it is still symbolic its formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stated {
    /// This many.
    Known(i128),
    /// Not known.
    Symbolic {
        /// Its formula.
        formula: String,
        /// The sizes in it by their symbols: a number, a definition, or nothing where it is not
        /// given.
        sizes: BTreeMap<String, String>,
    },
}

/// A number in a cell of a table.
pub fn cell(number: Option<&Stated>, unit: Unit, style: Style) -> String {
    match number {
        None => NOTHING.to_owned(),
        Some(Stated::Symbolic { .. }) => SYMBOLIC.to_owned(),
        Some(Stated::Known(value)) => style.write(*value, unit),
    }
}

impl Stated {
    /// A number of a report.
    pub fn of(value: Option<i128>, form: Option<&Form>) -> Stated {
        match (value, form) {
            (Some(value), _) => Stated::Known(value),
            (None, None) => Stated::without_formula(),
            (None, Some(form)) => {
                let (closed, symbols) = (form.closed(), form.symbols);
                let show = |dim: &Dim| symbols.show(dim);
                let sizes = match &closed {
                    // A sentence: it depends on all sizes.
                    Closed::Steps { each: None, .. } => all_sizes(symbols, |_, dim| show(dim)),
                    closed => sizes(symbols, closed.dims(), |_, dim| show(dim)),
                };
                Stated::Symbolic { formula: written(&closed, show), sizes }
            }
        }
    }

    /// A number that is not known, and neither is its formula.
    pub fn without_formula() -> Stated {
        Stated::Symbolic { formula: "unknown".to_owned(), sizes: BTreeMap::new() }
    }

    /// The number, if it is known.
    pub fn value(&self) -> Option<i128> {
        match self {
            Stated::Known(value) => Some(*value),
            Stated::Symbolic { .. } => None,
        }
    }

    /// The formula, if the number is not known.
    pub fn formula(&self) -> Option<&str> {
        match self {
            Stated::Known(_) => None,
            Stated::Symbolic { formula, .. } => Some(formula),
        }
    }

    /// The number, or its formula and the sizes in it that are given: `4·D·T (D = 4096)`.
    pub fn text(&self) -> String {
        match self {
            Stated::Known(value) => exact(*value),
            Stated::Symbolic { formula, sizes } => {
                let said = sizes.iter().filter(|(_, size)| !size.is_empty());
                let said: Vec<String> =
                    said.map(|(name, size)| format!("{name} = {size}")).collect();
                match said.is_empty() {
                    true => formula.clone(),
                    false => format!("{formula} ({})", said.join(", ")),
                }
            }
        }
    }
}

/// The sizes that formulas depend on: their symbols, and those that stand behind the ones that have
/// no value. `definition` writes what such a one abbreviates.
pub fn sizes<'d>(
    symbols: &Symbols,
    dims: impl IntoIterator<Item = &'d Dim>,
    definition: impl Fn(&Symbol, &Dim) -> String,
) -> BTreeMap<String, String> {
    let mut open: Vec<Sym> = dims.into_iter().flat_map(Dim::symbols).collect();
    let (mut seen, mut sizes) = (BTreeSet::new(), BTreeMap::new());
    while let Some(sym) = open.pop() {
        if !seen.insert(sym) {
            continue;
        }
        let symbol = symbols.get(sym);
        let size = match (&symbol.definition, symbols.eval(&sym.into()).ok().flatten()) {
            (Definition::Free | Definition::Given(_) | Definition::Named(_), Some(value)) => {
                Some(value.to_string())
            }
            (Definition::Free | Definition::Given(_), None) => Some(String::new()),
            (Definition::Named(dim), None) => {
                open.extend(symbols.within(sym));
                Some(definition(symbol, dim))
            }
            // An atom has no name.
            _ => {
                open.extend(symbols.within(sym));
                None
            }
        };
        sizes.extend(size.map(|size| (symbol.name.clone(), size)));
    }
    sizes
}

/// Every size of a table.
pub fn all_sizes(
    symbols: &Symbols,
    definition: impl Fn(&Symbol, &Dim) -> String,
) -> BTreeMap<String, String> {
    let all: Vec<Dim> = symbols.iter().map(|(sym, _)| sym.into()).collect();
    sizes(symbols, &all, definition)
}
