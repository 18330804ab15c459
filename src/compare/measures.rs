//! What is compared: the less of it the better.

use std::cmp::Ordering;

use crate::cost::{Bytes, Figure, Measure as Counted, Report};
use crate::dim::{Dim, Sym};
use crate::graph::Component;
use crate::render::bytes_in_brief;
use crate::units::{Unit, exact, human, percent};

/// A number to compare.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// What it is called.
    pub name: &'static str,
    /// Its path in the JSON of a plan.
    pub key: &'static str,
    /// The table that it belongs to where one cannot hold all.
    pub group: &'static str,
    /// Where it stands in a report.
    pub read: fn(&Report) -> Cell,
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

/// Everything that is compared, in order.
pub const MEASURES: [Measure; 10] = [
    measure("visual tokens", "tokens.visual", TOKENS, |report| {
        figure(report, &report.tokens.visual)
    }),
    measure("sequence", "tokens.sequence", TOKENS, |report| {
        figure(report, &report.tokens.sequence)
    }),
    measure("of the context", "tokens.context_use", TOKENS, share),
    measure("bridge", "params.by_component.bridge", PARAMETERS, bridge),
    measure("parameters", "params.total", PARAMETERS, |report| {
        whole(report, report.prefill.figure(Counted::Params), Unit::Count)
    }),
    measure("weights", "memory.weight_bytes", PARAMETERS, |report| {
        bytes(report, &report.memory.weights)
    }),
    measure("prefill", "prefill.matmul_flops.total", WORK, |report| {
        whole(report, report.prefill.figure(Counted::MatmulFlops), Unit::Flop)
    }),
    measure("decode", "decode.matmul_flops.total", WORK, |report| {
        whole(report, report.decode.figure(Counted::MatmulFlops), Unit::Flop)
    }),
    measure("KV cache", "memory.kv_cache_bytes", MEMORY, |report| {
        bytes(report, &report.memory.kv_cache)
    }),
    measure("peak activations", "memory.peak_activation_bytes", MEMORY, |report| {
        bytes(report, &report.memory.peak_activations)
    }),
];

const fn measure(
    name: &'static str,
    key: &'static str,
    group: &'static str,
    read: fn(&Report) -> Cell,
) -> Measure {
    Measure { name, key, group, read }
}

fn figure(report: &Report, figure: &Figure) -> Cell {
    whole(report, figure.clone(), Unit::Count)
}

fn whole(report: &Report, figure: Figure, unit: Unit) -> Cell {
    let formula = in_numbers(report, &figure.dim);
    Cell { number: figure.value.map(|value| Number::Whole(value, unit)), formula }
}

/// A formula with the numbers that are known: a symbol has another value in another pipeline.
fn in_numbers(report: &Report, dim: &Dim) -> String {
    // The decode pass is written in the symbols of the prefill and some more.
    let symbols = &report.decode.graph.symbols;
    symbols.show_in_numbers(symbols.definition(dim).unwrap_or(dim))
}

fn bridge(report: &Report) -> Cell {
    let row = report.prefill.component(Component::Bridge);
    let dim = row.map(|row| report.prefill.formula(Counted::Params, row.nodes.clone()));
    let value = row.and_then(|row| row.costs.get(Counted::Params));
    whole(report, Figure { value, dim: dim.unwrap_or_default() }, Unit::Count)
}

fn bytes(report: &Report, bytes: &Bytes) -> Cell {
    let formula = bytes.formula(&report.prefill);
    let number = bytes.value.map(|value| Number::Whole(value, Unit::Byte));
    Cell { number, formula: bytes_in_brief(&formula, |dim| in_numbers(report, dim)) }
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
    let symbols = &report.decode.graph.symbols;
    let counted = [Counted::Params, Counted::MatmulFlops, Counted::Cache];
    let mut dims: Vec<Dim> =
        counted.map(|measure| report.prefill.figure(measure).dim).into_iter().collect();
    dims.push(report.decode.figure(Counted::MatmulFlops).dim);
    dims.extend([&report.tokens.sequence, &report.tokens.context].map(|f| f.dim.clone()));
    let is_open = |sym: &Sym| symbols.eval(&(*sym).into()) == Ok(None);
    let open = symbols.behind(&dims).into_iter().filter(is_open).map(|sym| symbols.get(sym));
    open.filter(|symbol| !symbol.meaning.is_empty())
        .map(|symbol| (symbol.name.clone(), symbol.meaning.clone()))
        .collect()
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
