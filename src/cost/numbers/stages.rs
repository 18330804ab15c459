//! The rows of the prefill.

use super::super::{Measure, Pass};
use super::reading::{of_row, value};
use super::{Form, Key, Read, Said};
use crate::ops::Shape;
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    Key::new(
        "stages.N.name",
        Read::Stage(|_, row| Said::text(&row.name)),
        "The stage's own name, the last part of its path.",
    ),
    Key::new(
        "stages.N.path",
        Read::Stage(|_, row| Said::text(&row.path)),
        "The stage's path, such as `llm.blocks`. Expectations may name a stage by it.",
    ),
    Key::new(
        "stages.N.component",
        Read::Stage(|_, row| Said::text(row.component.key())),
        "The component that the stage belongs to: `vision_encoder`, `bridge` or `llm`.",
    ),
    Key::number(
        "stages.N.depth",
        Unit::Count,
        Read::Stage(|_, row| Said::plain(row.depth as i128)),
        "How deep the stage is: 0 a component, 1 a stage, 2 and more what is in it.",
    ),
    Key::new(
        "stages.N.operation",
        Read::Stage(|_, row| row.kind.map_or(Said::Unknown, Said::text)),
        "The operation, if the row is a single one; else `null`.",
    ),
    Key::number(
        "stages.N.times.value",
        Unit::Count,
        Read::Stage(|pass, row| value(pass, &row.times)),
        "How many times the row runs each time that the row around it runs, as blocks do. Where it runs in \
         some rounds only, in how many of them: `of` says of how many.",
    ),
    Key::new("stages.N.times.formula", Read::Along, "The closed form of `times`."),
    Key::number(
        "stages.N.of.value",
        Unit::Count,
        Read::Stage(|pass, row| row.of.as_ref().map_or(Said::Absent, |of| value(pass, of))),
        "Of how many rounds the row runs in `times` only, as layers with a sliding window do. What \
         runs in every round has no `of`.",
    ),
    Key::new("stages.N.of.formula", Read::Along, "The closed form of that number of rounds."),
    Key::number(
        "stages.N.runs.value",
        Unit::Count,
        Read::Stage(|pass, row| value(pass, pass.runs(row))),
        "How many times the row runs in the whole prefill, each time for the whole batch: 26 for what \
         stands in 26 blocks, 13 for what stands in those 13 of them that have a sliding window.",
    ),
    Key::new("stages.N.runs.formula", Read::Along, "The closed form of `runs`."),
    Key::number(
        "stages.N.input.shape.N",
        Unit::Count,
        Read::Stage(|pass, row| sizes(pass, &row.input)),
        "The input's shape: one size per axis, outermost first; `null` where it is not known.",
    ),
    Key::new(
        "stages.N.input.symbolic",
        Read::Stage(|pass, row| Said::Shape(&pass.graph.symbols, &row.input)),
        "The input's shape in symbols, such as `[B, S, D]`.",
    ),
    Key::number(
        "stages.N.input.elements",
        Unit::Count,
        Read::Stage(|pass, row| elements(pass, &row.input)),
        "How many values the input has: the product of its axes.",
    ),
    Key::new(
        "stages.N.input.formulas.elements",
        Read::Forms,
        "The closed form of the input's values.",
    ),
    Key::number(
        "stages.N.output.shape.N",
        Unit::Count,
        Read::Stage(|pass, row| sizes(pass, &row.output)),
        "The output's shape: one size per axis, outermost first; `null` where it is not known.",
    ),
    Key::new(
        "stages.N.output.symbolic",
        Read::Stage(|pass, row| Said::Shape(&pass.graph.symbols, &row.output)),
        "The output's shape in symbols, such as `[B, S, D]`.",
    ),
    Key::number(
        "stages.N.output.elements",
        Unit::Count,
        Read::Stage(|pass, row| elements(pass, &row.output)),
        "How many values the output has: the product of its axes.",
    ),
    Key::new(
        "stages.N.output.formulas.elements",
        Read::Forms,
        "The closed form of the output's values.",
    ),
    Key::number(
        "stages.N.params.value",
        Unit::Count,
        Read::Stage(|pass, row| of_row(pass, row, Measure::Params)),
        "Parameters of the row, all its rounds together.",
    ),
    Key::new("stages.N.params.formula", Read::Along, "The closed form of the row's parameters."),
    Key::number(
        "stages.N.matmul_flops.value",
        Unit::Flop,
        Read::Stage(|pass, row| of_row(pass, row, Measure::MatmulFlops)),
        "Matmul FLOPs of the row in the prefill, all its rounds together.",
    ),
    Key::new(
        "stages.N.matmul_flops.formula",
        Read::Along,
        "The closed form of the row's matmul FLOPs.",
    ),
    Key::number(
        "stages.N.other_flops.value",
        Unit::Flop,
        Read::Stage(|pass, row| of_row(pass, row, Measure::OtherFlops)),
        "Other FLOPs of the row in the prefill, all its rounds together.",
    ),
    Key::new(
        "stages.N.other_flops.formula",
        Read::Along,
        "The closed form of the row's other FLOPs.",
    ),
    Key::number(
        "stages.N.kv_cache_elements.value",
        Unit::Count,
        Read::Stage(|pass, row| of_row(pass, row, Measure::Cache)),
        "Values that the row leaves in the KV cache, all its rounds together.",
    ),
    Key::new(
        "stages.N.kv_cache_elements.formula",
        Read::Along,
        "The closed form of the row's values in the KV cache.",
    ),
    Key::new(
        "stages.N.unused",
        Read::Stage(|_, row| Said::Flag(row.unused)),
        "Whether the logits do not depend on the row.",
    ),
];

/// The sizes of a shape's axes.
fn sizes<'r>(pass: &'r Pass, shape: &'r Shape) -> Said<'r> {
    let sizes = shape.0.iter().map(|axis| pass.graph.symbols.eval(axis).ok().flatten());
    Said::List(sizes.map(|size| Said::Number(size, None)).collect())
}

/// The product of a shape's axes.
fn elements<'r>(pass: &'r Pass, shape: &'r Shape) -> Said<'r> {
    let symbols = &pass.graph.symbols;
    let form = Form::dim(symbols, || shape.elements());
    Said::Number(shape.count(symbols).ok().flatten(), Some(form))
}
