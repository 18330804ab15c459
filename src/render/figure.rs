//! A number of a plan as text: one wording of what is known, what is still symbolic, and what is
//! not there.

use std::collections::BTreeMap;

use super::symbols::closed_form;
use crate::cost::numbers::Form;
use crate::dim::{Definition, names};
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
        /// The formula.
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

/// What is known of a size in a formula.
pub enum Size {
    /// The number.
    Known(String),
    /// The formula that it abbreviates, where its number is not known.
    Defined(String),
    /// Nothing: it is not given.
    Open,
}

impl Stated {
    /// A number of a report.
    pub fn of(value: Option<i128>, form: Option<&Form>) -> Stated {
        match (value, form) {
            (Some(value), _) => Stated::Known(value),
            (None, None) => Stated::without_formula(),
            (None, Some(form)) => Stated::symbolic(closed_form(form), |name| {
                let symbols = form.symbols;
                let sym = symbols.named_symbol(name)?;
                let known = symbols.eval(&sym.into()).ok().flatten();
                Some(match (&symbols.get(sym).definition, known) {
                    (_, Some(value)) => Size::Known(value.to_string()),
                    (Definition::Named(dim), None) => Size::Defined(symbols.show(dim)),
                    (_, None) => Size::Open,
                })
            }),
        }
    }

    /// A number that is not known, with its formula. Its sizes are those of which something is
    /// known by their names, and those that stand behind the ones that have no number.
    pub fn symbolic(formula: String, known: impl Fn(&str) -> Option<Size>) -> Stated {
        let mut sizes = BTreeMap::new();
        let mut open: Vec<String> = names(&formula).map(str::to_owned).collect();
        while let Some(name) = open.pop() {
            if sizes.contains_key(&name) {
                continue;
            }
            let size = match known(&name) {
                None => continue,
                Some(Size::Known(value)) => value,
                Some(Size::Open) => String::new(),
                Some(Size::Defined(formula)) => {
                    open.extend(names(&formula).map(str::to_owned));
                    formula
                }
            };
            sizes.insert(name, size);
        }
        Stated::Symbolic { formula, sizes }
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
