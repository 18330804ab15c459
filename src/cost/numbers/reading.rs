//! How the numbers of a report are read.

use super::super::{Bytes, Figure, Measure, Pass, Report, Row};
use super::{Form, Said};
use crate::dim::Dim;

/// A figure of the prompt.
pub(super) fn figure<'r>(report: &'r Report, figure: &'r Figure) -> Said<'r> {
    let form = Form::dim(&report.prefill.graph.symbols, || figure.dim.clone());
    Said::Number(figure.value, Some(form))
}

/// A measure over a whole pass.
pub(super) fn total(pass: &Pass, measure: Measure) -> Said<'_> {
    let form = Form::dim(&pass.graph.symbols, move || pass.figure(measure).dim);
    Said::Number(pass.total.get(measure), Some(form))
}

/// Parameters that a token touches.
pub(super) fn active(pass: &Pass) -> Said<'_> {
    let symbols = &pass.graph.symbols;
    let form = Form::dim(symbols, move || pass.figure(Measure::Params).dim - pass.untouched());
    Said::Number(pass.active(), Some(form))
}

/// A measure over what the result of a pass does not depend on.
pub(super) fn unused(pass: &Pass, measure: Measure) -> Said<'_> {
    let form = Form::dim(&pass.graph.symbols, move || pass.unused_formula(measure));
    Said::Number(pass.unused.get(measure), Some(form))
}

/// A measure over a row of a pass.
pub(super) fn of_row<'r>(pass: &'r Pass, row: &'r Row, measure: Measure) -> Said<'r> {
    let form = Form::dim(&pass.graph.symbols, move || pass.formula(measure, row.nodes.clone()));
    Said::Number(row.costs.get(measure), Some(form))
}

/// The value of a dimension, and the dimension.
pub(super) fn value<'r>(pass: &'r Pass, dim: &'r Dim) -> Said<'r> {
    let symbols = &pass.graph.symbols;
    let form = Form::dim(symbols, || dim.clone());
    Said::Number(symbols.eval(dim).ok().flatten(), Some(form))
}

/// A number of bytes.
pub(super) fn bytes<'r>(report: &'r Report, bytes: &'r Bytes) -> Said<'r> {
    let prefill = &report.prefill;
    // The decode pass is written in the symbols of the prefill and some more.
    let form = Form::new(&report.decode.graph.symbols, || bytes.closed(prefill));
    Said::Number(bytes.value, Some(form))
}
