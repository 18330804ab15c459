//! FLOPs of one decode step.

use super::needs::EVERYTHING;
use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::products::Products;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::graph::Component;
use crate::units::{counted, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "decode-flops",
    about: "matmul FLOPs of one more token",
    levels: (5, 5),
    bridges: &[],
    needs: EVERYTHING,
    ask: Ask::Subject(|subject, _| ask(subject)),
};

fn ask(subject: &Subject) -> Option<Question> {
    let report = &subject.report;
    let pass = &report.decode;
    let flops = pass.total.get(Measure::MatmulFlops)?;
    let sequence = report.tokens.sequence.value?;
    let products = Products::of(pass, [pass.component(Component::Llm)?])?;
    let facts = [
        Some(format!("{} in the KV cache", counted(sequence, "token"))),
        Some(format!("an LLM of {}", products.told())),
    ];
    let asked = "Weights are those that are multiplied with, so no look-up of embeddings. How many \
                 matmul FLOPs does one decode step take?";
    let met = match subject.made().llm.window {
        None => format!("the new token looks at itself and {} cached ones", exact(sequence)),
        Some(_) => "layers with a window look at no more tokens than that holds".to_owned(),
    };
    let expected = Expected::number(flops, Kind::Flop, Tolerance::Quarters(6));
    let question = Question::new(TOPIC.name, 5, subject.asks(facts, asked), expected)
        .hint("one token goes through the LLM; what came before is in the cache already")
        .steps([met, products.worked()?])
        .mistake(flops.checked_div(2), "those are multiply-adds: each is 2 FLOPs")
        .mistake(
            flops.checked_mul(sequence),
            "earlier tokens are not computed again: that is what the KV cache is for",
        );
    Some(question)
}
