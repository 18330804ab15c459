//! Blocks of neighbouring tokens averaged into one.

use super::flow::{At, Flow};
use super::rounding::{Divisor, Rounding, cut, require_multiple_of};
use super::{NotSuited, Reduction};
use crate::diag::{Code, Diagnostic};
use crate::graph::Builder;
use crate::ops::{AvgPool, Blocks, PoolProduct, PoolTarget};
use crate::stages::faults::Faults;
use crate::units::Size;

/// Blocks of tokens averaged into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// How much is averaged.
    pub pooled: Pooled,
    /// What becomes of rows and columns that fill no block.
    pub rounding: Rounding,
    /// Whether it is made as a product with a matrix of shares.
    pub as_product: bool,
}

/// How much is averaged into one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooled {
    /// A block of this side in tokens.
    Blocks(Size),
    /// As much as leaves a square of this side in tokens.
    ToSquare(Size),
}

impl Pool {
    /// What it does, for someone who meets it for the first time.
    pub const WORDS: &str = "Each block of neighbouring tokens is averaged into one: fewer tokens, \
                             as wide as before, without what differed inside a block.";

    /// The pooling that the fields of `what` describe: exactly one of `kernel` and `tokens` says how
    /// much is averaged.
    pub fn read(
        what: &str,
        (kernel, tokens): (Option<Size>, Option<Size>),
        rounding: Rounding,
        faults: &mut Faults,
    ) -> Pool {
        let root = |tokens: Size| {
            let side = tokens.get().isqrt();
            Size::new(side).filter(|_| side.pow(2) == tokens.get())
        };
        let side = tokens.and_then(root);
        match (kernel, tokens) {
            (None, None) => {
                let text = format!("`{what}` needs `tokens` or `kernel`");
                let help =
                    format!("`{what}: {{tokens: 256}}` keeps 256 tokens of an image, as Gemma 3");
                faults.add("tokens", Diagnostic::error(Code::MissingField, text).help(help));
            }
            (Some(_), Some(_)) => {
                let text = format!("`{what}` has both `tokens` and `kernel`");
                let help = "keep one: the other follows from it";
                faults.add("kernel", Diagnostic::error(Code::Mismatch, text).help(help));
            }
            (None, Some(tokens)) if side.is_none() => {
                let text = format!("{tokens} pooled tokens do not form a square");
                let near = tokens.get().isqrt();
                let help = format!("write {} or {}", near.pow(2), (near + 1).pow(2));
                faults.add("tokens", Diagnostic::error(Code::BadValue, text).help(help));
            }
            (None, Some(_)) if rounding != Rounding::Exact => {
                let text = "`rounding` means nothing beside `tokens`";
                let help = "blocks that leave so many tokens fill the grid: give their side as \
                            `kernel`, or take `rounding` out";
                faults.add("rounding", Diagnostic::error(Code::Mismatch, text).help(help));
            }
            _ => {}
        }
        let pooled = match (side, kernel) {
            (Some(side), _) => Pooled::ToSquare(side),
            (None, Some(kernel)) => Pooled::Blocks(kernel),
            // Blocks of one token suit every grid: nothing else is reported for them.
            (None, None) => Pooled::Blocks(Size::of(1)),
        };
        Pool { pooled, rounding, as_product: false }
    }

    /// The fields `kernel` and `tokens` that say it.
    pub fn said(&self) -> (Option<Size>, Option<Size>) {
        match self.pooled {
            Pooled::Blocks(kernel) => (Some(kernel), None),
            Pooled::ToSquare(side) => (None, Size::new(side.get().saturating_pow(2))),
        }
    }

    /// How much, in a few words: `in blocks of 2×2`.
    pub fn in_brief(&self) -> String {
        match self.pooled {
            Pooled::Blocks(side) => format!("in blocks of {side}×{side}"),
            Pooled::ToSquare(side) => {
                format!("to {} tokens per image", side.get().saturating_pow(2))
            }
        }
    }

    /// What becomes of the number of tokens.
    pub fn reduction(&self) -> Reduction {
        match (self.pooled, self.rounding) {
            (Pooled::ToSquare(_), _) => Reduction::Pooled(None),
            (Pooled::Blocks(side), Rounding::Exact) => Reduction::Pooled(Some(side)),
            (Pooled::Blocks(_), Rounding::Floor | Rounding::Ceil) => Reduction::Regrouped,
        }
    }

    /// Wires it: `[B, N, D] → [B, M, D]`. A kernel is said by the field `at` stands for, a number of
    /// tokens by another.
    pub fn wire(
        &self,
        b: &mut Builder,
        x: Flow,
        (at, tokens_at): (&At<'_>, &At<'_>),
        what: &str,
    ) -> Result<Flow, NotSuited> {
        let grid = x.grid(what)?;
        let (blocks, target) = match self.pooled {
            Pooled::Blocks(kernel) => {
                let kernel = at.size(b, ("k", "side of a pooled block in tokens"), kernel);
                let (name, field) = ("pooling kernel", at.field);
                let divisor = Divisor { name, field, squared: None, rounds: true };
                let tokens = b.axis(x.node, 1);
                let blocks = cut(b, grid, &kernel, &tokens, self.rounding, divisor);
                (blocks, PoolTarget::Kernel(kernel))
            }
            Pooled::ToSquare(side) => {
                let side = tokens_at.size(b, ("s", "pooled tokens per side"), side);
                let (name, field) = ("pooled tokens per side", tokens_at.field);
                let divisor = Divisor { name, field, squared: Some("tokens"), rounds: false };
                require_multiple_of(b, &grid, &side, divisor);
                (Blocks::square(grid, &side), PoolTarget::Square(side))
            }
        };
        let product = self.as_product.then(|| {
            let tokens = x.padded.clone().unwrap_or_else(|| b.axis(x.node, 1));
            PoolProduct { blocks: tokens.over(&blocks.tokens()), tokens }
        });
        let pool = AvgPool { blocks: blocks.clone(), target, product };
        let node = b.push(&*at.name("pool"), pool, &[x.node]);
        let width = x.width.clone();
        Ok(x.merged(node, width, &blocks))
    }
}
