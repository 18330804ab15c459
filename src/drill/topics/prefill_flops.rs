//! FLOPs of the prefill, by order of magnitude.

use super::{Ask, Topic};
use crate::cost::{Measure, Report};
use crate::drill::answer::{Expected, Kind, Tolerance};
use crate::drill::design::Design;
use crate::drill::question::Question;
use crate::pipeline::COMPONENTS;
use crate::units::{Unit, counted, human};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "prefill-flops",
    about: "matmul FLOPs of the prefill",
    levels: (5, 5),
    bridges: &[],
    ask: Ask::Design(|design, _| ask(design)),
};

fn ask(design: &Design) -> Option<Question> {
    if !design.is_one_prompt() {
        return None;
    }
    let (report, tokens) = (&design.report, &design.report.tokens);
    let flops = report.prefill.total.get(Measure::MatmulFlops)?;
    let [encoder, bridge, llm] = COMPONENTS;
    let part = |name: &str, count: i128| {
        let params = human(component(report, name, Measure::Params)?, Unit::Count);
        Some(format!("{params} parameters over {}", counted(count, "token")))
    };
    let facts = [
        Some(format!("vision encoder {}", part(encoder, tokens.encoder.value?)?)),
        Some(format!("bridge {}", part(bridge, tokens.visual.value?)?)),
        Some(format!("LLM {}", part(llm, tokens.sequence.value?)?)),
    ];
    let asked = "How many matmul FLOPs does the whole prefill take?";
    let step = |name: &str| {
        let flops = component(report, name, Measure::MatmulFlops)?;
        Some(format!("{name}: {}", human(flops, Unit::Flop)))
    };
    let by = |name| component(report, name, Measure::MatmulFlops);
    let expected = Expected::number(flops, Kind::Flop, Tolerance::Quarters(6));
    let question = Question::new(TOPIC.name, 5, design.asks(facts, asked), expected)
        .hint("2 FLOPs for each parameter and token, plus the attention products")
        .steps([
            "2 × parameters × tokens for each part, plus the attention products".to_owned(),
            step(encoder)?,
            step(bridge)?,
            step(llm)?,
            format!("in all {}", human(flops, Unit::Flop)),
        ])
        .mistake(flops.checked_div(2), "those are multiply-adds: each is 2 FLOPs")
        .mistake(
            report.decode.total.get(Measure::MatmulFlops),
            "that is one token: the prefill runs all tokens of the prompt",
        )
        .mistake(
            report.prefill.total.get(Measure::Params),
            "that is the number of parameters: each works on every token, in 2 FLOPs",
        )
        .mistake(flops.checked_mul(3), "6 per parameter and token is training: a forward pass is 2")
        .mistake(by(encoder), "that is the vision encoder alone")
        .mistake(by(llm), "that is the LLM alone: the vision encoder counts too");
    Some(question)
}

/// What one component counts.
fn component(report: &Report, name: &str, measure: Measure) -> Option<i128> {
    report.prefill.row(name)?.costs.get(measure)
}
