//! Expected shapes: `[B, 576, 4096]`, `[B, (H/P)*(W/P), D]`, `[?, N + 1, ?]`.

use super::judgement::{Breach, Judgement};
use crate::cost::Report;
use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, Symbols};
use crate::ops::Shape;
use crate::render::{shape_numbers, shape_symbols};
use crate::spec::{Axis, Expectation, Requirement};

/// Compares the shape of a tensor with an expected one.
///
/// A number must be the axis' value. A formula must be the axis' formula, abbreviations written
/// out: that two sizes happen to be equal here is not enough.
pub fn judge(expectation: &Expectation, actual: &Shape, report: &Report) -> Judgement {
    // Reading a formula may add atoms to the table.
    let mut symbols = (*report.prefill.graph.symbols).clone();
    let numbers = shape_numbers(&symbols, actual);
    let expected = expectation.all.iter().find_map(|requirement| match requirement {
        Requirement::Shape(axes) => Some(axes),
        _ => None,
    });
    let expected = expected.map_or(&[][..], Vec::as_slice);
    let formulas = match formulas(expected, &mut symbols) {
        Ok(formulas) => formulas,
        Err(diagnostic) => return Judgement::Senseless(*diagnostic),
    };
    let breach = |notes: Vec<String>| {
        let symbolic = format!("in symbols: {}", shape_symbols(&symbols, actual));
        let notes = notes.into_iter().chain([symbolic]);
        Judgement::Broken(Breach {
            actual: Some(numbers.clone()),
            notes: notes.collect(),
            ..Breach::default()
        })
    };
    if formulas.len() != actual.0.len() {
        let (given, is) = (formulas.len(), actual.0.len());
        return breach(vec![format!("{given} axes are expected, and it has {is}")]);
    }
    let axes = formulas.iter().zip(actual.0.iter()).enumerate();
    let notes: Vec<String> =
        axes.filter_map(|(at, (wanted, is))| difference(at, wanted, is, &symbols)).collect();
    if notes.is_empty() { Judgement::Holds(numbers, None) } else { breach(notes) }
}

/// What an axis must be.
enum Wanted {
    Size(i128),
    Formula(String, Dim),
    Any,
}

/// The expected axes, formulas read.
fn formulas(axes: &[Axis], symbols: &mut Symbols) -> Result<Vec<Wanted>, Box<Diagnostic>> {
    let read = |axis: &Axis| match axis {
        Axis::Size(size) => Ok(Wanted::Size(*size)),
        Axis::Any => Ok(Wanted::Any),
        Axis::Formula(text) => match symbols.parse(text) {
            Ok(dim) => Ok(Wanted::Formula(text.clone(), symbols.expand(&dim))),
            Err(fault) => {
                let help = if fault.is_unknown_symbol {
                    let names: Vec<&str> =
                        symbols.iter().map(|(_, symbol)| symbol.name.as_str()).collect();
                    format!("its symbols are {}", names.join(", "))
                } else {
                    "write a size (`576`), a formula in the plan's symbols (`(H/P)*(W/P) + 1`) or \
                     `?`"
                    .to_owned()
                };
                let message = format!("axis `{text}` cannot be read: {}", fault.message);
                Err(Box::new(Diagnostic::error(Code::BadValue, message).help(help)))
            }
        },
    };
    axes.iter().map(read).collect()
}

/// What is wrong with an axis.
fn difference(at: usize, wanted: &Wanted, is: &Dim, symbols: &Symbols) -> Option<String> {
    let value = symbols.eval(is).ok().flatten();
    let shown = symbols.show_expanded(is);
    let actual = match value {
        Some(value) if shown != value.to_string() => format!("{value} = {shown}"),
        _ => shown,
    };
    match wanted {
        Wanted::Any => None,
        Wanted::Size(size) => {
            (value != Some(*size)).then(|| format!("axis {at} is {actual}, not {size}"))
        }
        Wanted::Formula(text, dim) => {
            if symbols.expand(is) == *dim {
                return None;
            }
            let same = value.is_some() && symbols.eval(dim).ok().flatten() == value;
            let more = if same { "; the two are equal here, but not the same size" } else { "" };
            Some(format!("axis {at} is {actual}, not {text}{more}"))
        }
    }
}
