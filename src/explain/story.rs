//! What the steps are told of, and the words that they share.

use super::Level;
use super::step::{Line, Value};
use crate::cost::{Figure, Measure, Report, Row};
use crate::dim::{Dim, Symbols};
use crate::graph::{Component, Node};
use crate::ops::Shape;
use crate::planned::Planned;
use crate::units::{Unit, counted, exact};

/// A planned pipeline and how much is told of it.
pub struct Story<'a> {
    /// The counts.
    pub report: &'a Report,
    level: Level,
}

impl<'a> Story<'a> {
    /// The story of a plan.
    pub fn of(planned: &'a Planned, level: Level) -> Story<'a> {
        Story { report: &planned.report, level }
    }

    /// Whether everything is told.
    pub fn is_full(&self) -> bool {
        self.level == Level::Full
    }

    /// All symbols: the decode pass is written in those of the prefill and some more.
    pub fn symbols(&self) -> &'a Symbols {
        &self.report.decode.graph.symbols
    }

    /// A dimension with its value.
    pub fn figure(&self, dim: &Dim) -> Figure {
        Figure { value: self.symbols().eval(dim).ok().flatten(), dim: dim.clone() }
    }

    /// The number, or the formula of one that is not known.
    pub fn said(&self, figure: &Figure) -> String {
        figure.value.map_or_else(|| self.symbols().show(&figure.dim), exact)
    }

    /// `1 patch`, `196 tokens`, `N tokens`.
    pub fn counted(&self, figure: &Figure, noun: &str) -> String {
        let symbolic = || format!("{} {noun}s", self.said(figure));
        figure.value.map_or_else(symbolic, |value| counted(value, noun))
    }

    /// A matrix, `[196 × 1024]`, `[H/P × D]`; of more axes the last two.
    pub fn matrix(&self, shape: &Shape) -> String {
        let axes = &shape.0[shape.0.len().saturating_sub(2)..];
        self.brackets(axes.iter())
    }

    /// Axes in brackets that stay in one line, digits not grouped, as in shapes.
    fn brackets<'d>(&self, axes: impl Iterator<Item = &'d Dim>) -> String {
        let axis = |dim: &Dim| {
            let value = self.figure(dim).value;
            value.map_or_else(|| self.symbols().show(dim), |value| value.to_string())
        };
        format!("[{}]", axes.map(axis).collect::<Vec<_>>().join("\u{a0}×\u{a0}"))
    }

    /// A count, with its formula and the formula in numbers.
    pub fn count(&self, what: &str, figure: &Figure) -> Line {
        self.worked(what, figure, self.in_numbers(&figure.dim))
    }

    /// A count that is told in numbers of the step's own, where it has a value.
    pub fn worked(&self, what: &str, figure: &Figure, numbers: String) -> Line {
        let mut formula = self.symbols().show(&figure.dim);
        if let Some(definition) = self.symbols().definition(&figure.dim) {
            formula = format!("{formula} = {}", self.symbols().show(definition));
        }
        let numbers = if figure.value.is_some() { numbers } else { self.in_numbers(&figure.dim) };
        let is_new = formula.rsplit(" = ").next() != Some(&numbers);
        let numbers = if is_new { numbers } else { String::new() };
        self.line(what, figure, Unit::Count, formula, numbers)
    }

    /// The formula, or that of what it abbreviates, in numbers.
    fn in_numbers(&self, dim: &Dim) -> String {
        self.symbols().show_in_numbers(self.symbols().definition(dim).unwrap_or(dim))
    }

    /// A cost, whose formula is told where everything is.
    pub fn cost(&self, what: &str, figure: &Figure, unit: Unit) -> Line {
        let formula = self.symbols().show(&figure.dim);
        let numbers = match figure.value {
            Some(_) if self.is_full() => self.symbols().show_in_numbers(&figure.dim),
            _ => String::new(),
        };
        self.line(what, figure, unit, formula, numbers)
    }

    /// A measure of a row of the prefill.
    pub fn row_cost(&self, what: &str, row: &Row, measure: Measure) -> Line {
        let dim = self.report.prefill.formula(measure, row.nodes.clone());
        let unit = if measure == Measure::Params { Unit::Count } else { Unit::Flop };
        self.cost(what, &Figure { value: row.costs.get(measure), dim }, unit)
    }

    fn line(
        &self,
        what: &str,
        figure: &Figure,
        unit: Unit,
        formula: String,
        numbers: String,
    ) -> Line {
        let value = figure.value.map_or(Value::Open, |value| Value::Number(value, unit));
        let formula = if self.is_full() || value == Value::Open { formula } else { String::new() };
        Line {
            what: what.to_owned(),
            formula,
            numbers,
            shapes: String::new(),
            value,
            dims: vec![figure.dim.clone()],
        }
    }

    /// The operations of a component, each with its own row.
    pub fn operations(&self, of: Component) -> impl Iterator<Item = (&'a Row, &'a Node)> {
        let pass = &self.report.prefill;
        pass.component(of).into_iter().flat_map(|row| pass.operations(row))
    }

    /// The stages of the bridge.
    pub fn bridge_stages(&self) -> impl Iterator<Item = &'a Row> {
        let rows = self.report.prefill.rows.iter();
        rows.filter(|row| row.component == Component::Bridge && row.depth == 1)
    }

    /// How many times something is computed for a prompt: the images of a batch, one by one.
    pub fn encodings(&self) -> &'a Figure {
        &self.report.tokens.encodings
    }

    /// What the encoder runs on, in a word or three: what a processor makes are views.
    pub fn one_encoding(&self) -> &'static str {
        let is_processed = self.report.tokens.pictures.iter().any(|picture| picture.disk.is_some());
        if is_processed { "view" } else { "image or tile" }
    }

    /// `336×336`.
    pub fn size(&self, (height, width): &(Figure, Figure)) -> String {
        format!("{}×{}", self.said(height), self.said(width))
    }

    /// Whether a prompt is one image that is not cut into tiles.
    pub fn is_one_encoding(&self) -> bool {
        self.encodings().value == Some(1)
    }
}

/// `196 × 1,024`.
pub fn product(parts: &[String]) -> String {
    parts.join(" × ")
}
