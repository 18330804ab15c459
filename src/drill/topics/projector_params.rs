//! Parameters of the bridge, with and without biases.

use super::needs::{BRIDGE, ENCODER_WIDTH, LLM_WIDTH, PROJECTOR};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::subject::{Subject, size};
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
    needs: &[PROJECTOR, ENCODER_WIDTH, LLM_WIDTH, BRIDGE],
    ask: Ask::Subject(|subject, rng| ask(subject, rng.one_in(2))),
};

/// The question of a subject whose bridge is a projector: all its parameters, or those in matrices.
pub fn ask(subject: &Subject, all_of_them: bool) -> Option<Question> {
    let (matrices, vectors) = subject.report.matrices_and_vectors(Component::Bridge)?;
    let all = matrices.checked_add(vectors)?;
    let facts = [
        Some(subject.encoder_width()?),
        Some(subject.bridge()),
        Some(subject.layers()?),
        Some(subject.llm_width()?),
    ];
    let biased = vectors > 0 && all_of_them;
    let (asked, value) = if biased {
        ("How many parameters does the bridge have, biases and norms included?", all)
    } else {
        ("How many weights do the matrices of the bridge have?", matrices)
    };
    let is_linear = matches!(subject.made().bridge, Bridge::Linear(_));
    let tolerance = if is_linear { Tolerance::Exact } else { Tolerance::Digits(3) };
    let params = |bridge: BridgeSpec| {
        let subject = subject.with(|spec| spec.bridge = bridge.into())?;
        let (matrices, vectors) = subject.report.matrices_and_vectors(Component::Bridge)?;
        if biased { matrices.checked_add(vectors) } else { Some(matrices) }
    };
    let unshuffled = params(match subject.projection()? {
        Projector::None => return None,
        Projector::Linear(linear) => LinearSpec::from(&linear).into(),
        Projector::Mlp(mlp) => MlpSpec::from(&mlp).into(),
    });
    let square = |width| matrices_of(subject, width);
    let tokens = &subject.report.tokens;
    let layers = layers(subject);
    let weights = |layer: &[i128]| layer.iter().try_fold(1, |a: i128, b| a.checked_mul(*b));
    let worked = layers.iter().map(|layer| {
        let axes: Vec<String> = layer.iter().map(|axis| exact(*axis)).collect();
        axes.join(" × ")
    });
    let worked = worked.collect::<Vec<_>>().join(" + ");
    let question = Question::new(
        TOPIC.name,
        3,
        subject.asks(facts, asked),
        Expected::number(value, Kind::Count, tolerance),
    )
    .hint("each linear layer has in × out weights, and out biases")
    .steps([
        format!("weights in matrices: {worked} = {}", exact(matrices)),
        match biased {
            true => format!(
                "with biases and norms: {} + {} = {}",
                exact(matrices),
                exact(vectors),
                exact(all)
            ),
            false => String::new(),
        },
    ])
    .mistake(Some(matrices), "that leaves out the biases: one for each output of a layer")
    .mistake(Some(all), "that includes the biases: the question is about matrices only")
    .mistake(unshuffled, "pixel shuffle makes tokens r² times as wide before the projection")
    .mistake(layers.first().and_then(|one| weights(one)), "that is the first layer only")
    .mistake(layers.last().and_then(|one| weights(one)), "that is the last layer only")
    .mistake(square(tokens.llm_width.value), "the first layer reads tokens of the encoder's width")
    .mistake(square(tokens.encoder_width.value), "the last layer ends at the LLM's width");
    Some(question)
}

/// The weights of the matrices if both sides of the bridge had this width.
fn matrices_of(subject: &Subject, width: Option<i128>) -> Option<i128> {
    let width = size(u64::try_from(width?).ok()?);
    let changed = subject.with(|spec| {
        spec.encoder.width = Some(width);
        spec.llm.width = Some(width);
    })?;
    Some(changed.report.matrices_and_vectors(Component::Bridge)?.0)
}

/// The matrices of the bridge, in × out each.
fn layers(subject: &Subject) -> Vec<Vec<i128>> {
    let pass = &subject.report.prefill;
    let Some(row) = pass.component(Component::Bridge) else { return Vec::new() };
    let shapes = pass.operations(row).flat_map(|(_, node)| {
        pass.graph.stored(node).map(|param| pass.graph.as_multiplied(node, param))
    });
    let matrices = shapes.filter(|shape| shape.0.len() > 1);
    matrices.filter_map(|shape| subject.shape(&shape)).collect()
}
