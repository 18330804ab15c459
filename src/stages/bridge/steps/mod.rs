//! A bridge composed of steps, one after the other: what no other bridge says.
//!
//! A step is a file or a part of one: what a spec says of it, and its wiring. Some have steps within
//! them. `list.rs` wires steps one after the other, and `step.rs` has the list of all kinds.

mod attend;
mod attention;
mod branches;
mod conv;
mod deformable;
mod excite;
mod grid;
mod images;
mod latents;
pub(super) mod list;
mod nested;
mod projections;
mod rounds;
mod short;
mod step;
mod tables;
mod tokens;
mod tokenwise;
mod width;

pub(super) use attention::{Attention, Fields};
pub(super) use branches::{Branches, Join};
pub(super) use conv::Conv;
pub(super) use deformable::Deformable;
pub(super) use excite::Excitation;
pub(super) use grid::Square;
pub(super) use images::{JoinImages, each_image};
pub(super) use latents::places;
pub(super) use list::Within;
pub(super) use nested::Residual;
pub use step::{Step, StepSpec, StepStage, Written};
pub(super) use tables::{Positions, Softmax, Table, VectorStorage};
pub(super) use tokens::Append;
pub(super) use tokenwise::{GatedMlp, LinearStep, NormStep};
pub(super) use width::Width;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::Flow;
use super::projector::Projector;
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::diag::{Code, Diagnostic};
use crate::graph::{Builder, NodeId};
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
        Steps(list::design(&steps[..steps.len().min(MOST_STEPS)], faults))
    }
}

impl From<&Steps> for StepsSpec {
    /// The steps that say a bridge, every choice written.
    fn from(Steps(steps): &Steps) -> StepsSpec {
        StepsSpec(list::say(steps))
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
}

/// Wires the steps that a bridge with a name consists of: `[B·images, N, D_v] → [B·images, V, D]`.
pub(super) fn compose(
    b: &mut Builder,
    steps: &[Step],
    x: Flow,
    to: &Target,
    section: &'static str,
) -> Result<NodeId, NotSuited> {
    list::wire(b, steps, x, to, &Within::named(section))?.finish(b, &to.width, section)
}

impl BridgeStage for Steps {
    fn in_brief(&self) -> String {
        list::in_brief(&self.0)
    }

    fn in_words(&self) -> Vec<&'static str> {
        let mut words = list::in_words(&self.0);
        if words.is_empty() {
            words.push("The tokens are handed on as they are.");
        }
        words
    }

    fn reduction(&self) -> Reduction {
        list::reduction(&self.0)
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let section = "bridge.steps";
        let within = Within { section, field: None, number: "", place: Some(section) };
        let made = list::wire(b, &self.0, Flow::of(x), to, &within)?;
        let last = self.0.len().checked_sub(1).map_or(section, |last| FIELDS[last]);
        made.finish(b, &to.width, last)
    }
}
