//! The average-pool bridge: blocks of neighbours averaged, then a projection (Gemma 3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    BridgeStage, Divisor, NotSuited, Projector, Target, Typical, Visual, grid, require_multiple_of,
};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{self, Grid};
use crate::units::Size;

/// Either `tokens` or `kernel` says how much is averaged: `bridge: {avg-pool: {tokens: 256}}` or
/// `bridge: {avg-pool: {kernel: 4}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-exactly-one" = ["kernel", "tokens"]))]
pub struct AvgPool {
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
    #[serde(default)]
    pub then: Projector,
}

impl AvgPool {
    /// The mean of 2×2 tokens, then a norm and a matrix.
    pub fn typical(_: Option<Size>) -> Typical {
        Typical::new(
            "avg-pool: {kernel: 2, then: {linear: {bias: false, norm: rmsnorm}}}",
            "as Gemma 3 has it, there with 4x4 blocks (arXiv 2503.19786)",
        )
    }

    /// Tokens per side that stay, if `tokens` says so and is a square.
    fn side(&self) -> Option<u64> {
        self.tokens.map(Size::get).filter(|n| n.isqrt().pow(2) == *n).map(u64::isqrt)
    }

    /// The pooling of `tokens` on a grid, with blocks of this size or as many as tokens stay.
    fn pool(&self, b: &mut Builder, tokens: &Dim, grid: Grid) -> ops::AvgPool {
        let Some(side) = self.side() else {
            let kernel: Dim = b.size("k", "side of a pooled block in tokens", self.kernel).into();
            let divisor = Divisor {
                dim: kernel.clone(),
                name: "pooling kernel",
                field: "bridge.avg-pool.kernel",
                squared: None,
            };
            require_multiple_of(b, &grid, &divisor);
            return ops::AvgPool::of_blocks(grid, kernel, tokens);
        };
        let side: Dim = b.symbols().given("s", "pooled tokens per side", side.into()).into();
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

impl BridgeStage for AvgPool {
    fn check(&self) -> Vec<(String, Diagnostic)> {
        let mut problems = self.then.check();
        match (self.kernel, self.tokens) {
            (None, None) => problems.push((
                String::new(),
                Diagnostic::error(Code::MissingField, "`avg-pool` needs `tokens` or `kernel`")
                    .help("`avg-pool: {tokens: 256}` keeps 256 tokens of an image, as Gemma 3"),
            )),
            (Some(_), Some(_)) => problems.push((
                "kernel".to_owned(),
                Diagnostic::error(Code::Mismatch, "`avg-pool` has both `tokens` and `kernel`")
                    .help("keep one: the other follows from it"),
            )),
            (None, Some(tokens)) if self.side().is_none() => {
                let side = tokens.get().isqrt();
                let near = format!("{} or {}", side.pow(2), (side + 1).pow(2));
                let message =
                    format!("{tokens} pooled tokens do not form a square", tokens = tokens.get());
                problems.push((
                    "tokens".to_owned(),
                    Diagnostic::error(Code::BadValue, message).help(format!("write {near}")),
                ));
            }
            _ => {}
        }
        problems
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Each block of neighbouring tokens is averaged into one: fewer tokens, as wide as \
             before, without what differed inside a block.",
            self.then.in_words(),
        ]
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
