//! Pipelines side by side: one with several bridges, or several as they are.
//!
//! A number is a line in `measures::MEASURES`; every format reads what stands in a
//! [`Comparison`].

mod bridges;
mod data;
mod layout;
mod measures;
mod pictures;
mod words;

use crate::cost::Report;
use crate::diag::{Code, Diagnostic};
use crate::render::{Data, Document, Format, Output, View};
use crate::spec::Failure;

pub use bridges::with_bridges;
use measures::{Cell, MEASURES, Measure, Number};

/// A pipeline that is compared.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it is, where the name does not say all.
    pub about: String,
    /// Its counts, or why there are none.
    pub outcome: Outcome,
}

/// Whether a pipeline can be counted.
#[derive(Debug)]
pub enum Outcome {
    /// The counts of one that can.
    Fits(Box<Report>),
    /// Its parts do not suit each other, and why.
    Misfit(String),
}

/// Pipelines with everything that is said of them.
#[derive(Debug)]
pub struct Comparison {
    title: String,
    columns: Vec<Column>,
    /// For each measure, a cell for each column that fits.
    rows: Vec<Vec<Option<Cell>>>,
    /// For each measure, which columns are the best.
    best: Vec<Vec<bool>>,
    /// What the choice trades.
    words: Vec<String>,
}

impl Column {
    /// A pipeline that was counted.
    pub fn fits(name: String, about: String, report: Report) -> Column {
        Column { name, about, outcome: Outcome::Fits(Box::new(report)) }
    }

    /// A pipeline whose parts do not suit each other.
    fn misfit(name: String, about: String, failure: &Failure) -> Column {
        let said = |d: &Diagnostic| match &d.help {
            Some(help) => format!("{}; {help}", d.message),
            None => d.message.clone(),
        };
        // What holds of one picture holds of another too: it is said once.
        let all = &failure.diagnostics;
        let is_new = |at: &usize| {
            all[*at].help.is_none() || all[..*at].iter().all(|d| d.help != all[*at].help)
        };
        let reasons: Vec<String> = (0..all.len()).filter(is_new).map(|at| said(&all[at])).collect();
        Column { name, about, outcome: Outcome::Misfit(reasons.join(". ")) }
    }

    /// Why there are no counts, if there are none.
    pub fn misfit_reason(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Fits(_) => None,
            Outcome::Misfit(reason) => Some(reason),
        }
    }

    /// The counts, if there are any.
    pub fn report(&self) -> Option<&Report> {
        match &self.outcome {
            Outcome::Fits(report) => Some(report),
            Outcome::Misfit(_) => None,
        }
    }
}

impl Comparison {
    /// Compares pipelines.
    pub fn new(title: String, mut columns: Vec<Column>) -> Comparison {
        tell_apart(&mut columns);
        let row = |measure: &Measure| {
            let cell = |column: &Column| measure.read(column.report()?);
            columns.iter().map(cell).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<Option<Cell>>> = MEASURES.iter().map(row).collect();
        let best = rows.iter().map(|row| best(row)).collect();
        let words = words::words(&columns);
        Comparison { title, columns, rows, best, words }
    }

    /// Whether anything could be counted.
    pub fn has_any(&self) -> bool {
        self.columns.iter().any(|column| column.report().is_some())
    }

    /// Why what cannot be counted cannot.
    pub fn misfits(&self) -> Vec<Diagnostic> {
        let misfit = |column: &Column| {
            let message = format!("`{}` does not fit: {}", column.name, column.misfit_reason()?);
            Some(Diagnostic::error(Code::Mismatch, message))
        };
        self.columns.iter().filter_map(misfit).collect()
    }
}

impl Output for Comparison {
    const DATA: &'static [Format<Data<Comparison>>] = &data::FORMATS;

    fn layout(&self, view: &View) -> Document {
        layout::document(self, view)
    }
}

/// Gives those of the same name a number.
fn tell_apart(columns: &mut [Column]) {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    for (at, column) in columns.iter_mut().enumerate() {
        let same = |name: &&String| **name == names[at];
        if names.iter().filter(same).count() > 1 {
            let number = names[..=at].iter().filter(same).count();
            column.name = format!("{} #{number}", column.name);
        }
    }
}

/// Which cells of a row are the least. None where fewer than two are known, or all are equal.
fn best(row: &[Option<Cell>]) -> Vec<bool> {
    let numbers: Vec<Option<&Number>> =
        row.iter().map(|cell| cell.as_ref().and_then(|cell| cell.number.as_ref())).collect();
    let known = || numbers.iter().copied().flatten();
    let least = known().min_by(|a, b| a.compare(b));
    let is_least = |number: &Number| least.is_some_and(|least| number.compare(least).is_eq());
    let differ = known().any(|number| !is_least(number));
    numbers.iter().map(|number| differ && number.is_some_and(is_least)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Unit;

    fn marks(numbers: &[Option<i128>]) -> Vec<bool> {
        let cell = |number: &Option<i128>| {
            let number = number.map(|value| Number::Whole(value, Unit::Count));
            Some(Cell { number, formula: String::new(), symbolic: None })
        };
        best(&numbers.iter().map(cell).collect::<Vec<_>>())
    }

    #[test]
    fn the_least_is_marked_and_a_tie_of_all_is_not() {
        assert_eq!(marks(&[Some(3), Some(1), Some(1)]), [false, true, true]);
        assert_eq!(marks(&[Some(1), Some(1)]), [false, false]);
        assert_eq!(marks(&[Some(1), None]), [false, false]);
        assert_eq!(marks(&[Some(2), None, Some(1)]), [false, false, true]);
        assert_eq!(marks(&[]), [false; 0]);
    }

    #[test]
    fn equal_names_are_numbered() {
        let column = |name: &str| Column {
            name: name.into(),
            about: String::new(),
            outcome: Outcome::Misfit(String::new()),
        };
        let mut columns = ["a", "b", "a"].map(column);
        tell_apart(&mut columns);
        assert_eq!(columns.map(|column| column.name), ["a #1", "b", "a #2"]);
    }
}
