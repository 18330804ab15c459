//! FLOPs of the prefill, by order of magnitude.

use super::{Ask, Topic};
use crate::cost::{Measure, Report};
use crate::drill::answer::Expected;
use crate::drill::design::Design;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::tolerance::Tolerance;
use crate::graph::{COMPONENTS, Component, Role};
use crate::units::{Size, Unit, counted, human};

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
    let params = |of| {
        let params = counted_in(report, of, Measure::Params)?;
        Some(format!("{} parameters", human(params, Unit::Count)))
    };
    let blocks =
        design.shape(&report.prefill.part(Component::VisionEncoder, Role::Blocks)?.input)?;
    let [runs, each, _] = blocks[..] else { return None };
    let each = counted(each, "token");
    let encoded = if runs == 1 { each } else { format!("{runs} × {each}") };
    let (of_encoder, of_llm) = (&design.made().encoder.stack, &design.made().llm.stack);
    let facts = [
        Some(format!(
            "vision encoder of {} {} over {encoded}",
            params(encoder)?,
            stack(of_encoder.depth?, of_encoder.width?)
        )),
        Some(format!(
            "bridge of {} over {}",
            params(bridge)?,
            counted(tokens.visual.value?, "token")
        )),
        Some(format!(
            "LLM of {} {} over {}",
            params(llm)?,
            stack(of_llm.depth?, of_llm.width?),
            counted(tokens.sequence.value?, "token")
        )),
    ];
    let asked = "How many matmul FLOPs does the whole prefill take?";
    let step = |of: Component| {
        let flops = counted_in(report, of, Measure::MatmulFlops)?;
        Some(format!("{}: {}", of.key(), human(flops, Unit::Flop)))
    };
    let by = |of| counted_in(report, of, Measure::MatmulFlops);
    let expected = Expected::number(flops, Kind::Flop, Tolerance::Quarters(6));
    let question = Question::new(TOPIC.name, 5, design.asks(facts, asked), expected)
        .hint(
            "2 FLOPs for each parameter and token, plus the attention products: 4 × tokens² × width \
             in a block",
        )
        .steps([
            "2 × parameters × tokens for each part, plus 4 × tokens² × width × blocks for the \
             attention products"
                .to_owned(),
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

/// `(24 blocks of width 1024)`: what the attention products need.
pub fn stack(depth: Size, width: Size) -> String {
    format!("({} of width {width})", counted(depth.into(), "block"))
}

/// What one component counts.
fn counted_in(report: &Report, component: Component, measure: Measure) -> Option<i128> {
    report.prefill.component(component)?.costs.get(measure)
}

#[cfg(test)]
mod tests {
    use super::super::decode_flops;
    use super::*;
    use crate::drill::pipelines::{kinds, made_up, real};
    use crate::drill::rng::Rng;
    use crate::units::Fraction;

    /// The estimate that the steps teach, from what the question tells.
    fn estimate(design: &Design) -> Option<[i128; 2]> {
        let (tokens, made) = (&design.report.tokens, design.made());
        let params = |of| counted_in(&design.report, of, Measure::Params);
        let [encoder, bridge, llm] = COMPONENTS;
        let (visual, sequence) = (tokens.visual.value?, tokens.sequence.value?);
        let [all, runs] = [tokens.encoder.value?, tokens.encodings.value?];
        let products = |read: i128, depth: Option<Size>, width: Option<Size>| {
            Some(4 * read * i128::from(depth?) * i128::from(width?))
        };
        let seen =
            products(all * (all / runs), made.encoder.stack.depth, made.encoder.stack.width)?;
        let heard = products(sequence, made.llm.stack.depth, made.llm.stack.width)?;
        let matrices = all * params(encoder)? + visual * params(bridge)?;
        let prefill = 2 * (matrices + sequence * params(llm)?) + seen + heard * sequence;
        Some([prefill, 2 * params(llm)? + heard])
    }

    #[test]
    fn what_the_question_tells_is_enough_to_answer_it() {
        let made = (0..60).filter_map(|seed| made_up(&mut Rng::new(seed, 7), &kinds()));
        for design in real().into_iter().chain(made).filter(|one| one.name != "tiny") {
            let Some([prefill, decode]) = estimate(&design) else { continue };
            let rng = &mut Rng::new(0, 0);
            let Ask::Design(other) = decode_flops::TOPIC.ask else { panic!() };
            for (asked, flops) in [(ask(&design), prefill), (other(&design, rng), decode)] {
                let Some(question) = asked else { continue };
                let given = crate::drill::answer::Given::Number(Fraction::whole(flops));
                assert!(question.expected.accepts(&given), "{flops}: {question:#?}");
            }
        }
    }
}
