//! Parameters that a token touches where experts are mixed.

use super::needs::EXPERTS;
use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::llms;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::ops::{Experts, Op};
use crate::units::{Unit, exact, full};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "active-params",
    about: "parameters that a token touches in a mixture of experts",
    levels: (4, 4),
    bridges: &[],
    needs: &[EXPERTS],
    ask: Ask::MadeUp(llms::experts, |subject, _| ask(subject)),
};

/// The mixtures of experts of a pipeline, which are all of one kind.
#[derive(Debug)]
pub struct Mixture {
    /// Layers with one.
    layers: i128,
    /// Experts of a layer.
    experts: i128,
    /// Experts that a token is sent to.
    chosen: i128,
    /// Width of a token, and inside an expert.
    widths: (i128, i128),
    /// Matrices of an expert.
    matrices: i128,
    /// Parameters of one expert.
    each: i128,
    /// Parameters of the pipeline.
    all: i128,
    /// Those of them that a token touches.
    active: i128,
}

/// The mixtures of experts; nothing where there are none, or several kinds, or sizes are unknown.
pub fn mixture(subject: &Subject) -> Option<Mixture> {
    let pass = &subject.report.prefill;
    let graph = &pass.graph;
    let value = |dim| subject.value(dim);
    let mut found: Option<Mixture> = None;
    for (_, node) in graph.nodes() {
        let Op::Experts(op) = &node.op else { continue };
        let Experts { experts, chosen, width, hidden, gated, bias, .. } = op;
        let matrices = if *gated { 3 } else { 2 };
        let (width, hidden) = (value(width)?, value(hidden)?);
        let each = width.checked_mul(hidden)?.checked_mul(matrices)?;
        let mixture = Mixture {
            layers: value(&graph.scope(node.scope).total)?,
            experts: value(experts)?,
            chosen: value(chosen)?,
            widths: (width, hidden),
            matrices,
            each,
            all: pass.total.get(Measure::Params)?,
            active: pass.active()?,
        };
        let alike = |known: &Mixture| {
            (known.experts, known.chosen, known.each) == (mixture.experts, mixture.chosen, each)
        };
        // An expert with biases, or factors of its own, is more than its matrices.
        match &mut found {
            _ if *bias || op.weights.factors => return None,
            Some(known) if alike(known) => known.layers += mixture.layers,
            Some(_) => return None,
            None => found = Some(mixture),
        }
    }
    found
}

fn ask(subject: &Subject) -> Option<Question> {
    let Mixture { layers, experts, chosen, widths: (width, hidden), matrices, each, all, active } =
        mixture(subject)?;
    let facts = [
        Some(format!("{} parameters", full(all, Unit::Count))),
        Some(format!(
            "of them {layers} layers of {experts} experts, of which a router sends a token to \
             {chosen}; an expert is {matrices} matrices of {width} × {hidden}"
        )),
    ];
    let asked = "How many parameters does a token touch, all that are no experts included?";
    let of_layer = |count: i128| each.checked_mul(count)?.checked_mul(layers);
    let (stored, touched) = (of_layer(experts)?, of_layer(chosen)?);
    let expected = Expected::number(active, Kind::Count, Tolerance::Percent(1));
    let question = Question::new(TOPIC.name, 4, subject.asks(facts, asked), expected)
        .hint("take all experts off, and put those back that a token is sent to")
        .steps([
            format!("an expert: {matrices} × {width} × {hidden} = {}", exact(each)),
            format!("all of them: {layers} × {experts} × {} = {}", exact(each), exact(stored)),
            format!("those of a token: {layers} × {chosen} × {} = {}", exact(each), exact(touched)),
            format!("{} − {} + {} = {}", exact(all), exact(stored), exact(touched), exact(active)),
        ])
        .mistake(Some(all), "those are all that are stored: a token is sent to a few experts only")
        .mistake(Some(touched), "those are the experts alone: what is no expert is touched too")
        .mistake(
            all.checked_mul(chosen).and_then(|all| all.checked_div(experts)),
            "only experts are chosen from: what is no expert is touched by every token",
        )
        .mistake(all.checked_sub(stored), "that leaves out the experts that a token is sent to")
        .mistake(
            each.checked_mul(experts - chosen).and_then(|idle| all.checked_sub(idle)),
            "that is one layer: in each of them most experts are left out",
        );
    Some(question)
}
