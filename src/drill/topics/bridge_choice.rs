//! Which bridge meets a constraint.

use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::{Expected, Given};
use crate::drill::design::{Design, size};
use crate::drill::pipelines::{qformer, resampler};
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::pipeline::COMPONENTS;
use crate::stages::bridge::{AvgPool, Bridge, Linear, Mlp, PixelShuffle, Projector};
use crate::units::{Unit, counted, human};
use crate::yaml::Size;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "bridge-choice",
    about: "which bridge for which constraint",
    levels: (5, 5),
    bridges: &[],
    ask: Ask::Design(ask),
};

/// A bridge between the same encoder and LLM, counted.
struct Candidate {
    name: &'static str,
    visual: i128,
    patches: i128,
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
        meets: |one, _| one.visual == one.patches,
        hint: "which bridge maps token by token?",
    },
];

fn ask(design: &Design, rng: &mut Rng) -> Option<Question> {
    let mut all = candidates(design);
    rng.shuffle(&mut all);
    let demand = &DEMANDS[rng.below(DEMANDS.len() as u64) as usize];
    // Exactly one of the four shown may meet the demand.
    let shown: Vec<Candidate> = distinct(all).into_iter().take(4).collect();
    let met: Vec<usize> =
        (0..shown.len()).filter(|at| (demand.meets)(&shown[*at], &shown)).collect();
    let ([right], true) = (&met[..], shown.len() >= 3) else { return None };
    let facts = [
        Some(design.image()?),
        Some(design.prefix()),
        Some(design.encoder_width()?),
        Some(design.llm_width()?),
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
        Question::new(TOPIC.name, 5, design.asks(facts, demand.asked), expected).hint(demand.hint);
    question.steps = shown.iter().map(|one| format!("{}: {}", one.name, told(one))).collect();
    for (at, one) in shown.iter().enumerate() {
        question = question.mistaken(Some(Given::Choice(at)), told(one));
    }
    Some(question)
}

/// Those that have other numbers of parameters than all before them.
fn distinct(all: Vec<Candidate>) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for one in all {
        if kept.iter().all(|other| other.params != one.params) {
            kept.push(one);
        }
    }
    kept
}

/// The bridges that suit the design.
fn candidates(design: &Design) -> Vec<Candidate> {
    let width = design.spec.llm.width.map_or(64, |width| width.get());
    let mlp = || Projector::Mlp(Mlp::default());
    let shuffle = |factor| Bridge::PixelShuffle(PixelShuffle { factor: size(factor), then: mlp() });
    let pool = AvgPool { kernel: Some(size(2)), tokens: None, then: Projector::default() };
    let bridges = [
        ("a linear layer", Bridge::Linear(Linear::default())),
        ("an MLP of 2 layers", Bridge::Mlp(Mlp::default())),
        ("pixel shuffle by 2, then an MLP of 2 layers", shuffle(2)),
        ("pixel shuffle by 4, then an MLP of 2 layers", shuffle(4)),
        ("average pooling of 2×2, then a linear layer", Bridge::AvgPool(pool)),
        ("a resampler of 64 latents", Bridge::Resampler(resampler(64, width))),
        ("a Q-Former of 32 queries", Bridge::Qformer(qformer(32))),
    ];
    let count = |(name, bridge): (&'static str, Bridge)| {
        let one = design.with(|spec| spec.bridge = bridge)?;
        let twice = one.with(|spec| {
            for side in [&mut spec.image.height, &mut spec.image.width] {
                *side = side.and_then(|side| Size::new(side.get() * 2));
            }
        })?;
        Some(Candidate {
            name,
            visual: one.report.tokens.visual.value?,
            patches: one.report.tokens.patches.value?,
            params: one.report.prefill.row(COMPONENTS[1])?.costs.get(Measure::Params)?,
            at_twice: twice.report.tokens.visual.value?,
        })
    };
    bridges.into_iter().filter_map(count).collect()
}
