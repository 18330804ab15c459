//! Blocks of neighbouring tokens folded into one.

use super::NotSuited;
use super::flow::{At, Flow};
use super::rounding::{Divisor, Rounding, cut};
use crate::graph::Builder;
use crate::ops::SpaceToDepth;
use crate::units::Size;

/// Blocks of r×r tokens folded into one that is r² times as wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// r.
    pub factor: Size,
    /// Columns of a block, if they are not as many as rows.
    pub columns: Option<Size>,
    /// What becomes of rows and columns that fill no block.
    pub rounding: Rounding,
}

impl Fold {
    /// What it does, for someone who meets it for the first time.
    pub const WORDS: &str = "Each square block of neighbouring tokens is folded into one, their \
                             values side by side: fewer tokens, each of them wider, and nothing is \
                             lost.";

    /// Wires it: `[B, N, D] → [B, M, D·r²]`.
    pub fn merge(
        &self,
        b: &mut Builder,
        x: Flow,
        at: &At<'_>,
        what: &str,
    ) -> Result<Flow, NotSuited> {
        let grid = x.grid(what, at)?;
        let rows = at.size(b, ("r", "side of a pixel-shuffle block in tokens"), self.factor);
        let columns = match self.columns.filter(|columns| *columns != self.factor) {
            Some(columns) => at.size(b, ("r_c", "columns of a pixel-shuffle block"), columns),
            None => rows.clone(),
        };
        let divisor =
            Divisor { name: "pixel-shuffle factor", field: at.field, squared: None, rounds: true };
        let tokens = b.axis(x.node, 1);
        let blocks = cut(b, grid, &(rows, columns), &tokens, self.rounding, divisor);
        let width = &x.width * blocks.tokens();
        let node = b.push(&*at.name("shuffle"), SpaceToDepth { blocks: blocks.clone() }, &[x.node]);
        Ok(x.merged(node, width, &blocks))
    }
}
