//! How much of a decoder block is attention.

use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::{Expected, Given};
use crate::drill::design::Design;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::tolerance::Tolerance;
use crate::graph::{Component, Role};
use crate::ops::Op;
use crate::stages::options::MlpKind;
use crate::units::{Fraction, Unit, counted, human};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "attention-share",
    about: "share of attention in a decoder block",
    levels: (5, 5),
    bridges: &[],
    ask: Ask::Design(ask),
};

fn ask(design: &Design, rng: &mut Rng) -> Option<Question> {
    if !design.is_one_prompt() {
        return None;
    }
    let (pass, llm) = (&design.report.prefill, &design.made().llm);
    let blocks = pass.part(Component::Llm, Role::Blocks)?;
    // Blocks of several kinds have an attention each.
    let sum = |role, measure| -> Option<i128> {
        let rows = pass.parts(Component::Llm, role).map(|row| row.costs.get(measure));
        rows.collect::<Option<Vec<_>>>()?.into_iter().try_fold(0, i128::checked_add)
    };
    let attention = sum(Role::Attention, Measure::MatmulFlops)?;
    let mlp = sum(Role::Mlp, Measure::MatmulFlops)?;
    let cores = pass.operations(blocks).filter(|(_, node)| matches!(node.op, Op::Attention(_)));
    let cores = cores.map(|(row, _)| row.costs.get(Measure::MatmulFlops));
    let core = cores.collect::<Option<Vec<_>>>()?.into_iter().try_fold(0, i128::checked_add)?;
    let whole = blocks.costs.get(Measure::MatmulFlops)?;
    // Below one percent `0.5` would be half a percent to one reader and a half to another.
    let is_clear = core.checked_mul(100)? >= whole;
    let products_only = rng.one_in(2) && is_clear;
    let (part, asked) = if products_only {
        let asked = "Which share of a block's matmul FLOPs are the attention products, QKᵀ and the \
                     weighted sum of V, in the prefill?";
        (core, asked)
    } else {
        let asked = "Which share of a block's matmul FLOPs is attention, its projections and its \
                     products together, in the prefill?";
        (attention, asked)
    };
    let kind = match llm.stack.mlp.kind {
        MlpKind::Plain => "plain MLP (2 matrices)",
        MlpKind::Gated => "gated MLP (3 matrices)",
    };
    let (layer, width) = (llm.stack.attention, llm.stack.width?);
    let heads = layer.heads?;
    let head = layer.head_dim.map_or_else(String::new, |size| format!(" of {size}"));
    let facts = [
        Some(format!("LLM width {width}")),
        Some(format!(
            "{heads} heads{head}, {}",
            counted(layer.kv_heads.unwrap_or(heads).into(), "KV head")
        )),
        Some(format!("{kind} of width {}", llm.stack.mlp.width?)),
        Some(format!("a sequence of {}", counted(design.report.tokens.sequence.value?, "token"))),
    ];
    let share = |part: Option<i128>, whole: Option<i128>| {
        Fraction::new(part?.checked_mul(100)?, whole.filter(|whole| *whole > 0)?)
    };
    let value = share(Some(part), Some(whole))?;
    // A small share leaves no room for a coarse answer.
    let is_small = value.floor() < 10;
    let tolerance = Tolerance::Points(if is_small { 1 } else { 2 });
    let wrong = |part, whole| share(part, whole).map(Given::Number);
    let other = if products_only { attention } else { core };
    let which = if products_only {
        "that includes the projections of queries, keys, values and output"
    } else {
        "that is the products alone: the projections are part of attention too"
    };
    let question = Question::new(
        TOPIC.name,
        5,
        design.asks(facts, asked),
        Expected::Number { value, kind: Kind::Percent, tolerance },
    )
    .hint("FLOPs of each: 2 × tokens × in × out for a matrix, 4 × tokens² × heads × head size for the products")
    .steps([
        format!("attention in all blocks: {}, of it products {}", human(attention, Unit::Flop), human(core, Unit::Flop)),
        format!("MLP: {}; the whole: {}", human(mlp, Unit::Flop), human(whole, Unit::Flop)),
        format!("share: {} of {}", human(part, Unit::Flop), human(whole, Unit::Flop)),
    ])
    .mistaken(wrong(Some(other), Some(whole)), which)
    .mistaken(wrong(Some(mlp), Some(whole)), "that is the MLP's share")
    .mistaken(
        wrong(sum(Role::Attention, Measure::Params), blocks.costs.get(Measure::Params)),
        "that is the share of the parameters: the products have FLOPs but no parameters",
    );
    Some(question)
}
