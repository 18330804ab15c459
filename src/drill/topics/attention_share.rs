//! How much of a decoder block is attention.

use super::needs::EVERYTHING;
use super::{Ask, Topic};
use crate::cost::{Measure, Row};
use crate::drill::answer::{Expected, Given};
use crate::drill::kind::Kind;
use crate::drill::products::{Attentions, Products};
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::graph::{Component, Role};
use crate::stages::options::MlpKind;
use crate::units::{Fraction, Unit, counted, exact, human, percent};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "attention-share",
    about: "share of attention in a decoder block",
    levels: (5, 5),
    bridges: &[],
    needs: EVERYTHING,
    ask: Ask::Subject(ask),
};

fn ask(subject: &Subject, rng: &mut Rng) -> Option<Question> {
    let (pass, llm) = (&subject.report.prefill, &subject.made().llm);
    let blocks = pass.part(Component::Llm, Role::Blocks)?;
    let whole = Products::of(pass, [blocks])?;
    // Blocks of several kinds have an attention each.
    let of_attention = Products::of(pass, pass.parts(Component::Llm, Role::Attention))?;
    let of_mlp = Products::of(pass, pass.parts(Component::Llm, Role::Mlp))?;
    let (attention, core) = (of_attention.flops()?, of_attention.of_attention()?);
    let (mlp, all) = (of_mlp.flops()?, whole.flops()?);
    // Below one percent `0.5` would be half a percent to one reader and a half to another.
    let is_clear = core.checked_mul(100)? >= all;
    let products_only = rng.one_in(2) && is_clear;
    let (part, asked) = if products_only {
        let asked = "What share of a block's matmul FLOPs is spent in the attention products (QKᵀ and \
                     the weighted sum of V) in the prefill?";
        (core, asked)
    } else {
        let asked = "What share of a block's matmul FLOPs is spent in attention (projections and \
                     products) in the prefill?";
        (attention, asked)
    };
    let share = |part: Option<i128>, whole: Option<i128>| {
        Fraction::new(part?.checked_mul(100)?, whole.filter(|whole| *whole > 0)?)
    };
    let value = share(Some(part), Some(all))?;
    // A small share leaves no room for a coarse answer.
    let is_small = value.floor() < 10;
    let tolerance = Tolerance::Points(if is_small { 1 } else { 2 });
    let expected = Expected::Number { value, kind: Kind::Percent, tolerance };
    let wrong = |part, whole| share(part, whole).map(Given::Number);
    let (other, which) = if products_only {
        (attention, "that includes the projections of queries, keys, values and output")
    } else {
        (core, "that is the products alone: the projections are part of attention too")
    };
    let depth = i128::from(llm.stack().depth?);
    let params = |row: &Row| row.costs.get(Measure::Params);
    let of_params = pass.part(Component::Llm, Role::Attention).and_then(params);
    let flops = |flops| human(flops, Unit::Flop);
    let question = Question::new(TOPIC.name, 5, subject.asks(facts(subject)?, asked), expected)
        .hint(
            "2 FLOPs for each weight and token, 4 × tokens² × heads × size of a head for the \
             products",
        )
        .steps([
            format!(
                "projections of a block: {}",
                matrices(subject, Role::Attention, &of_attention, depth)?
            ),
            format!("its products: {}", products(&of_attention, depth)?),
            format!("its MLP: {}", matrices(subject, Role::Mlp, &of_mlp, depth)?),
            format!(
                "share: {} of {} = {}",
                flops(part.checked_div(depth)?),
                flops(all.checked_div(depth)?),
                expected_text(value)
            ),
        ])
        .mistaken(wrong(Some(other), Some(all)), which)
        .mistaken(wrong(Some(mlp), Some(all)), "that is the MLP's share")
        .mistaken(
            wrong(of_params, params(blocks)),
            "that is the share of the parameters: the products have FLOPs but no parameters",
        );
    Some(question)
}

fn facts(subject: &Subject) -> Option<[Option<String>; 4]> {
    let stack = &subject.made().llm.stack();
    let kind = match stack.mlp.kind {
        MlpKind::Plain => "plain MLP (2 matrices)",
        MlpKind::Gated => "gated MLP (3 matrices)",
    };
    let heads = stack.attention.heads?;
    let head = stack.attention.head_dim.map_or_else(String::new, |size| format!(" of {size}"));
    let kv_heads = stack.attention.kv_heads.unwrap_or(heads);
    Some([
        Some(format!("LLM width {}", stack.width?)),
        Some(format!("{heads} heads{head}, {}", counted(kv_heads.into(), "KV head"))),
        Some(format!("{kind} of width {}", stack.mlp.width?)),
        Some(format!("a sequence of {}", counted(subject.report.tokens.sequence.value?, "token"))),
    ])
}

/// The matrices of a part of one block, and what they cost: `2 × (4,096 × 4,096 + …) × 640 = …`.
fn matrices(subject: &Subject, role: Role, of: &Products, depth: i128) -> Option<String> {
    let pass = &subject.report.prefill;
    let row = pass.part(Component::Llm, role)?;
    let stored = pass.operations(row).flat_map(|(_, node)| {
        pass.graph.stored(node).map(|param| pass.graph.as_multiplied(node, param))
    });
    let shapes = stored.filter(|shape| shape.0.len() > 1);
    let shapes = shapes.filter_map(|shape| subject.shape(&shape));
    let shapes: Vec<String> = shapes
        .map(|axes| axes.iter().map(|axis| exact(*axis)).collect::<Vec<_>>().join(" × "))
        .collect();
    let [one] = of.matrices[..] else { return None };
    let flops = of.flops()?.checked_sub(of.of_attention()?)?.checked_div(depth)?;
    let (tokens, flops) = (exact(one.tokens), human(flops, Unit::Flop));
    Some(format!("2 × {tokens} × ({}) = {flops}", shapes.join(" + ")))
}

/// The attention products of one block: `4 × 640² × 32 × 128 = 6.71 GFLOP`.
fn products(of: &Products, depth: i128) -> Option<String> {
    let Attentions { keys, heads, size, .. } = *of.attentions.first()?;
    let flops = human(of.of_attention()?.checked_div(depth)?, Unit::Flop);
    Some(format!("4 × {}² × {heads} × {size} = {flops}", exact(keys)))
}

fn expected_text(value: Fraction) -> String {
    percent(value.numerator(), value.denominator().saturating_mul(100))
}
