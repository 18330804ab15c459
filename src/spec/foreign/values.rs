//! Values that are meant for another key, or that other programs call otherwise.

use crate::diag::{Diagnostic, Sources, quote};
use crate::stages::bridge::BRIDGES;
use crate::yaml::{Node, Value};

/// A number for `mlp`, which is a choice, is meant for its width.
pub fn width_of_mlp(problem: Diagnostic, tree: &Node, sources: &Sources) -> Diagnostic {
    let span = problem.primary.as_ref().map(|label| label.span);
    let is_meant = |section: &str| {
        let mlp = tree.get(section).and_then(|section| section.get("mlp"));
        mlp.is_some_and(|mlp| matches!(mlp.value, Value::Int(_)) && Some(mlp.span) == span)
    };
    let stacks = ["encoder", "llm", "bridge.qformer", "bridge.resampler"];
    let found = span.filter(|_| stacks.into_iter().any(is_meant));
    let help = found.map(|span| {
        let written = quote(&format!("mlp_width: {}", span.text(sources)));
        format!("for the width: {written}; `mlp` says whether it is plain or gated")
    });
    problem.maybe_help(help)
}

/// A bridge by a word that people have for it.
pub fn bridge(problem: Diagnostic, tree: &Node) -> Diagnostic {
    let span = problem.primary.as_ref().map(|label| label.span);
    let bridge = tree.get("bridge");
    let name = bridge.and_then(|bridge| match &bridge.value {
        Value::Str(name) if Some(bridge.span) == span => Some(name),
        Value::Map(entries) => {
            let entry = entries.iter().find(|entry| Some(entry.key_span) == span);
            entry.map(|entry| &entry.key)
        }
        _ => None,
    });
    let Some(word) = name.map(|name| name.to_lowercase().replace('_', "-")) else { return problem };
    let kind = BRIDGES.iter().find(|kind| kind.practice.words.contains(&word.as_str()));
    problem.maybe_help(kind.map(|kind| format!("did you mean `{}`?", kind.name)))
}
