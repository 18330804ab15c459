//! Names of numbers and sentences about them.

use super::super::compare::Comparison;
use super::super::numbers::{Delta, Number};
use super::super::run::OneSided;
use super::shown;
use crate::check::unit;
use crate::diag::cut_to;
use crate::units::exact;

/// Paths of headline numbers in sentences, in their order.
const SENTENCE: [(&str, &str); 8] = [
    ("tokens.visual", "visual tokens"),
    ("tokens.sequence", "sequence"),
    ("params.total", "parameters"),
    ("prefill.matmul_flops.total", "prefill"),
    ("decode.matmul_flops.total", "decode"),
    ("memory.weight_bytes", "weights"),
    ("memory.kv_cache_bytes", "KV cache"),
    ("memory.peak_activation_bytes", "peak activations"),
];

/// The longest formula that people are shown, in characters.
const FORMULA: usize = 160;

/// Parts of a plan: the start of their paths, and their headings.
const GROUPS: [(&str, &str); 8] = [
    ("tokens.", "tokens of a prompt"),
    ("params.", "parameters"),
    ("prefill.matmul_flops.", "matmul FLOPs of the prefill"),
    ("prefill.other_flops.", "other FLOPs of the prefill"),
    ("decode.matmul_flops.", "matmul FLOPs of a decode step"),
    ("decode.other_flops.", "other FLOPs of a decode step"),
    ("answer.", "the answer"),
    ("memory.", "memory"),
];

/// Names that differ from the last key of a path.
const LABELS: [(&str, &str); 10] = [
    ("tokens.encoder", "encoder-side"),
    ("tokens.visual", "visual, LLM-side"),
    ("tokens.generated", "answer"),
    ("tokens.context", "context of the LLM"),
    ("tokens.encoder_values", "values of E, patches"),
    ("tokens.visual_values", "values of V, visual"),
    ("memory.weight_bytes", "weights"),
    ("memory.kv_cache_bytes", "KV cache"),
    ("memory.peak_activation_bytes", "peak activations"),
    ("answer.matmul_flops", "matmul FLOPs"),
];

/// The heading and the name of a number.
pub fn place(path: &str) -> (&'static str, String) {
    let group = GROUPS.iter().find(|(start, _)| path.starts_with(start));
    let Some((start, heading)) = group else { return ("more", path.to_owned()) };
    if let Some((_, label)) = LABELS.iter().find(|(known, _)| *known == path) {
        return (heading, (*label).to_owned());
    }
    let rest = &path[start.len()..];
    let label = match rest.strip_prefix("by_component.") {
        Some(component) => format!("  {component}"),
        None => rest.replace('_', " "),
    };
    (heading, label)
}

/// Whether a number says no more than another one of these.
pub fn is_repeated(delta: &Delta, all: &[Delta]) -> bool {
    let as_total = |total: &str| {
        all.iter().any(|other| {
            other.path == total && (&other.old, &other.new) == (&delta.old, &delta.new)
        })
    };
    match delta.path.as_str() {
        "decode.cached" => as_total("tokens.sequence"),
        "answer.tokens" => as_total("tokens.generated"),
        "params.active" => as_total("params.total"),
        // A step runs the LLM alone.
        path => path.starts_with("decode.") && path.ends_with(".by_component.llm"),
    }
}

/// A measure of a stage.
pub fn measure(key: &str) -> String {
    match key {
        "params" => "parameters".to_owned(),
        "matmul_flops" => "matmul FLOPs".to_owned(),
        "other_flops" => "other FLOPs".to_owned(),
        "kv_cache_elements" => "KV cache values".to_owned(),
        other => other.replace('_', " "),
    }
}

/// What became of the headline numbers: `visual tokens 576 → 144 (−75.0 %), prefill …`.
pub fn sentence(comparison: &Comparison) -> String {
    let said = headlines(comparison).filter(|(_, delta)| !is_open(delta)).map(|(name, delta)| {
        let [old, new] = cells(delta, false);
        let percent = delta.percent().map_or_else(String::new, |percent| format!(" ({percent})"));
        format!("{name} {old} → {new}{percent}")
    });
    let said: Vec<String> = said.collect();
    if !said.is_empty() {
        return said.join(", ");
    }
    let open = comparison.numbers.iter().any(is_open);
    match (open, comparison.numbers.is_empty()) {
        (true, _) => "some numbers change that are not known",
        (false, false) => "the totals stay as they were",
        (false, true) => "no number changes",
    }
    .to_owned()
}

/// The headline numbers that changed, with their names in sentences.
pub fn headlines(comparison: &Comparison) -> impl Iterator<Item = (&'static str, &Delta)> {
    SENTENCE.iter().filter_map(|(path, name)| {
        let delta = comparison.numbers.iter().find(|delta| delta.path == *path)?;
        Some((*name, delta))
    })
}

/// Whether a number is known on neither side.
fn is_open(delta: &Delta) -> bool {
    let open = |number: &Option<Number>| matches!(number, Some(Number::Symbolic { .. }));
    open(&delta.old) && open(&delta.new)
}

/// The headline numbers of a plan that has no counterpart: `visual tokens 576, parameters 7.06 B`.
pub fn headline(side: &OneSided) -> String {
    let said = SENTENCE.iter().filter_map(|(path, name)| {
        let (_, number) = side.numbers.iter().find(|(known, _)| known == path)?;
        number.value().map(|_| format!("{name} {}", cell(Some(number), path, false)))
    });
    said.collect::<Vec<_>>().join(", ")
}

/// What a number was and is.
pub fn cells(delta: &Delta, exact: bool) -> [String; 2] {
    [&delta.old, &delta.new].map(|number| cell(number.as_ref(), &delta.path, exact))
}

fn cell(number: Option<&Number>, path: &str, exact: bool) -> String {
    match number {
        None => "—".to_owned(),
        Some(Number::Symbolic { .. }) => "unknown".to_owned(),
        Some(Number::Known(value)) => shown(*value, unit(path), exact),
    }
}

/// By how much a number changed: `+6.29 B`, `−320`.
pub fn change(delta: &Delta, exact: bool) -> String {
    delta.change().map_or_else(String::new, |change| {
        let sign = if change > 0 { "+" } else { "" };
        format!("{sign}{}", shown(change, delta.unit, exact))
    })
}

/// What became of a number that is not known: both formulas, or one and the sizes in it.
pub fn formulas(delta: &Delta) -> String {
    use Number::Symbolic;
    if let (Some(Symbolic { formula, sizes }), Some(Symbolic { formula: after, sizes: new })) =
        (&delta.old, &delta.new)
        && formula == after
    {
        let moved = new.iter().filter_map(|(name, size)| {
            let was = sizes.get(name).filter(|was| *was != size)?;
            Some(format!("{name} {} → {}", known(was), known(size)))
        });
        return format!(
            "{}, with {}",
            cut_to(FORMULA, formula),
            moved.collect::<Vec<_>>().join(", ")
        );
    }
    let [old, new] = [&delta.old, &delta.new].map(|number| match number {
        None => "—".to_owned(),
        Some(Number::Known(value)) => exact(*value),
        Some(Symbolic { formula, .. }) => cut_to(FORMULA, formula).into_owned(),
    });
    format!("{old} → {new}")
}

/// A size in a formula.
fn known(size: &str) -> String {
    match size.parse::<i128>() {
        Ok(size) => exact(size),
        Err(_) if size.is_empty() => "not given".to_owned(),
        Err(_) => size.to_owned(),
    }
}
