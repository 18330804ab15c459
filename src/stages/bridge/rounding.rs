//! What becomes of a grid that blocks do not fill.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dim::Dim;
use crate::graph::{AtMost, Builder, Multiple};
use crate::ops::{Blocks, Grid};

/// What becomes of rows and columns that fill no block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rounding {
    /// They are an error: blocks must fill the grid.
    #[default]
    Exact,
    /// They are dropped.
    Floor,
    /// They are blocks too: a folded one is filled up with zeros, an averaged one is the mean of the
    /// tokens that are there.
    Ceil,
}

/// What says the size of blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Divisor {
    /// What it is, for the message.
    pub name: &'static str,
    /// The spec's field that says it.
    pub field: &'static str,
    /// That field's name, if it says the number's square.
    pub squared: Option<&'static str>,
    /// Whether `rounding` may say what becomes of a remainder.
    pub rounds: bool,
}

/// Blocks in a grid of `tokens`, and what must hold of it.
pub(super) fn cut(
    b: &mut Builder,
    grid: Grid,
    side: &(Dim, Dim),
    tokens: &Dim,
    rounding: Rounding,
    divisor: Divisor,
) -> Blocks {
    match rounding {
        Rounding::Exact => {
            require_multiple_of(b, &grid, side, divisor);
            Blocks::filling(grid, side, tokens)
        }
        Rounding::Floor => {
            for (needed, most) in [(&side.0, &grid.rows), (&side.1, &grid.columns)] {
                b.require(AtMost {
                    needed: needed.clone(),
                    most: most.clone(),
                    names: ("tokens on a side of a block", "tokens on a side of the grid"),
                    field: divisor.field.into(),
                    why: "`rounding: floor` would leave nothing",
                });
            }
            Blocks::within(b.symbols(), grid, side)
        }
        Rounding::Ceil => Blocks::covering(b.symbols(), grid, side),
    }
}

/// States that two numbers divide rows and columns of a grid.
pub(super) fn require_multiple_of(
    b: &mut Builder,
    grid: &Grid,
    side: &(Dim, Dim),
    divisor: Divisor,
) {
    let way_out = "or say what becomes of the remainder: `rounding: floor` drops it, \
                   `rounding: ceil` makes blocks of it";
    let sides = [
        (&grid.rows, &side.0, "number of patches in a column"),
        (&grid.columns, &side.1, "number of patches in a row"),
    ];
    for (dividend, side, what) in sides {
        b.require(Multiple {
            dividend: dividend.clone(),
            divisor: side.clone(),
            names: (what, divisor.name),
            fields: [divisor.field.into(), "image".into()],
            pixels: Some(grid.patch.clone()),
            squared: divisor.squared,
            way_out: divisor.rounds.then_some(way_out),
        });
    }
}
