//! Parameters of the bridge, with and without biases.

use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::design::{Design, size};
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::tolerance::Tolerance;
use crate::graph::Component;
use crate::stages::bridge::{Bridge, BridgeSpec, LinearSpec, MlpSpec, Projector};
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "projector-params",
    about: "weights and biases of the bridge",
    levels: (3, 3),
    bridges: &[|bridge| bridge.projection().is_some()],
    ask: Ask::Design(|design, rng| ask(design, rng.one_in(2))),
};

/// The question of a design whose bridge is a projector: all its parameters, or those in matrices.
pub fn ask(design: &Design, all_of_them: bool) -> Option<Question> {
    let (matrices, vectors) = design.report.matrices_and_vectors(Component::Bridge)?;
    let all = matrices.checked_add(vectors)?;
    let facts = [
        Some(design.encoder_width()?),
        Some(design.bridge()),
        Some(design.layers()?),
        Some(design.llm_width()?),
    ];
    let biased = vectors > 0 && all_of_them;
    let (asked, value) = if biased {
        ("How many parameters does the bridge have, biases and norms included?", all)
    } else {
        ("How many weights do the matrices of the bridge have?", matrices)
    };
    let is_linear = matches!(design.made().bridge, Bridge::Linear(_));
    let tolerance = if is_linear { Tolerance::Exact } else { Tolerance::Digits(3) };
    let params = |bridge: BridgeSpec| {
        let design = design.with(|spec| spec.bridge = bridge)?;
        let (matrices, vectors) = design.report.matrices_and_vectors(Component::Bridge)?;
        if biased { matrices.checked_add(vectors) } else { Some(matrices) }
    };
    let unshuffled = params(match design.projection()? {
        Projector::Linear(linear) => LinearSpec::from(&linear).into(),
        Projector::Mlp(mlp) => MlpSpec::from(&mlp).into(),
    });
    let square = |width| matrices_of(design, width);
    let tokens = &design.report.tokens;
    let question = Question::new(
        TOPIC.name,
        3,
        design.asks(facts, asked),
        Expected::number(value, Kind::Count, tolerance),
    )
    .hint("each linear layer has in × out weights, and out biases")
    .steps([
        steps_of_matrices(design),
        format!("matrices: {}", exact(matrices)),
        match biased {
            true => format!("biases and norms: {}, so {} in all", exact(vectors), exact(all)),
            false => String::new(),
        },
    ])
    .mistake(Some(matrices), "the biases are missing: one for each output of a layer")
    .mistake(Some(all), "that includes the biases: the question is about matrices only")
    .mistake(unshuffled, "pixel shuffle makes tokens r² times as wide before the projection")
    .mistake(params(LinearSpec::default().into()), "that is one layer only")
    .mistake(square(tokens.llm_width.value), "a layer from the encoder's width begins with D_v")
    .mistake(square(tokens.encoder_width.value), "the last layer ends at the LLM's width")
    .mistake(
        tokens.visual.value.and_then(|tokens| tokens.checked_mul(matrices)),
        "the same matrix serves every token: parameters do not grow with tokens",
    );
    Some(question)
}

/// The weights of the matrices if both sides of the bridge had this width.
fn matrices_of(design: &Design, width: Option<i128>) -> Option<i128> {
    let width = size(u64::try_from(width?).ok()?);
    let changed = design.with(|spec| {
        spec.encoder.width = Some(width);
        spec.llm.width = Some(width);
    })?;
    Some(changed.report.matrices_and_vectors(Component::Bridge)?.0)
}

/// `1,024 × 4,096, and 4,096 × 4,096`: the matrices of the bridge, in × out.
fn steps_of_matrices(design: &Design) -> String {
    let pass = &design.report.prefill;
    let Some(row) = pass.component(Component::Bridge) else { return String::new() };
    let shapes = pass.operations(row).flat_map(|(_, node)| {
        pass.graph.stored(node).map(|param| pass.graph.as_multiplied(node, param))
    });
    let matrices = shapes.filter(|shape| shape.0.len() > 1);
    let shapes = matrices.filter_map(|shape| design.shape(&shape));
    let shown: Vec<String> = shapes
        .map(|axes| axes.iter().map(|axis| exact(*axis)).collect::<Vec<_>>().join(" × "))
        .collect();
    shown.join(", and ")
}
