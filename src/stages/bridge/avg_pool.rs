//! The average-pool bridge: blocks of neighbours averaged, then a projection (Gemma 3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::projector::{self, Projector, ProjectorSpec};
use super::{
    BridgeKind, BridgeStage, Divisor, NotSuited, Practice, Reduction, Target, Typical, Visual,
    grid, require_multiple_of,
};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{self, Grid};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// Either `tokens` or `kernel` says how much is averaged: `bridge: {avg-pool: {tokens: 256}}` or
/// `bridge: {avg-pool: {kernel: 4}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AvgPool", extend("x-exactly-one" = ["kernel", "tokens"]))]
pub struct AvgPoolSpec {
    /// Side of an averaged block in tokens; rows and columns of patches must be multiples of it.
    #[schemars(example = 4)]
    #[serde(default)]
    pub kernel: Option<Size>,
    /// Tokens that stay of an image, a square number (Gemma 3's `mm_tokens_per_image`); the side of
    /// a block follows from it.
    #[schemars(example = 256)]
    #[serde(default)]
    pub tokens: Option<Size>,
    /// The projection from the encoder's width to the LLM's; linear if not given.
    #[serde(default, skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = ProjectorSpec::from(&projector::PLAIN)))]
    pub then: Choice<ProjectorSpec>,
}

/// An average-pool bridge, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct AvgPool {
    /// How much is averaged.
    pub pooled: Pooled,
    /// The projection from the encoder's width to the LLM's.
    pub then: Projector,
}

/// How much is averaged into one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooled {
    /// A block of this side in tokens.
    Blocks(Size),
    /// As much as leaves a square of this side in tokens.
    ToSquare(Size),
}

impl AvgPoolSpec {
    /// Blocks of this side, then a projection.
    fn of_blocks(kernel: Size, then: Choice<ProjectorSpec>) -> AvgPoolSpec {
        AvgPoolSpec { kernel: Some(kernel), tokens: None, then }
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> AvgPool {
        AvgPool { then: self.then.design(faults), pooled: self.pooled(faults) }
    }

    /// How much is averaged: exactly one of `kernel` and `tokens` says it.
    fn pooled(&self, faults: &mut Faults) -> Pooled {
        let root = |tokens: Size| {
            let side = tokens.get().isqrt();
            Size::new(side).filter(|_| side.pow(2) == tokens.get())
        };
        let side = self.tokens.and_then(root);
        match (self.kernel, self.tokens) {
            (None, None) => {
                let text = "`avg-pool` needs `tokens` or `kernel`";
                let help = "`avg-pool: {tokens: 256}` keeps 256 tokens of an image, as Gemma 3";
                faults.add("tokens", Diagnostic::error(Code::MissingField, text).help(help));
            }
            (Some(_), Some(_)) => {
                let text = "`avg-pool` has both `tokens` and `kernel`";
                let help = "keep one: the other follows from it";
                faults.add("kernel", Diagnostic::error(Code::Mismatch, text).help(help));
            }
            (None, Some(tokens)) if side.is_none() => {
                let text = format!("{tokens} pooled tokens do not form a square");
                let near = tokens.get().isqrt();
                let help = format!("write {} or {}", near.pow(2), (near + 1).pow(2));
                faults.add("tokens", Diagnostic::error(Code::BadValue, text).help(help));
            }
            _ => {}
        }
        match (side, self.kernel) {
            (Some(side), _) => Pooled::ToSquare(side),
            (None, Some(kernel)) => Pooled::Blocks(kernel),
            // Blocks of one token suit every grid: nothing else is reported for them.
            (None, None) => Pooled::Blocks(Size::of(1)),
        }
    }
}

impl From<&AvgPool> for AvgPoolSpec {
    /// The fields that say a bridge, every choice written.
    fn from(pool: &AvgPool) -> AvgPoolSpec {
        let (kernel, tokens) = match pool.pooled {
            Pooled::Blocks(kernel) => (Some(kernel), None),
            Pooled::ToSquare(side) => (None, Size::new(side.get().saturating_pow(2))),
        };
        AvgPoolSpec { kernel, tokens, then: ProjectorSpec::from(&pool.then).into() }
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

    /// The pooling of `tokens` on a grid, with blocks of a size or as many as tokens stay.
    fn pool(&self, b: &mut Builder, tokens: &Dim, grid: Grid) -> ops::AvgPool {
        match self.pooled {
            Pooled::Blocks(kernel) => {
                let kernel: Dim = b
                    .size(
                        "k",
                        "side of a pooled block in tokens",
                        "bridge.avg-pool.kernel",
                        Some(kernel),
                    )
                    .into();
                let divisor = Divisor {
                    dim: kernel.clone(),
                    name: "pooling kernel",
                    field: "bridge.avg-pool.kernel",
                    squared: None,
                };
                require_multiple_of(b, &grid, &divisor);
                ops::AvgPool::of_blocks(grid, kernel, tokens)
            }
            Pooled::ToSquare(side) => {
                let side: Dim = b
                    .size("s", "pooled tokens per side", "bridge.avg-pool.tokens", Some(side))
                    .into();
                let divisor = Divisor {
                    dim: side.clone(),
                    name: "pooled tokens per side",
                    field: "bridge.avg-pool.tokens",
                    squared: Some("tokens"),
                };
                require_multiple_of(b, &grid, &divisor);
                ops::AvgPool::to_square(grid, &side)
            }
        }
    }
}

impl BridgeStage for AvgPool {
    fn in_brief(&self) -> String {
        let size = match self.pooled {
            Pooled::Blocks(side) => format!("in blocks of {side}×{side}"),
            Pooled::ToSquare(side) => {
                format!("to {} tokens per image", side.get().saturating_pow(2))
            }
        };
        format!("average pooling {size}, then {}", self.then.in_brief())
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Each block of neighbouring tokens is averaged into one: fewer tokens, as wide as \
             before, without what differed inside a block.",
            self.then.in_words(),
        ]
    }

    fn reduction(&self) -> Reduction {
        match self.pooled {
            Pooled::Blocks(side) => Reduction::Pooled(Some(side)),
            Pooled::ToSquare(_) => Reduction::Pooled(None),
        }
    }

    fn projection(&self) -> Option<Projector> {
        Some(self.then.clone())
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let grid = grid(x, "avg-pool")?;
        let tokens = b.axis(x.node, 1);
        let pool = self.pool(b, &tokens, grid);
        let pooled = b.scope("pool", Role::Merge, |b| b.push("pool", pool, &[x.node]));
        Ok(b.scope(("projection", ""), Role::Projection, |b| {
            self.then.project(b, pooled, &x.width, &to.width)
        }))
    }
}
