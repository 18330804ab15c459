//! A bridge composed of steps, one after the other: what no other bridge says.

mod attention;
mod grid;
mod short;
mod step;
mod tokenwise;

pub(super) use attention::{Attention, Fields};
pub use step::{Step, StepSpec};
pub(super) use tokenwise::{GatedMlp, softmax, table, table_rows};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Flow};
use super::projector::Projector;
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::diag::{Code, Diagnostic};
use crate::graph::{Builder, NodeId, Role};
use crate::ops::NormKind;
use crate::stages::faults::Faults;
use crate::units::Size;
use grid::FoldSpec;
use short::Short;
use tokenwise::LinearSpec;

/// Steps, one after the other, `bridge: {steps: [norm, {fold: 2}, {linear: 4096}, gelu, linear]}`.
/// What comes out must be as wide as the LLM's tokens.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(transparent)]
#[schemars(rename = "Steps", extend("examples" = [[{"fold": 2}, "linear"]]))]
pub struct StepsSpec(#[schemars(length(max = MOST_STEPS))] pub Vec<StepSpec>);

/// A bridge composed of steps, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps(pub Vec<Step>);

macro_rules! fields {
    ($($at:literal)*) => {
        [$(concat!("bridge.steps.", $at)),*]
    };
}

/// The fields of the steps, as many as there may be.
const FIELDS: [&str; MOST_STEPS] = fields![
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
];

/// More steps than this are surely a mistake.
const MOST_STEPS: usize = 32;

impl StepsSpec {
    /// Blocks of this side folded, then an MLP of two layers.
    fn folding(factor: Size) -> StepsSpec {
        let linear = || StepSpec::Linear(Short(LinearSpec::default()));
        let fold = StepSpec::Fold(Short(FoldSpec::from(factor)));
        StepsSpec(vec![fold, linear(), StepSpec::Gelu, linear()])
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> Steps {
        let StepsSpec(steps) = self;
        if steps.len() > MOST_STEPS {
            let text = format!("{} steps; at most {MOST_STEPS} are allowed", steps.len());
            let problem = Diagnostic::error(Code::OutOfRange, text)
                .help("a bridge of so many steps is a tower: say it as `encoder`");
            faults.add(&MOST_STEPS.to_string(), problem);
        }
        let designed = steps.iter().take(MOST_STEPS).enumerate();
        let designed =
            designed.map(|(at, step)| faults.within(&at.to_string(), |faults| step.design(faults)));
        Steps(designed.collect())
    }
}

impl From<&Steps> for StepsSpec {
    /// The steps that say a bridge, every choice written.
    fn from(Steps(steps): &Steps) -> StepsSpec {
        StepsSpec(steps.iter().map(StepSpec::from).collect())
    }
}

impl Steps {
    /// What is known of a bridge of steps by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "steps",
        title: "steps",
        typical: |_| {
            Typical::new(
                "steps: [{norm: rmsnorm}, {fold: 2}, {linear: {width: 1024, bias: false}}, \
                 {linear: {bias: false}}, gelu, {linear: {bias: false}}]",
                "as Mistral Small 3.1 has it (transformers' `Mistral3MultiModalProjector`)",
            )
        },
        practice: Practice {
            place: 10,
            words: &["steps"],
            usual: Some("2"),
            sized: |factor| StepsSpec::folding(factor).into(),
            drawn: |draw| {
                let StepsSpec(mut steps) = StepsSpec::folding(draw.block()?);
                steps.insert(0, StepSpec::Norm(Some(NormKind::RmsNorm)));
                Some(StepsSpec(steps).into())
            },
            choices: |_| Vec::new(),
        },
    };

    /// The steps in parts: those that work on each token alone stand in one part with their
    /// neighbours. Each with the number of its first step, from 0.
    fn parts(&self) -> impl Iterator<Item = (usize, &[Step])> {
        let mut first = 0;
        self.0.chunk_by(|a, b| a.is_tokenwise() && b.is_tokenwise()).map(move |part| {
            let at = first;
            first += part.len();
            (at, part)
        })
    }
}

impl BridgeStage for Steps {
    fn in_brief(&self) -> String {
        let steps: Vec<String> = self.0.iter().map(Step::in_brief).collect();
        if steps.is_empty() { "nothing".to_owned() } else { steps.join(", ") }
    }

    fn in_words(&self) -> Vec<&'static str> {
        let mut words: Vec<&str> = self.0.iter().map(Step::in_words).collect();
        words.dedup();
        if words.is_empty() {
            words.push("The tokens are handed on as they are.");
        }
        words
    }

    fn reduction(&self) -> Reduction {
        let merging = self.0.iter().enumerate().filter(|(_, step)| !step.is_tokenwise());
        let mut merging = merging.map(|(at, step)| (at, step.reduction()));
        match (merging.next(), merging.next()) {
            (None, _) => Reduction::Kept,
            (Some((at, reduction)), None)
                if self.0[..at].iter().all(|step| matches!(step, Step::Norm(_))) =>
            {
                reduction
            }
            _ => Reduction::Regrouped,
        }
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let mut flow = Flow::of(x);
        for (first, part) in self.parts() {
            let (name, role) = match part {
                [one] => one.part(),
                _ => ("projection", Role::Projection),
            };
            flow = b.scope((&*format!("{name}_{}", first + 1), ""), role, |b| {
                part.iter().zip(first..).try_fold(flow.clone(), |flow, (step, at)| {
                    let (module, number) = (at.to_string(), Some(at + 1));
                    step.wire(b, flow, to, &At { module: &module, field: FIELDS[at], number })
                })
            })?;
        }
        let last = self.0.len().checked_sub(1).map_or("bridge.steps", |last| FIELDS[last]);
        flow.finish(b, &to.width, last)
    }
}
