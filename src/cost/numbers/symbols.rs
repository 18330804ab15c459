//! The symbols of a plan's formulas.

use super::{Form, Key, Read, Said};
use crate::dim::Definition;
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    Key::number(
        "symbols.SYMBOL.value",
        Unit::Count,
        Read::Symbol(|symbols, sym| Said::Number(symbols.eval(&sym.into()).ok().flatten(), None)),
        "The symbol's number; `null` if the spec does not say it.",
    ),
    Key::new(
        "symbols.SYMBOL.meaning",
        Read::Symbol(|symbols, sym| Said::text(&symbols.get(sym).meaning)),
        "What the symbol stands for, in words.",
    ),
    Key::new(
        "symbols.SYMBOL.definition",
        Read::Symbol(|symbols, sym| match &symbols.get(sym).definition {
            Definition::Named(dim) => Said::Formula(Form::dim(symbols, || dim.clone())),
            _ => Said::Absent,
        }),
        "The formula that the symbol abbreviates, if it is an abbreviation.",
    ),
    Key::new(
        "symbols.SYMBOL.field",
        Read::Symbol(|symbols, sym| {
            symbols.get(sym).field.as_deref().map_or(Said::Absent, Said::text)
        }),
        "The field of a spec that says it, if one does.",
    ),
];
