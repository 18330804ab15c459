//! Blocks of neighbouring tokens that become one by attention (Molmo).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow};
use super::super::rounding::{Divisor, Rounding, cut};
use super::super::{NotSuited, Reduction, Target};
use super::step::{StepStage, Written};
use crate::graph::{Builder, Role};
use crate::ops::{AvgPool, BlockAttention, PoolTarget, Reshape, Shape, SpaceToDepth};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::linear;
use crate::units::Size;

/// The mean of each block asks the tokens of the block (Molmo).
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AttentionPoolStep")]
pub struct AttentionSpec {
    /// Side of a block in tokens.
    #[schemars(example = 2)]
    pub kernel: Size,
    /// Attention heads.
    #[schemars(example = 16)]
    pub heads: Size,
    /// Values of a query, key or value in one head; the tokens that come out are `heads` times as
    /// wide.
    #[schemars(example = 72)]
    pub head_dim: Size,
    /// Whether the projections have biases; true if not given.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub bias: Choice<bool>,
    /// What becomes of rows and columns that fill no block; an error if not given.
    #[serde(default)]
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
}

/// Pooling by attention, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attention {
    /// Side of a block in tokens.
    pub kernel: Size,
    /// Attention heads.
    pub heads: Size,
    /// Values of a query, key or value in one head.
    pub head_dim: Size,
    /// Whether the projections have biases.
    pub bias: bool,
    /// What becomes of rows and columns that fill no block.
    pub rounding: Rounding,
}

impl Written for AttentionSpec {
    type Step = Attention;

    fn design(&self, _: &mut Faults) -> Attention {
        let AttentionSpec { kernel, heads, head_dim, .. } = *self;
        let (bias, rounding) = (self.bias.unwrap_or(true), self.rounding.unwrap_or_default());
        Attention { kernel, heads, head_dim, bias, rounding }
    }

    fn say(step: &Attention) -> AttentionSpec {
        let Attention { kernel, heads, head_dim, bias, rounding } = *step;
        let (bias, rounding) = (bias.into(), rounding.into());
        AttentionSpec { kernel, heads, head_dim, bias, rounding }
    }
}

/// The fields that say the sizes of a pooling by attention.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    /// The side of a block.
    pub kernel: At<'a>,
    /// The heads.
    pub heads: At<'a>,
    /// The size of a head.
    pub head_dim: At<'a>,
}

impl<'a> Fields<'a> {
    /// One field says all.
    pub fn all(at: At<'a>) -> Fields<'a> {
        Fields { kernel: at, heads: at, head_dim: at }
    }
}

impl Attention {
    /// What it does, for someone who meets it for the first time.
    pub const WORDS: &str = "Each block of neighbouring tokens becomes one by attention: the mean \
                             of the block asks its tokens.";

    /// Wires it: `[B, N, D] → [B, M, h·d]`. Every token of a block is projected, those too that the
    /// grid lacks.
    pub fn merge(
        &self,
        b: &mut Builder,
        x: Flow,
        fields: &Fields<'_>,
        what: &str,
    ) -> Result<Flow, NotSuited> {
        let grid = x.grid(what, &fields.kernel)?;
        let Fields { kernel: at, .. } = fields;
        let kernel = at.size(b, ("k", "side of a pooled block in tokens"), self.kernel);
        let heads = fields.heads.size(b, ("h_b", "attention heads of the bridge"), self.heads);
        let size = fields.head_dim.size(b, ("d_b", "head size of the bridge"), self.head_dim);
        let (name, field) = ("pooling kernel", at.field);
        let divisor = Divisor { name, field, squared: None, rounds: true };
        let tokens = b.axis(x.node, 1);
        let side = (kernel.clone(), kernel.clone());
        let blocks = cut(b, grid, &side, &tokens, self.rounding, divisor);
        let width = &heads * &size;

        let target = PoolTarget::Kernel(kernel);
        let mean = AvgPool { blocks: blocks.clone(), target, product: None };
        let mean = b.push(&*at.name("mean"), mean, &[x.node]);
        let fold = SpaceToDepth { blocks: blocks.clone() };
        let folded = b.push(&*at.name("blocks"), fold, &[x.node]);
        let all = &blocks.count * blocks.tokens();
        let shape = Shape::new([b.axis(x.node, 0), all, x.width.clone()]);
        let keys = b.push(&*at.name("tokens"), Reshape { shape }, &[folded]);

        let node = b.module(at.module, |b| {
            let from = &x.width;
            let q = linear(b, "q_proj", mean, from, &width, self.bias);
            let k = linear(b, "k_proj", keys, from, &width, self.bias);
            let v = linear(b, "v_proj", keys, from, &width, self.bias);
            let core = BlockAttention { blocks: blocks.clone(), heads, head_dim: size };
            let mixed = b.push(&*at.name("attention"), core, &[q, k, v]);
            linear(b, ("out_proj", "o_proj"), mixed, &width, &width, self.bias)
        });
        Ok(x.merged(node, width, &blocks))
    }
}

impl StepStage for Attention {
    fn part(&self) -> (&'static str, Role) {
        ("attention_pool", Role::Merge)
    }

    fn in_brief(&self) -> String {
        format!("attention in blocks of {0}×{0}", self.kernel)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![Attention::WORDS]
    }

    fn reduction(&self) -> Reduction {
        match self.rounding {
            Rounding::Exact => Reduction::Pooled(Some(self.kernel)),
            Rounding::Floor | Rounding::Ceil => Reduction::Regrouped,
        }
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        self.merge(b, x, &Fields::all(*at), "attention-pool")
    }
}
