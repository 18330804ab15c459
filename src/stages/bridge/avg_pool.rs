//! The average-pool bridge: blocks of neighbours averaged, then a projection (Gemma 3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Flow};
use super::pool::Pool;
use super::projector::{self, Projector, ProjectorSpec};
use super::rounding::Rounding;
use super::steps::StepStage;
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::graph::{Builder, NodeId, Role};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// Either `tokens` or `kernel` says how much is averaged: `bridge: {avg-pool: {tokens: 256}}` or
/// `bridge: {avg-pool: {kernel: 4}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AvgPool", extend("x-exactly-one" = ["kernel", "tokens"]))]
pub struct AvgPoolSpec {
    /// Side of an averaged block in tokens; rows and columns of patches must be multiples of it,
    /// unless `rounding` says what becomes of a remainder.
    #[schemars(example = 4)]
    #[serde(default)]
    pub kernel: Option<Size>,
    /// Tokens that stay of an image, a square number (Gemma 3's `mm_tokens_per_image`); the side of
    /// a block follows from it.
    #[schemars(example = 256)]
    #[serde(default)]
    pub tokens: Option<Size>,
    /// What becomes of rows and columns that fill no block; an error if not given. Only beside
    /// `kernel`.
    #[serde(default)]
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
    /// Whether the reference averages by a product with a matrix of shares, over all tokens that its
    /// encoder padded (Gemma 4): matmul FLOPs that no average needs. False if not given.
    #[serde(default, skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = false))]
    pub as_product: Choice<bool>,
    /// The projection from the encoder's width to the LLM's; linear if not given.
    #[serde(default, skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = ProjectorSpec::from(&projector::PLAIN)))]
    pub then: Choice<ProjectorSpec>,
}

/// An average-pool bridge, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct AvgPool {
    /// The pooling.
    pub pool: Pool,
    /// The projection from the encoder's width to the LLM's.
    pub then: Projector,
}

impl AvgPoolSpec {
    /// Blocks of this side, then a projection.
    pub fn of_blocks(kernel: Size, then: Choice<ProjectorSpec>) -> AvgPoolSpec {
        let (rounding, as_product) = (Choice::default(), Choice::default());
        AvgPoolSpec { kernel: Some(kernel), tokens: None, rounding, as_product, then }
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> AvgPool {
        let rounding = self.rounding.unwrap_or_default();
        let pool = Pool::read("avg-pool", (self.kernel, self.tokens), rounding, faults);
        let pool = Pool { as_product: self.as_product.unwrap_or(false), ..pool };
        AvgPool { pool, then: self.then.design(faults) }
    }
}

impl From<&AvgPool> for AvgPoolSpec {
    /// The fields that say a bridge, every choice written.
    fn from(pool: &AvgPool) -> AvgPoolSpec {
        let (kernel, tokens) = pool.pool.said();
        let (rounding, then) = (pool.pool.rounding.into(), ProjectorSpec::from(&pool.then).into());
        let as_product = pool.pool.as_product.into();
        AvgPoolSpec { kernel, tokens, rounding, as_product, then }
    }
}

impl AvgPool {
    /// What is known of an average pool by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "avg-pool",
        title: "average pool",
        typical: |_| {
            Typical::new(
                "avg-pool: {kernel: 2, then: {linear: {bias: false, norm: rmsnorm}}}",
                "as Gemma 3 has it, there with 4x4 blocks (arXiv 2503.19786)",
            )
        },
        practice: Practice {
            place: 4,
            words: &["avg-pool", "avgpool", "pool", "pooling", "average-pool"],
            usual: Some("2"),
            sized: |kernel| AvgPoolSpec::of_blocks(kernel, Choice::default()).into(),
            drawn: |draw| {
                let (kernel, then) = (draw.block()?, draw.then.clone().into());
                Some(AvgPoolSpec::of_blocks(kernel, then).into())
            },
            choices: |_| {
                let pool = AvgPoolSpec::of_blocks(Size::of(2), Choice::default());
                vec![("average pooling of 2×2, then a linear layer", pool.into())]
            },
        },
    };
}

impl BridgeStage for AvgPool {
    fn in_brief(&self) -> String {
        format!("average pooling {}, then {}", self.pool.how_much(), self.then.in_brief())
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![Pool::WORDS, self.then.in_words()]
    }

    fn reduction(&self) -> Reduction {
        self.pool.reduction()
    }

    fn projection(&self) -> Option<Projector> {
        self.then.of_matrices()
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let fields = ["bridge.avg-pool.kernel", "bridge.avg-pool.tokens"];
        let [kernel, tokens] = fields.map(|field| At::named("", field));
        let pooled = b.scope("pool", Role::Merge, |b| {
            self.pool.merge(b, Flow::of(x), (&kernel, &tokens), "avg-pool")
        })?;
        self.then.wire(b, pooled, to, "bridge.avg-pool.then")
    }
}
