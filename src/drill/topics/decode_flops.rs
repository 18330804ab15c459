//! FLOPs of one decode step.

use super::prefill_flops::stack;
use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::Expected;
use crate::drill::design::Design;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::tolerance::Tolerance;
use crate::graph::Component;
use crate::units::{Unit, counted, human};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "decode-flops",
    about: "matmul FLOPs of one more token",
    levels: (5, 5),
    bridges: &[],
    ask: Ask::Design(|design, _| ask(design)),
};

fn ask(design: &Design) -> Option<Question> {
    if !design.is_one_prompt() {
        return None;
    }
    let report = &design.report;
    let flops = report.decode.total.get(Measure::MatmulFlops)?;
    let prefill = report.prefill.total.get(Measure::MatmulFlops);
    let sequence = report.tokens.sequence.value?;
    let params = report.prefill.component(Component::Llm)?.costs.get(Measure::Params)?;
    let encoder =
        report.prefill.component(Component::VisionEncoder)?.costs.get(Measure::MatmulFlops);
    let facts = [
        Some(format!(
            "an LLM of {} parameters {}",
            human(params, Unit::Count),
            stack(design.made().llm.stack.depth?, design.made().llm.stack.width?)
        )),
        Some(format!("{} cached", counted(sequence, "token"))),
    ];
    let asked = "How many matmul FLOPs does one decode step take?";
    let expected = Expected::number(flops, Kind::Flop, Tolerance::Quarters(6));
    let question = Question::new(TOPIC.name, 5, design.asks(facts, asked), expected)
        .hint("one token goes through the LLM; the image is in the cache already")
        .steps([
            "2 FLOPs for each parameter in a matrix; an embedding look-up costs none".to_owned(),
            "and the products with the cached keys and values: 4 × tokens × width in a block"
                .to_owned(),
            format!("in all {}", human(flops, Unit::Flop)),
        ])
        .mistake(flops.checked_div(2), "those are multiply-adds: each is 2 FLOPs")
        .mistake(prefill, "that is the whole prefill: a decode step runs one token")
        .mistake(
            encoder.and_then(|encoder| encoder.checked_add(flops)),
            "the vision encoder does not run again: its tokens are in the KV cache",
        )
        .mistake(
            flops.checked_mul(sequence),
            "earlier tokens are not computed again: that is what the KV cache is for",
        );
    Some(question)
}
