//! The symbols of formulas: the engine is asked which there are, and which of them a field has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::example::{build, pipeline, with};
use super::field::Field;
use crate::dim::{Definition, Symbol, Symbols};
use crate::pipeline::Pipeline;
use crate::spec::presets::{PRESETS, Preset};
use crate::stages::bridge::BRIDGES;
use crate::units::exact;

/// A size that nothing has by default, even as the heads that rotary positions need.
const MARK: i128 = 14;

/// The symbol that gets the field's number: the field is set, the spec built, and the number looked
/// for among the symbols. Nothing if the field is no size or has no symbol of its own.
pub(super) fn symbol(root: &Value, field: &Field) -> Option<Symbol> {
    // A rule of a processor is arithmetic of its own: no setting of it is a size of the graph.
    if OF_RULES.iter().any(|section| field.path.starts_with(section)) {
        return None;
    }
    let mark = serde_json::Number::from_i128(MARK)?;
    let pipeline = pipeline(&with(root, field, Value::Number(mark), None))?;
    let marked = |symbol: &&Symbol| symbol.definition == Definition::Given(MARK);
    let mut found = pipeline.prefill.symbols.iter().map(|(_, symbol)| symbol).filter(marked);
    found.next().filter(|_| found.next().is_none()).cloned()
}

/// The sections whose fields are settings of rules.
const OF_RULES: [&str; 2] = ["processor.", "video_processor."];

/// The preset whose values are examples.
const EXAMPLE: &str = "llava-1.5-7b";

/// Designs with sizes that no preset has: tiles, groups of heads, registers, windows, an answer.
const RICH: &str = "image: {tiles: 2}\nencoder: {registers: 4, feature_layer: -2, kv_heads: 2, \
    class_token: true, head_dim: 8, position: {learned: {rows: 50}}}\nllm: {kv_heads: 2, head_dim: 8, \
    position: {learned: {rows: 50}}}\n";

/// A symbol of a pipeline.
#[derive(Clone)]
struct Found {
    symbol: Symbol,
    /// What it stands for, as a formula.
    is: Option<String>,
    /// Its value, if that is known.
    value: Option<i128>,
}

impl Found {
    fn named(symbols: &Symbols, name: &str) -> Option<Found> {
        let (sym, symbol) = symbols.iter().find(|(_, symbol)| symbol.name == name)?;
        let is = match &symbol.definition {
            Definition::Named(dim) => Some(symbols.show(dim)),
            _ => None,
        };
        Some(Found { symbol: symbol.clone(), is, value: symbols.eval(&sym.into()).ok().flatten() })
    }
}

/// The page of a symbol.
pub(super) fn page(name: &str) -> Option<String> {
    let example = Preset::find(EXAMPLE).and_then(|preset| build(preset.text));
    let example = example.map(|(_, pipeline)| pipeline.prefill.symbols.clone());
    let of_example = example.as_ref().and_then(|symbols| Found::named(symbols, name));
    let found = of_example
        .clone()
        .or_else(|| pipelines().find_map(|pipeline| Found::named(&pipeline.prefill.symbols, name)));
    let Found { symbol, is, .. } = found?;
    let mut page = format!("# {name}\n\nA symbol of formulas: {}.\n\n", symbol.meaning);
    if let Some(field) = symbol.field {
        page += &format!("- said by the field `{field}`; `vlmcalc doc {field}` says more\n");
    }
    let value = of_example.and_then(|found| found.value);
    page += &match (is, value) {
        (Some(formula), Some(value)) => {
            format!("- in `{EXAMPLE}`: stands for `{formula}`, which is {}\n", exact(value))
        }
        (Some(formula), None) => format!("- stands for `{formula}`\n"),
        (None, Some(value)) => format!("- in `{EXAMPLE}`: {}\n", exact(value)),
        (None, None) => String::new(),
    };
    Some(page)
}

/// The names of all symbols.
pub(super) fn names() -> BTreeSet<String> {
    let all = pipelines().map(|pipeline| pipeline.prefill.symbols.clone());
    all.flat_map(|symbols| {
        symbols.iter().map(|(_, symbol)| symbol.name.clone()).collect::<Vec<_>>()
    })
    .collect()
}

/// Pipelines that have all symbols between them: the presets, and every bridge with open sizes.
fn pipelines() -> impl Iterator<Item = Pipeline> {
    let presets = PRESETS.iter().map(|preset| preset.text.to_owned());
    let bridges = BRIDGES.iter().flat_map(|kind| {
        let bridge = format!("bridge: {{{}}}\n", (kind.typical)(None).yaml);
        [bridge.clone(), format!("{RICH}{bridge}")]
    });
    let bridges = bridges.map(|text| text.replace("{linear}", "linear"));
    presets.chain(bridges).filter_map(|text| Some(build(&text)?.1))
}
