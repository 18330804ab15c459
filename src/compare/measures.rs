//! What is compared: the less of it the better.

use std::cmp::Ordering;
use std::sync::LazyLock;

use crate::cost::Report;
use crate::cost::numbers::{Closed, Fact, find, headlines, unit};
use crate::dim::Dim;
use crate::render::in_brief;
use crate::units::{Unit, brief, exact, exact_with_unit, percent};

/// A number to compare.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// The table that it belongs to where one cannot hold all.
    pub group: &'static str,
    /// Its path in the JSON of a plan.
    pub key: &'static str,
    /// What it is called.
    pub name: &'static str,
}

/// One pipeline's number.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The number; none where it is still symbolic.
    pub number: Option<Number>,
    /// Its formula, with the numbers that are known.
    pub formula: String,
    /// Its formula in symbols, where the number is not known.
    pub symbolic: Option<String>,
}

/// A number that can be compared with those of other pipelines.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// How many of something.
    Whole(i128, Unit),
    /// How many of how many.
    Share(i128, i128),
}

/// The share of the context that prompt and answer take, which is no number of a plan by itself.
const CONTEXT_USE: &str = "tokens.context_use";

/// What is compared beside the headlines of a plan, each after the headline that it belongs to.
const BESIDE: [(&str, Measure); 2] = [
    ("tokens.sequence", Measure { group: "Tokens", key: CONTEXT_USE, name: "of the context" }),
    (
        "tokens.sequence",
        Measure { group: "Parameters", key: "params.by_component.bridge", name: "bridge" },
    ),
];

/// Everything that is compared, in order: the headlines of a plan, and what stands beside them.
pub static MEASURES: LazyLock<Vec<Measure>> = LazyLock::new(|| {
    let measures = headlines().flat_map(|(key, _, name)| {
        let beside = BESIDE.iter().filter(move |(after, _)| *after == key);
        let own = Measure { group: group(key), key, name };
        [own].into_iter().chain(beside.map(|(_, measure)| *measure))
    });
    let mut measures: Vec<Measure> = measures.collect();
    measures.sort_by_key(|measure| GROUPS.iter().position(|group| *group == measure.group));
    measures
});

/// The tables, in order.
const GROUPS: [&str; 4] = ["Tokens", "Parameters", "Matmul FLOPs", "Memory"];

/// The table of a number, by the part of the plan that it stands in.
fn group(key: &str) -> &'static str {
    match key.split('.').next() {
        Some("tokens") => "Tokens",
        Some("params") => "Parameters",
        Some("memory") => "Memory",
        _ => "Matmul FLOPs",
    }
}

impl Measure {
    /// The number of a pipeline; nothing if it has no such number.
    pub fn read(&self, report: &Report) -> Option<Cell> {
        if self.key == CONTEXT_USE {
            return Some(share(report));
        }
        let Fact::Number(value, Some(form)) = find(report, self.key, 0)? else { return None };
        let number = value.map(|value| Number::Whole(value, unit(self.key)));
        let closed = form.closed();
        let symbolic = number.is_none().then(|| in_names(report, &closed));
        Some(Cell { number, formula: formula(report, &closed), symbolic })
    }
}

/// A closed form with the numbers that are known: a symbol has another value in another pipeline.
fn formula(report: &Report, closed: &Closed) -> String {
    in_brief(closed, |dim| in_numbers(report, dim))
}

/// A closed form in symbols.
fn in_names(report: &Report, closed: &Closed) -> String {
    let symbols = &report.decode.graph.symbols;
    in_brief(closed, |dim| symbols.show(dim))
}

fn in_numbers(report: &Report, dim: &Dim) -> String {
    // The decode pass is written in the symbols of the prefill and some more.
    let symbols = &report.decode.graph.symbols;
    symbols.show_in_numbers(symbols.definition(dim).unwrap_or(dim))
}

/// What prompt and answer take of the context.
fn share(report: &Report) -> Cell {
    let tokens = &report.tokens;
    let used = match tokens.generated.value {
        Some(0) => in_numbers(report, &tokens.sequence.dim),
        _ => in_numbers(report, &(&tokens.sequence.dim + &tokens.generated.dim)),
    };
    let used = if used.contains(' ') { format!("({used})") } else { used };
    Cell {
        number: report.context_use().map(|(used, length)| Number::Share(used, length)),
        formula: format!("{used}/{}", in_numbers(report, &tokens.context.dim)),
        symbolic: None,
    }
}

/// The symbols without a value that the numbers of a pipeline depend on: names and meanings.
pub fn not_given(report: &Report) -> Vec<(String, String)> {
    let open = report.not_given().into_iter();
    open.map(|symbol| (symbol.name.clone(), symbol.meaning.clone())).collect()
}

impl Number {
    /// Three digits and a unit; counts below a million in full, and all if `is_exact`.
    pub fn shown(&self, is_exact: bool) -> String {
        let text = match *self {
            Number::Whole(value, unit) if is_exact => exact_with_unit(value, unit),
            Number::Share(part, whole) if is_exact => format!("{}/{}", exact(part), exact(whole)),
            Number::Whole(value, unit) => brief(value, unit),
            Number::Share(part, whole) => percent(part, whole),
        };
        text.replace(' ', "\u{a0}")
    }

    /// The number in digits; of a share the quotient, to 6 places.
    pub fn digits(&self) -> String {
        match *self {
            Number::Whole(value, _) => value.to_string(),
            Number::Share(part, whole) => quotient(part, whole),
        }
    }

    /// Which of two is less.
    pub fn compare(&self, other: &Number) -> Ordering {
        let fraction = |number: &Number| match *number {
            Number::Whole(value, _) => (value, 1),
            Number::Share(part, whole) => (part, whole.max(1)),
        };
        let ((a, b), (c, d)) = (fraction(self), fraction(other));
        match a.checked_mul(d).zip(c.checked_mul(b)) {
            Some((left, right)) => left.cmp(&right),
            None => (a / b).cmp(&(c / d)),
        }
    }
}

/// A quotient to 6 places, without zeros at its end: `0.15625`.
fn quotient(part: i128, whole: i128) -> String {
    const PLACES: i128 = 1_000_000;
    let whole = whole.max(1);
    let scaled = part.saturating_mul(PLACES).saturating_add(whole / 2) / whole;
    let text = format!("{}.{:06}", scaled / PLACES, scaled % PLACES);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::numbers::Key;

    #[test]
    fn every_number_is_one_of_a_plan_and_has_a_name() {
        for measure in MEASURES.iter().filter(|measure| measure.key != CONTEXT_USE) {
            assert!(Key::at(measure.key).is_some_and(Key::is_number), "{}", measure.key);
            assert!(!measure.name.is_empty());
        }
        assert!(MEASURES.iter().all(|measure| GROUPS.contains(&measure.group)));
    }

    #[test]
    fn a_share_is_a_number() {
        assert_eq!(Number::Share(640, 4096).digits(), "0.15625");
        assert_eq!(Number::Share(1, 3).digits(), "0.333333");
        assert_eq!(Number::Share(4096, 4096).digits(), "1");
        assert_eq!(Number::Share(0, 7).digits(), "0");
        assert_eq!(Number::Share(9, 8).digits(), "1.125");
        assert_eq!(Number::Whole(7, Unit::Byte).digits(), "7");
    }

    #[test]
    fn shares_are_compared_as_fractions() {
        let less = |a: Number, b: Number| a.compare(&b).is_lt();
        assert!(less(Number::Share(1, 3), Number::Share(2, 5)));
        assert!(Number::Share(2, 4).compare(&Number::Share(1, 2)).is_eq());
        assert!(less(Number::Share(i128::MAX, 3), Number::Share(i128::MAX, 2)));
        assert!(less(Number::Whole(1, Unit::Byte), Number::Whole(2, Unit::Byte)));
        assert_eq!(Number::Whole(999_999, Unit::Count).shown(false), "999,999");
        assert_eq!(Number::Whole(4_198_400, Unit::Count).shown(false), "4.20\u{a0}M");
        assert_eq!(Number::Share(640, 4096).shown(false), "15.6\u{a0}%");
    }
}
