//! Everything together.

use std::cmp::Reverse;

use super::super::step::{Line, Step, Value};
use super::super::story::Story;
use crate::cost::{Bytes, Closed, Measure, Parts};
use crate::render::in_brief;
use crate::units::{Unit, exact, percent};

/// The totals, and which component they come from.
pub fn step(story: &Story) -> Step {
    let report = story.report;
    let memory = &report.memory;
    let mut step = Step { title: "Everything together".into(), ..Step::default() };
    step.text.extend(shares(story, Measure::Params, "parameters"));
    step.text.extend(shares(story, Measure::MatmulFlops, "prefill's matmul FLOPs"));
    let formats = report.formats();
    step.text.push(match formats.of_weights().filter(|dtype| *dtype == formats.kv) {
        Some(dtype) => format!(
            "Weights and cache are in {}, activations in {} bits.",
            dtype.name(),
            formats.activations.bits()
        ),
        None => format!("Number formats: {}.", formats.in_full()),
    });
    step.lines = vec![
        sum(story, "parameters", Measure::Params, Unit::Count),
        sum(story, "matmul FLOPs, prefill", Measure::MatmulFlops, Unit::Flop),
        bytes(story, "weights", &memory.weights),
        bytes(story, "KV cache", &memory.kv_cache),
        bytes(story, "peak of the activations", &memory.peak_activations),
    ];
    step
}

/// The sum over the components.
fn sum(story: &Story, what: &str, measure: Measure, unit: Unit) -> Line {
    let pass = &story.report.prefill;
    let mut line = story.cost(what, &pass.figure(measure), unit);
    let parts = pass.components().map(|row| row.costs.get(measure).map(exact));
    if let Some(parts) = parts.collect::<Option<Vec<String>>>() {
        line.formula = String::new();
        line.numbers = parts.join(" + ");
    }
    line
}

/// `Of the prefill's FLOPs the LLM has 95.5 %, …`, the largest first.
fn shares(story: &Story, measure: Measure, of: &str) -> Option<String> {
    let pass = &story.report.prefill;
    let total = pass.total.get(measure).filter(|total| *total > 0)?;
    let mut parts = Vec::new();
    for row in pass.components() {
        parts.push((row.costs.get(measure)?, row.component.in_words()));
    }
    parts.sort_by_key(|(value, _)| Reverse(*value));
    let said: Vec<String> = parts
        .iter()
        .map(|(value, name)| format!("the {name} {}", percent(*value, total)))
        .collect();
    Some(format!("Of the {of}: {}.", said.join(", ")))
}

/// A number of bytes. Where sizes are unknown it may be the largest of several formulas.
fn bytes(story: &Story, what: &str, bytes: &Bytes) -> Line {
    let closed = bytes.closed(&story.report.prefill);
    let brief = || in_brief(&closed, |dim| story.symbols().show(dim));
    let value = bytes.value.map_or(Value::Open, |value| Value::Number(value, Unit::Byte));
    let told = match value {
        Value::Open => brief(),
        _ if story.is_full() => brief(),
        _ => String::new(),
    };
    let numbers = match &closed {
        Closed::Parts(parts) if bytes.value.is_some() => in_numbers(story, parts),
        _ => None,
    };
    let dims =
        if numbers.is_some() { Vec::new() } else { closed.dims().into_iter().cloned().collect() };
    Line {
        what: what.into(),
        formula: if numbers.is_some() { String::new() } else { told },
        numbers: numbers.unwrap_or_default(),
        shapes: String::new(),
        value,
        dims,
    }
}

/// `2 bytes × 7,063,427,072`: bytes of other numbers.
fn in_numbers(story: &Story, parts: &Parts) -> Option<String> {
    let terms = parts.terms.iter().map(|part| {
        let Closed::Dim(dim) = &part.closed else { return None };
        let count = exact(story.figure(dim).value?);
        Some(match part.bits {
            4 => format!("{count} / 2"),
            8 => count,
            bits => format!("{} bytes × {count}", bits / 8),
        })
    });
    Some(terms.collect::<Option<Vec<_>>>()?.join(" + "))
}
