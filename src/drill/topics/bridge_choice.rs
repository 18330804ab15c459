//! Which bridge meets a constraint.

use super::needs::{AS_SEEN, ENCODER_WIDTH, IMAGE, LLM_WIDTH, PATCH, SEEN};
use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::{Expected, Given};
use crate::drill::pipelines::kinds;
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::subject::Subject;
use crate::graph::Component;
use crate::stages::bridge::{BridgeSpec, Reduction};
use crate::units::{Size, Unit, counted, human};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "bridge-choice",
    about: "which bridge for which constraint",
    levels: (5, 5),
    bridges: &[],
    needs: &[SEEN, AS_SEEN, IMAGE, PATCH, ENCODER_WIDTH, LLM_WIDTH],
    ask: Ask::Subject(ask),
};

/// A bridge between the same encoder and LLM, counted.
struct Candidate {
    name: &'static str,
    visual: i128,
    /// Whether each patch becomes a token by itself: as many latents as patches are not that.
    token_by_token: bool,
    params: i128,
    /// Visual tokens when both sides of the image are doubled.
    at_twice: i128,
}

/// A demand, and whether a candidate is the one among all that meets it.
struct Demand {
    asked: &'static str,
    meets: fn(&Candidate, &[Candidate]) -> bool,
    hint: &'static str,
}

const DEMANDS: [Demand; 4] = [
    Demand {
        asked: "Which of these bridges hands the fewest visual tokens to the LLM?",
        meets: |one, all| all.iter().all(|other| one.visual <= other.visual),
        hint: "learned queries set the number themselves",
    },
    Demand {
        asked: "Memory for new weights is short. Which of these bridges has the fewest parameters?",
        meets: |one, all| all.iter().all(|other| one.params <= other.params),
        hint: "count the matrices, and mind the width of what is projected",
    },
    Demand {
        asked: "The context is the same for images of any size. With which of these bridges does \
                the number of visual tokens stay the same when the image doubles its sides?",
        meets: |one, _| one.at_twice == one.visual,
        hint: "which bridge fixes the number of tokens?",
    },
    Demand {
        asked: "Small print must stay readable, so every patch must reach the LLM as a token of its \
                own. Which of these bridges does that?",
        meets: |one, _| one.token_by_token,
        hint: "which bridge maps token by token?",
    },
];

fn ask(subject: &Subject, rng: &mut Rng) -> Option<Question> {
    let mut all = candidates(subject);
    rng.shuffle(&mut all);
    let demand = &DEMANDS[rng.below(DEMANDS.len() as u64) as usize];
    // Exactly one of the four shown may meet the demand.
    let shown: Vec<Candidate> = distinct(all).into_iter().take(4).collect();
    let met: Vec<usize> =
        (0..shown.len()).filter(|at| (demand.meets)(&shown[*at], &shown)).collect();
    let ([right], true) = (&met[..], shown.len() >= 3) else { return None };
    let facts = [
        Some(subject.image()?),
        Some(subject.prefix()),
        Some(subject.encoder_width()?),
        Some(subject.llm_width()?),
    ];
    let told = |one: &Candidate| {
        format!(
            "{}, {} parameters; {} at twice the sides",
            counted(one.visual, "visual token"),
            human(one.params, Unit::Count),
            counted(one.at_twice, "token"),
        )
    };
    let options = shown.iter().map(|one| one.name.to_owned()).collect();
    let expected = Expected::Choice { options, right: *right };
    let mut question =
        Question::new(TOPIC.name, 5, subject.asks(facts, demand.asked), expected).hint(demand.hint);
    question.steps = vec![format!("{}: {}", shown[*right].name, told(&shown[*right]))];
    for (at, one) in shown.iter().enumerate() {
        question = question.mistaken(Some(Given::Choice(at)), told(one));
    }
    Some(question)
}

/// The candidates that have other numbers of parameters than all before them.
fn distinct(all: Vec<Candidate>) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for one in all {
        if kept.iter().all(|other| other.params != one.params) {
            kept.push(one);
        }
    }
    kept
}

/// The bridges that suit the subject.
fn candidates(subject: &Subject) -> Vec<Candidate> {
    let llm = subject.made().llm.stack().width.unwrap_or(Size::of(64));
    let bridges = kinds().into_iter().flat_map(|kind| (kind.practice.choices)(llm));
    let count = |(name, bridge): (&'static str, BridgeSpec)| {
        let one = subject.with(|spec| spec.bridge = bridge.into())?;
        let twice = one.with(|spec| {
            for side in [&mut spec.image.height, &mut spec.image.width] {
                *side = side.and_then(|side| Size::new(side.get() * 2));
            }
        })?;
        Some(Candidate {
            name,
            visual: one.report.tokens.visual.value?,
            token_by_token: one.reduction() == Reduction::Kept,
            params: one.report.prefill.component(Component::Bridge)?.costs.get(Measure::Params)?,
            at_twice: twice.report.tokens.visual.value?,
        })
    };
    bridges.filter_map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::subject::size;
    use crate::spec::{Overrides, load};

    #[test]
    fn as_many_latents_as_patches_are_no_tokens_of_patches() {
        let spec = load("llava-1.5-7b", &Overrides::default()).unwrap().spec;
        let subject = Subject::new("64 patches", spec).unwrap();
        let subject = subject
            .with(|spec| {
                spec.image.height = Some(size(112));
                spec.image.width = Some(size(112));
            })
            .unwrap();
        let mut asked = 0;
        for seed in 0..60 {
            let Some(question) = ask(&subject, &mut Rng::new(seed, 0)) else { continue };
            if !question.text.contains("Small print") {
                continue;
            }
            let Expected::Choice { options, right } = &question.expected else { panic!() };
            assert!(["a linear layer", "an MLP of 2 layers"].contains(&options[*right].as_str()));
            asked += 1;
        }
        assert!(asked > 0);
    }
}
