//! The LLM.

use super::super::step::Step;
use super::super::story::Story;
use crate::cost::Measure;
use crate::graph::{Component, Role};
use crate::stages::llm::Window;
use crate::units::{Size, Unit, counted, exact};

/// The pass over the sequence, one token after it, and what stays in memory between the two.
pub fn step(story: &Story) -> Step {
    let report = story.report;
    let read = story.counted(&report.tokens.sequence, "token");
    let mut step = Step { title: "The LLM".into(), ..Step::default() };
    step.text.push(format!(
        "The prefill is one pass over {read}. It leaves the keys and values of each block in the KV \
         cache, so that each further token is one step that reads them again: the decode."
    ));
    step.text.extend(grouped(story));
    step.text.extend(window(story));
    step.text.extend(lent(story));
    step.text.extend(inputs_of_layers(story));
    if let Some(row) = report.prefill.component(Component::Llm) {
        step.lines.push(story.row_cost("parameters", row, Measure::Params));
        step.lines.push(story.row_cost("matmul FLOPs, prefill", row, Measure::MatmulFlops));
    }
    let decode = report.decode.figure(Measure::MatmulFlops);
    step.lines.push(story.cost("matmul FLOPs, decode", &decode, Unit::Flop));
    let cached = report.prefill.figure(Measure::Cache);
    step.lines.push(story.cost("numbers in the KV cache", &cached, Unit::Count));
    step
}

/// Grouped-query attention, if several heads share their keys and values.
fn grouped(story: &Story) -> Option<String> {
    let kv = story.report.design.llm.stack().attention.kv_heads?.get();
    let heads = story.report.design.llm.stack().attention.heads.map(Size::get);
    match heads {
        Some(heads) if heads <= kv => None,
        Some(heads) => Some(format!(
            "Its {heads} heads share {}, {each} to each, which makes the cache {each} times smaller.",
            counted(kv.into(), "KV head"),
            each = heads / kv
        )),
        None => {
            let kv = counted(kv.into(), "KV head");
            Some(format!("Its heads share {kv}, which makes the cache smaller."))
        }
    }
}

/// Layers that see only the last tokens.
fn window(story: &Story) -> Option<String> {
    let Window { tokens, full_every } = story.report.design.llm.window?;
    let window = counted(tokens.into(), "token");
    let layers = match full_every.map(Size::get) {
        None => "All layers".to_owned(),
        Some(1) => return None,
        Some(every) => format!("All layers but one in {every}"),
    };
    Some(format!("{layers} see a sliding window of {window} and cache no more than that."))
}

/// Layers that read the keys and values of earlier ones.
fn lent(story: &Story) -> Option<String> {
    let layers = story.report.design.llm.layers.as_ref()?;
    let lent = layers.kinds.iter().filter(|kind| kind.layer.mixer.keys_of().is_some());
    let names: Vec<String> = lent.map(|kind| format!("`{}`", kind.name)).collect();
    (!names.is_empty()).then(|| {
        format!(
            "Layers of the kind {} read the keys and values of an earlier layer: they project queries \
             alone, and cache nothing.",
            names.join(" or ")
        )
    })
}

/// What each layer has of the tokens for itself.
fn inputs_of_layers(story: &Story) -> Option<String> {
    story.report.design.llm.per_layer.as_ref()?;
    let row = story.report.prefill.part(Component::Llm, Role::PerLayerInputs)?;
    let stored = row.costs.get(Measure::Params)?;
    Some(format!(
        "Each layer adds what a table has of each token for it. Table and projection are {} parameters; a \
         token reads one row of the table.",
        exact(stored)
    ))
}
