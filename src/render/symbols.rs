//! Shapes and sizes as text.

use crate::cost::numbers::{Closed, Form, sum_of_steps};
use crate::cost::{ByteFormula, Figure, Part, Parts, Report, Row};
use crate::dim::{Definition, Dim, Sym, Symbol, Symbols};
use crate::ops::Shape;
use crate::units::exact;

/// More formulas of which the largest counts are not written out in brief.
const FEW: usize = 3;

/// A shape in symbols, abbreviations written out: `[B, (H/P)·(W/P), D_v]`.
pub fn shape(symbols: &Symbols, shape: &Shape) -> String {
    let axes: Vec<String> = shape.0.iter().map(|axis| symbols.show_expanded(axis)).collect();
    format!("[{}]", axes.join(", "))
}

/// The numbers of a shape; none where an axis is still symbolic.
pub fn shape_values(symbols: &Symbols, shape: &Shape) -> Vec<Option<i128>> {
    shape.0.iter().map(|axis| symbols.eval(axis).ok().flatten()).collect()
}

/// A shape in numbers, with the formula of an axis that is still symbolic: `[1, T, 4096]`.
pub fn shape_numbers(symbols: &Symbols, shape: &Shape) -> String {
    let values = shape_values(symbols, shape).into_iter().zip(shape.0.iter());
    let axes: Vec<String> = values
        .map(|(value, axis)| value.map_or_else(|| symbols.show(axis), |value| value.to_string()))
        .collect();
    format!("[{}]", axes.join(", "))
}

/// A shape in symbols, abbreviations kept: `[B, N, D_v]`.
pub fn shape_names(symbols: &Symbols, shape: &Shape) -> String {
    let axes: Vec<String> = shape.0.iter().map(|axis| symbols.show(axis)).collect();
    format!("[{}]", axes.join(", "))
}

/// A count in full, or its formula.
pub fn plain(report: &Report, figure: &Figure) -> String {
    figure.value.map_or_else(|| report.prefill.graph.symbols.show(&figure.dim), exact)
}

/// How many times a row runs: `× 24` if more than once, `29 of 34` if in some rounds only.
pub fn times(report: &Report, row: &Row) -> String {
    let symbols = &report.prefill.graph.symbols;
    let count =
        |dim: &Dim| symbols.eval(dim).ok().flatten().map_or_else(|| symbols.show(dim), exact);
    match &row.of {
        Some(of) => format!("{} of {}", count(&row.times), count(of)),
        None if row.times.is_one() => String::new(),
        None => format!("× {}", count(&row.times)),
    }
}

/// The closed form of a number.
pub fn closed_form(form: &Form) -> String {
    written(&form.closed(), |dim| form.symbols.show(dim))
}

/// A closed form, its formulas written by `show`: one, the maximum of several, or what is to be
/// added up.
pub fn written(closed: &Closed, show: impl Fn(&Dim) -> String) -> String {
    match closed {
        Closed::Dim(dim) => show(dim),
        Closed::Bytes(formula) => maximum(formula, show),
        Closed::Parts(parts) => sum_of(parts),
        Closed::Steps { steps, batch, each: Some(each) } => {
            format!("({})·{}·({})", show(steps), show(batch), show(each))
        }
        Closed::Steps { steps, each: None, .. } => {
            format!("the sum of {} decode steps, the first after S cached tokens", show(steps))
        }
    }
}

/// A closed form, its formulas written by `show`; of many of which the largest counts it is only
/// said that there are many.
pub fn in_brief(closed: &Closed, show: impl Fn(&Dim) -> String) -> String {
    match closed {
        Closed::Bytes(formula) if formula.candidates.len() > FEW => {
            let many = formula.candidates.len();
            format!("the largest of {many} sums of what is in memory at once")
        }
        closed => written(closed, show),
    }
}

/// `2·params.total`: a sum of multiples of other numbers of the plan.
fn sum_of(parts: &Parts) -> String {
    let term = |Part { path, bits, .. }: &Part| match bits {
        8 => path.clone(),
        4 => format!("{path}/2"),
        bits => format!("{}·{path}", bits / 8),
    };
    let sum = parts.terms.iter().map(term).collect::<Vec<_>>().join(" + ");
    if parts.rounded_up { format!("⌈{sum}⌉") } else { sum }
}

fn maximum(formula: &ByteFormula, show: impl Fn(&Dim) -> String) -> String {
    let shown: Vec<String> = formula
        .candidates
        .iter()
        .map(show)
        .map(|text| if formula.rounded_up { format!("⌈{text}⌉") } else { text })
        .collect();
    match &shown[..] {
        [one] => one.clone(),
        several => format!("max({})", several.join(", ")),
    }
}

/// What the answer costs: steps times the mean step, or what is to be added up.
pub fn answer_formula(report: &Report) -> String {
    let symbols = &report.decode.graph.symbols;
    written(&sum_of_steps(report), |dim| symbols.show(dim))
}

/// The legend: every symbol that these formulas use, with its value and meaning.
///
/// The decode pass is written in the symbols of the prefill and some more, so its table has all.
pub fn legend(report: &Report, shown: &[&Dim]) -> Vec<[String; 3]> {
    let symbols = &report.decode.graph.symbols;
    let used = symbols.behind(shown.iter().copied());
    let line = |(sym, symbol): (Sym, &Symbol)| {
        let value = symbols.eval(&sym.into()).ok().flatten().map(exact);
        let value = match (&symbol.definition, value) {
            (Definition::Named(definition), Some(value)) => {
                format!("{} = {value}", symbols.show(definition))
            }
            (Definition::Named(definition), None) => symbols.show(definition),
            (_, Some(value)) => value,
            (_, None) => "not given".to_owned(),
        };
        [symbol.name.clone(), value, symbol.meaning.clone()]
    };
    symbols.iter().filter(|(sym, _)| used.contains(sym)).map(line).collect()
}
