//! What is compared: the less of it the better.

use std::cmp::Ordering;

use crate::cost::Report;
use crate::cost::numbers::{Closed, Fact, Key, find, unit};
use crate::dim::Dim;
use crate::render::in_brief;
use crate::units::{Unit, exact, human, percent};

/// A number to compare.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// The table that it belongs to where one cannot hold all.
    pub group: &'static str,
    /// Its path in the JSON of a plan.
    pub key: &'static str,
    /// What it is called, if it is no headline.
    name: Option<&'static str>,
}

/// One pipeline's number.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The number; none where it is still symbolic.
    pub number: Option<Number>,
    /// Its formula.
    pub formula: String,
}

/// A number that can be compared with those of other pipelines.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// How many of something.
    Whole(i128, Unit),
    /// How many of how many.
    Share(i128, i128),
}

const TOKENS: &str = "Tokens";
const PARAMETERS: &str = "Parameters";
const WORK: &str = "Matmul FLOPs";
const MEMORY: &str = "Memory for a prompt";

/// The share of the context that prompt and answer take, which is no number of a plan by itself.
const CONTEXT_USE: &str = "tokens.context_use";

/// Everything that is compared, in order.
pub const MEASURES: [Measure; 10] = [
    headline(TOKENS, "tokens.visual"),
    headline(TOKENS, "tokens.sequence"),
    Measure { group: TOKENS, key: CONTEXT_USE, name: Some("of the context") },
    Measure { group: PARAMETERS, key: "params.by_component.bridge", name: Some("bridge") },
    headline(PARAMETERS, "params.total"),
    headline(PARAMETERS, "memory.weight_bytes"),
    headline(WORK, "prefill.matmul_flops.total"),
    headline(WORK, "decode.matmul_flops.total"),
    headline(MEMORY, "memory.kv_cache_bytes"),
    headline(MEMORY, "memory.peak_activation_bytes"),
];

const fn headline(group: &'static str, key: &'static str) -> Measure {
    Measure { group, key, name: None }
}

impl Measure {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        let headline = || Key::at(self.key)?.number?.headline;
        self.name.or_else(headline).unwrap_or(self.key)
    }

    /// The number of a pipeline; nothing if it has no such number.
    pub fn read(&self, report: &Report) -> Option<Cell> {
        if self.key == CONTEXT_USE {
            return Some(share(report));
        }
        let Fact::Number(value, Some(form)) = find(report, self.key, 0)? else { return None };
        let number = value.map(|value| Number::Whole(value, unit(self.key)));
        Some(Cell { number, formula: formula(report, &form.closed()) })
    }
}

/// A closed form with the numbers that are known: a symbol has another value in another pipeline.
fn formula(report: &Report, closed: &Closed) -> String {
    in_brief(closed, |dim| in_numbers(report, dim))
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
    }
}

/// The symbols without a value that the numbers of a pipeline depend on: names and meanings.
pub fn not_given(report: &Report) -> Vec<(String, String)> {
    let open = report.not_given().into_iter();
    open.map(|symbol| (symbol.name.clone(), symbol.meaning.clone())).collect()
}

impl Number {
    /// Three digits and a unit; counts below a million in full.
    pub fn shown(&self) -> String {
        let text = match *self {
            Number::Whole(value, Unit::Count) if value.abs() < 1_000_000 => exact(value),
            Number::Whole(value, unit) => human(value, unit),
            Number::Share(part, whole) => percent(part, whole),
        };
        text.replace(' ', "\u{a0}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_one_of_a_plan_and_has_a_name() {
        for measure in MEASURES.iter().filter(|measure| measure.key != CONTEXT_USE) {
            assert!(Key::at(measure.key).is_some_and(Key::is_number), "{}", measure.key);
            assert_ne!(measure.name(), measure.key);
        }
    }

    #[test]
    fn shares_are_compared_as_fractions() {
        let less = |a: Number, b: Number| a.compare(&b).is_lt();
        assert!(less(Number::Share(1, 3), Number::Share(2, 5)));
        assert!(Number::Share(2, 4).compare(&Number::Share(1, 2)).is_eq());
        assert!(less(Number::Share(i128::MAX, 3), Number::Share(i128::MAX, 2)));
        assert!(less(Number::Whole(1, Unit::Byte), Number::Whole(2, Unit::Byte)));
        assert_eq!(Number::Whole(999_999, Unit::Count).shown(), "999,999");
        assert_eq!(Number::Whole(4_198_400, Unit::Count).shown(), "4.20\u{a0}M");
        assert_eq!(Number::Share(640, 4096).shown(), "15.6\u{a0}%");
    }
}
