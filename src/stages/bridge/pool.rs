//! Blocks of neighbouring tokens averaged into one.

use super::NotSuited;
use super::flow::{At, Flow, Said};
use super::rounding::{Divisor, Rounding, cut, require_multiple_of};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::Builder;
use crate::ops::{AdaptivePool, AvgPool, Blocks, Grid, PoolProduct, PoolTarget};
use crate::stages::faults::Faults;
use crate::units::Size;

/// Blocks of tokens averaged into one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pool {
    /// How much is averaged.
    pub pooled: Pooled,
    /// What becomes of rows and columns that fill no block.
    pub rounding: Rounding,
    /// Whether it is made as a product with a matrix of shares.
    pub as_product: bool,
}

/// How much is averaged into one token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pooled {
    /// A block of this side in tokens.
    Blocks(Size),
    /// As much as leaves a square of this side in tokens.
    ToSquare(Size),
    /// The same for any grid, in windows that overlap where blocks do not fill it.
    Adaptive(Said),
}

impl Pool {
    /// What it does, for someone who meets it for the first time.
    pub const WORDS: &str = "Each block of neighbouring tokens is averaged into one: fewer tokens, \
                             as wide as before, without what differed inside a block.";

    /// The pooling that the fields `kernel` and `tokens` of `what` describe.
    pub fn read(
        what: &str,
        said: (Option<Size>, Option<Size>),
        rounding: Rounding,
        faults: &mut Faults,
    ) -> Pool {
        Pool::read_as((what, ["kernel", "tokens"]), said, rounding, faults)
    }

    /// The pooling that two fields of `what` describe: exactly one of a block's side and the tokens
    /// that stay says how much is averaged.
    pub fn read_as(
        (what, [block, all]): (&str, [&str; 2]),
        (kernel, tokens): (Option<Size>, Option<Size>),
        rounding: Rounding,
        faults: &mut Faults,
    ) -> Pool {
        let side = tokens.and_then(side_of);
        match (kernel, tokens) {
            (None, None) => {
                let text = format!("`{what}` needs `{all}` or `{block}`");
                let help =
                    format!("`{what}: {{{all}: 256}}` keeps 256 tokens of an image, as Gemma 3");
                faults.add(all, Diagnostic::error(Code::MissingField, text).help(help));
            }
            (Some(_), Some(_)) => {
                let text = format!("`{what}` has both `{all}` and `{block}`");
                let help = "keep one: the other follows from it";
                faults.add(block, Diagnostic::error(Code::Mismatch, text).help(help));
            }
            (None, Some(tokens)) if side.is_none() => {
                faults.add(all, no_square(tokens, "pooled tokens"));
            }
            (None, Some(_)) if rounding != Rounding::Exact => {
                let text = format!("`rounding` means nothing beside `{all}`");
                let help = format!(
                    "blocks that leave so many tokens fill the grid: give their side as \
                     `{block}`, or take `rounding` out"
                );
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

    /// The same number of tokens in windows that may overlap.
    #[must_use]
    pub fn adaptive(self) -> Pool {
        match self.pooled {
            Pooled::ToSquare(side) => Pool { pooled: Pooled::Adaptive(side.into()), ..self },
            _ => self,
        }
    }

    /// The fields that say it: the side of a block, or the tokens that stay.
    pub fn said(&self) -> (Option<Size>, Option<Size>) {
        let square = |side: Size| Size::new(side.get().saturating_pow(2));
        match self.pooled {
            Pooled::Blocks(kernel) => (Some(kernel), None),
            Pooled::ToSquare(side) => (None, square(side)),
            Pooled::Adaptive(side) => (None, square(side.size)),
        }
    }

    /// How much, in a few words: `in blocks of 2×2`.
    pub fn how_much(&self) -> String {
        match self.said() {
            (Some(side), _) => format!("in blocks of {side}×{side}"),
            (None, tokens) => format!("to {} tokens per image", tokens.map_or(0, Size::get)),
        }
    }

    /// Wires it: `[B, N, D] → [B, M, D]`. A kernel is said by the field `at` stands for, a number of
    /// tokens by another.
    pub fn merge(
        &self,
        b: &mut Builder,
        x: Flow,
        (at, tokens_at): (&At<'_>, &At<'_>),
        what: &str,
    ) -> Result<Flow, NotSuited> {
        let width = x.width.clone();
        let (blocks, target) = match self.pooled {
            Pooled::Blocks(kernel) => {
                let grid = x.grid(what, at)?;
                let kernel = at.size(b, ("k", "side of a pooled block in tokens"), kernel);
                let (name, field) = ("pooling kernel", at.field);
                let divisor = Divisor { name, field, squared: None, rounds: true };
                let (tokens, side) = (b.axis(x.node, 1), (kernel.clone(), kernel.clone()));
                let blocks = cut(b, grid, &side, &tokens, self.rounding, divisor);
                (blocks, PoolTarget::Kernel(kernel))
            }
            Pooled::ToSquare(side) if side.get() == 1 => {
                // All tokens, whatever they are.
                let (one, columns) = (Dim::one(), b.axis(x.node, 1));
                let grid = Grid { rows: one.clone(), columns, patch: Dim::one() };
                (Blocks::square(grid, &one), PoolTarget::Square(one))
            }
            Pooled::ToSquare(side) => {
                let grid = x.grid(what, at)?;
                let side = tokens_at.size(b, ("s", "pooled tokens per side"), side);
                let (name, field) = ("pooled tokens per side", tokens_at.field);
                let divisor = Divisor { name, field, squared: Some("tokens"), rounds: false };
                require_multiple_of(b, &grid, &(side.clone(), side.clone()), divisor);
                (Blocks::square(grid, &side), PoolTarget::Square(side))
            }
            Pooled::Adaptive(side) => {
                let from = x.grid(what, at)?;
                let side = tokens_at.size(b, ("s", "pooled tokens per side"), side);
                let to = Grid { rows: side.clone(), columns: side, patch: from.patch.clone() };
                let pool = AdaptivePool { from, to: to.clone() };
                let node = b.push(&*at.name("pool"), pool, &[x.node]);
                return Ok(x.on_grid(node, width, to));
            }
        };
        let product = self.as_product.then(|| {
            let tokens = x.padded.clone().unwrap_or_else(|| b.axis(x.node, 1));
            PoolProduct { blocks: tokens.over(&blocks.tokens()), tokens }
        });
        let pool = AvgPool { blocks: blocks.clone(), target, product };
        let node = b.push(&*at.name("pool"), pool, &[x.node]);
        Ok(x.merged(node, width, &blocks))
    }
}

/// The side of a square of so many tokens, if they form one.
pub fn side_of(tokens: Size) -> Option<Size> {
    let side = tokens.get().isqrt();
    Size::new(side).filter(|_| side.pow(2) == tokens.get())
}

/// A problem of a number of tokens that forms no square.
pub fn no_square(tokens: Size, what: &str) -> Diagnostic {
    let near = tokens.get().isqrt();
    let text = format!("{tokens} {what} do not form a square");
    let help = format!("write {} or {}", near.pow(2), (near + 1).pow(2));
    Diagnostic::error(Code::BadValue, text).help(help)
}
