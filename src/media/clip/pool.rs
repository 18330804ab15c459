//! Visual tokens of a frame pooled into fewer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::Grid;
use crate::units::Size;

/// Square blocks of a frame's visual tokens become one each, as where frames are pooled and pictures
/// are not, or pictures less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Side of a block in tokens: 2 in LLaVA-OneVision, LLaVA-NeXT-Video and PerceptionLM, 3 in
    /// Molmo2.
    pub side: Size,
    /// What becomes of rows and columns that fill no block; dropped if not given.
    #[serde(default)]
    pub rounding: Rounding,
}

/// What becomes of rows and columns that fill no block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// They are dropped (LLaVA-NeXT-Video).
    #[default]
    Floor,
    /// They fill one more, as padding or interpolation does (LLaVA-OneVision, Molmo2).
    Ceil,
}

impl Pool {
    /// The tokens that stay of a grid.
    pub fn pooled(self, grid: Grid) -> Grid {
        let side = |tokens: u64| match self.rounding {
            Rounding::Floor => tokens / self.side.get(),
            Rounding::Ceil => tokens.div_ceil(self.side.get()),
        };
        Grid::new(side(grid.rows), side(grid.columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_are_not_full() {
        let pooled = |side, rounding| {
            Pool { side: Size::of(side), rounding }.pooled(Grid::new(27, 27)).count()
        };
        assert_eq!((pooled(2, Rounding::Ceil), pooled(2, Rounding::Floor)), (196, 169));
        assert_eq!((pooled(3, Rounding::Ceil), pooled(3, Rounding::Floor)), (81, 81));
    }
}
