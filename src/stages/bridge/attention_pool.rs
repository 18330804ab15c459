//! Pooling by attention, then a gated MLP (Molmo and Molmo2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Flow};
use super::projector::Projector;
use super::rounding::Rounding;
use super::steps::{Attention, Fields, GatedMlp, StepStage, Width};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::graph::{Builder, NodeId, Role};
use crate::ops::ActivationKind;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// Molmo2's is `bridge: {attention-pool: {kernel: 2, heads: 16, head_dim: 72, hidden: 9728, rounding:
/// ceil}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AttentionPool")]
pub struct AttentionPoolSpec {
    /// Side of a block in tokens, which becomes one.
    #[schemars(example = 2)]
    pub kernel: Size,
    /// Attention heads.
    #[schemars(example = 16)]
    pub heads: Size,
    /// Values of a query, key or value in one head; a pooled token is `heads` times as wide.
    #[schemars(example = 72)]
    pub head_dim: Size,
    /// Width inside the gated MLP that leads to the LLM's width.
    #[schemars(example = 9728)]
    pub hidden: Size,
    /// Whether the attention's projections have biases; true if not given. The MLP has none.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub bias: Choice<bool>,
    /// What becomes of rows and columns that fill no block; an error if not given. With `ceil`, the
    /// tokens that a block lacks are not seen.
    #[serde(default)]
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
}

/// Pooling by attention, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct AttentionPool {
    pool: Attention,
    hidden: Size,
}

impl AttentionPoolSpec {
    /// Blocks of this side, in heads of 64 and an MLP of this width.
    fn of(kernel: Size, heads: u64, hidden: Size) -> AttentionPoolSpec {
        let (heads, head_dim) = (Size::of(heads), Size::of(64));
        let (bias, rounding) = (Choice::default(), Choice::default());
        AttentionPoolSpec { kernel, heads, head_dim, hidden, bias, rounding }
    }

    /// The bridge that is described.
    pub fn design(&self, _: &mut Faults) -> AttentionPool {
        let AttentionPoolSpec { kernel, heads, head_dim, hidden, .. } = *self;
        let (bias, rounding) = (self.bias.unwrap_or(true), self.rounding.unwrap_or_default());
        AttentionPool { pool: Attention { kernel, heads, head_dim, bias, rounding }, hidden }
    }
}

impl From<&AttentionPool> for AttentionPoolSpec {
    /// The fields that say a bridge, every choice written.
    fn from(bridge: &AttentionPool) -> AttentionPoolSpec {
        let AttentionPool { pool, hidden } = bridge.clone();
        let Attention { kernel, heads, head_dim, bias, rounding } = pool;
        let (bias, rounding) = (bias.into(), rounding.into());
        AttentionPoolSpec { kernel, heads, head_dim, hidden, bias, rounding }
    }
}

impl AttentionPool {
    /// What is known of pooling by attention by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "attention-pool",
        title: "attention pool",
        typical: |_| {
            Typical::new(
                "attention-pool: {kernel: 2, heads: 16, head_dim: 72, hidden: 9728}",
                "as Molmo2 has it, there of two layers' features side by side (allenai/Molmo2-4B)",
            )
        },
        practice: Practice {
            place: 8,
            words: &["attention-pool", "attention-pooling", "attn-pool"],
            usual: Some("2"),
            sized: |kernel| AttentionPoolSpec::of(kernel, 16, Size::of(4096)).into(),
            drawn: |draw| {
                let kernel = draw.block()?;
                let hidden = Size::new(draw.llm.get().saturating_mul(4))?;
                Some(AttentionPoolSpec::of(kernel, 16, hidden).into())
            },
            choices: |_| Vec::new(),
        },
    };
}

impl BridgeStage for AttentionPool {
    fn in_brief(&self) -> String {
        let AttentionPool { pool, hidden } = self;
        let Attention { kernel, heads, head_dim, .. } = pool;
        format!(
            "attention in blocks of {kernel}×{kernel} with {heads} heads of {head_dim}, then a gated \
             MLP of {hidden}"
        )
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![Attention::WORDS, "A gated MLP then brings each of them to the LLM's width."]
    }

    fn reduction(&self) -> Reduction {
        self.pool.reduction()
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let field = |field| At::named("image_pooling_2d", field);
        let fields = Fields {
            kernel: field("bridge.attention-pool.kernel"),
            heads: field("bridge.attention-pool.heads"),
            head_dim: field("bridge.attention-pool.head_dim"),
        };
        let pooled = b.scope(("attention_pool", ""), Role::Merge, |b| {
            self.pool.merge(b, Flow::of(x), &fields, "attention-pool")
        })?;
        let (hidden, activation) = (self.hidden, ActivationKind::Silu);
        let mlp = GatedMlp { hidden, width: Width::Llm, activation, bias: false };
        let at = At::named("image_projector", "bridge.attention-pool.hidden");
        let out =
            b.scope(("projection", ""), Role::Projection, |b| mlp.wire(b, pooled, to, &at))?;
        Ok(out.node)
    }
}
