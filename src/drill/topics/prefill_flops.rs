//! FLOPs of the prefill, by order of magnitude.

use super::needs::FEW_PRODUCTS;
use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::products::Products;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::graph::{COMPONENTS, Component};
use crate::units::{Unit, human};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "prefill-flops",
    about: "matmul FLOPs of the prefill",
    levels: (5, 5),
    bridges: &[],
    needs: FEW_PRODUCTS,
    ask: Ask::Subject(|subject, _| ask(subject)),
};

fn ask(subject: &Subject) -> Option<Question> {
    let report = &subject.report;
    let pass = &report.prefill;
    let flops = pass.total.get(Measure::MatmulFlops)?;
    let products = |of: Component| Products::of(pass, [pass.component(of)?]);
    let mut facts = [const { None }; 3];
    let (mut steps, mut sums) = (Vec::new(), Vec::new());
    let [encoder, bridge, llm, _] = COMPONENTS;
    for (fact, component) in facts.iter_mut().zip([encoder, bridge, llm]) {
        let (of, whose) = (products(component)?, component.in_words());
        *fact = Some(format!("{whose}: {};", of.told()));
        steps.push(format!("{whose}: {}", of.worked()?));
        sums.push(human(of.flops()?, Unit::Flop));
    }
    steps.push(format!("in all: {} = {}", sums.join(" + "), human(flops, Unit::Flop)));
    let asked = "Weights are those that are multiplied with, so no look-up of embeddings. How many \
                 matmul FLOPs does the whole prefill take?";
    let by = |of: Component| pass.component(of)?.costs.get(Measure::MatmulFlops);
    let text = format!("{}: {} {asked}", subject.name, told(&facts));
    let expected = Expected::number(flops, Kind::Flop, Tolerance::Quarters(6));
    let question = Question::new(TOPIC.name, 5, text, expected)
        .hint(
            "2 FLOPs for each weight and token; in each attention layer 4 × tokens² × heads × size \
             of a head",
        )
        .steps(steps)
        .mistake(flops.checked_div(2), "those are multiply-adds: each is 2 FLOPs")
        .mistake(
            report.decode.total.get(Measure::MatmulFlops),
            "that is one token: the prefill runs all tokens of the prompt",
        )
        .mistake(
            pass.total.get(Measure::Params),
            "that is the number of weights: each works on every token, in 2 FLOPs",
        )
        .mistake(flops.checked_mul(3), "6 per weight and token is training: a forward pass is 2")
        .mistake(by(encoder), "that is the vision encoder alone")
        .mistake(by(llm), "that is the LLM alone: the vision encoder counts too");
    Some(question)
}

/// The facts in one sentence.
fn told(facts: &[Option<String>]) -> String {
    let facts: Vec<&str> = facts.iter().flatten().map(String::as_str).collect();
    format!("{}.", facts.join(" ").trim_end_matches(';'))
}

#[cfg(test)]
mod tests {
    use super::super::decode_flops;
    use super::*;
    use crate::drill::answer::Given;
    use crate::drill::pipelines::{kinds, made_up, real};
    use crate::drill::products::{Attentions, Matrices};
    use crate::drill::rng::Rng;
    use crate::units::Fraction;

    /// A number as the question shows it: to three digits.
    fn shown(number: i128) -> i128 {
        let unit = 10i128.pow(number.checked_ilog10().unwrap_or(0).saturating_sub(2));
        (number + unit / 2) / unit * unit
    }

    /// What the hint teaches, from what the question tells.
    fn estimate(products: &Products) -> i128 {
        let matrices = products
            .matrices
            .iter()
            .map(|Matrices { weights, tokens }| 2 * shown(*weights) * tokens);
        let attentions = products.attentions.iter().map(|one| {
            let Attentions { layers, images, queries, keys, heads, size } = one;
            4 * images * queries * keys * heads * size * layers
        });
        matrices.sum::<i128>() + attentions.sum::<i128>()
    }

    #[test]
    fn what_the_question_tells_is_enough_to_answer_it() {
        let made = (0..60).filter_map(|seed| made_up(&mut Rng::new(seed, 7), &kinds()));
        let mut asked = 0;
        for subject in real().into_iter().chain(made) {
            let (prefill, decode) = (&subject.report.prefill, &subject.report.decode);
            let of = |pass, rows: Vec<_>| Products::of(pass, rows).map(|one| estimate(&one));
            let whole = of(prefill, prefill.components().collect());
            let step = of(decode, decode.components().collect());
            let Ask::Subject(other) = decode_flops::TOPIC.ask else { panic!() };
            let rng = &mut Rng::new(0, 0);
            for (question, flops) in [(ask(&subject), whole), (other(&subject, rng), step)] {
                let Some(question) = question else { continue };
                let given = Given::Number(Fraction::whole(flops.unwrap()));
                assert!(question.expected.nearly_accepts(&given), "{flops:?}: {question:#?}");
                let close = Tolerance::Percent(1).allows(
                    flops.unwrap().into(),
                    match question.expected.right() {
                        Given::Number(number) => number,
                        other => panic!("{other:?}"),
                    },
                );
                assert!(close, "{flops:?}: {question:#?}");
                asked += 1;
            }
        }
        assert!(asked > 100, "{asked}");
    }
}
