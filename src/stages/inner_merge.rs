//! Between two blocks of a tower, blocks of neighbouring tokens become one: the rest of the tower runs
//! on fewer tokens (MiniCPM-V 4.6).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attention::Attention;
use super::beside::Beside;
use super::block::norm;
use super::choice::Choice;
use super::mlp::Mlp;
use super::stack::Stack;
use super::tower::Place;
use crate::dim::Dim;
use crate::graph::{Builder, Multiple, NodeId, Role};
use crate::ops::{Add, AvgPool, Blocks, Grid, PoolTarget, SpaceToDepth, Windows};
use crate::units::{Amount, Size};

/// The tokens of each window of `factor` × `factor` look at each other, then become one: their mean,
/// and what an MLP makes of their values side by side, added (transformers 5.23,
/// `models/minicpmv4_6/modeling_minicpmv4_6.py`). Heads, biases, norms and activation are those of the
/// blocks.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "InnerMerge")]
pub struct InnerMergeSpec {
    /// The block after which tokens become one, counted from 0 (MiniCPM-V's `insert_layer_id`). It
    /// must be given.
    #[schemars(example = 6)]
    pub after: Amount,
    /// Side of a window in tokens; 2 if not given.
    #[serde(default)]
    #[schemars(extend("default" = FACTOR))]
    pub factor: Choice<Size>,
    /// Width inside the MLP; as many times that of the blocks as a window has tokens if not given.
    #[serde(default)]
    #[schemars(example = 17216)]
    pub mlp_width: Option<Size>,
}

/// Side of a window.
const FACTOR: Size = Size::of(2);

/// A merge within a tower, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InnerMerge {
    /// The block after which tokens become one, counted from 0.
    pub after: Amount,
    /// Side of a window in tokens.
    pub factor: Size,
    /// Width inside the MLP; none is as many times that of the blocks as a window has tokens.
    pub mlp_width: Option<Size>,
}

impl InnerMergeSpec {
    /// What is described.
    pub fn design(&self) -> InnerMerge {
        let InnerMergeSpec { after, factor, mlp_width } = *self;
        InnerMerge { after, factor: factor.unwrap_or(FACTOR), mlp_width }
    }
}

impl From<InnerMerge> for InnerMergeSpec {
    /// The section that says it, every choice written.
    fn from(merge: InnerMerge) -> InnerMergeSpec {
        let InnerMerge { after, factor, mlp_width } = merge;
        InnerMergeSpec { after, factor: factor.into(), mlp_width }
    }
}

impl InnerMerge {
    /// Blocks before it.
    pub fn blocks_before(&self) -> u64 {
        self.after.get() + 1
    }

    /// Wires it: `[B·images, N, D] → [B·images, N/r², D]` and the grid of what is left.
    pub fn build(
        &self,
        b: &mut Builder,
        x: NodeId,
        place: Place,
        (stack, attention, mlp): (&Stack, &Attention, &Mlp),
        grid: &Grid,
    ) -> (NodeId, Grid) {
        let (width, kind) = (&attention.width, stack.norm);
        b.scope(("merge", "vit_merger"), Role::Merge, |b| {
            let windows = self.windows(b, place, grid);
            let x = b.scope(("attention", ""), Role::Attention, |b| {
                let within = Windows {
                    grid: grid.clone(),
                    side: windows.side.0.clone(),
                    pairs: &windows.count * windows.tokens().pow(2),
                };
                let attention = Attention { windows: Some(within), ..attention.clone() };
                b.residual(x, |b, x| {
                    let x = norm(b, ("norm", "layer_norm1"), x, kind, width);
                    attention.over_itself(b, x, &Beside::default())
                })
            });
            let pool = AvgPool {
                target: PoolTarget::Kernel(windows.side.0.clone()),
                blocks: windows.clone(),
                product: None,
            };
            let mean = b.push("mean", pool, &[x]);
            let folded = b.push("fold", SpaceToDepth { blocks: windows.clone() }, &[x]);
            let made = b.scope(("mlp", ""), Role::Mlp, |b| {
                let input = width * windows.tokens();
                let hidden = match self.mlp_width {
                    Some(said) => {
                        let field = place.field("encoder.merge.mlp_width");
                        let meaning = "MLP width of the merge within the tower";
                        b.size(&place.symbol("F_m"), meaning, field, Some(said)).into()
                    }
                    None => &mlp.hidden * windows.tokens(),
                };
                let x = norm(b, ("norm", "pre_norm"), folded, kind, &input);
                let names = ["linear_1", "linear_2"];
                let mlp = Mlp { input, hidden, names, ..mlp.clone() };
                mlp.build(b, x)
            });
            (b.push("sum", Add, &[made, mean]), windows.as_grid())
        })
    }

    /// The windows, which fill the grid.
    fn windows(&self, b: &mut Builder, place: Place, grid: &Grid) -> Blocks {
        let field = place.field("encoder.merge.factor");
        let meaning = "side of a window that becomes a token within the tower";
        let factor = b.size(&place.symbol("r_v"), meaning, field.clone(), Some(self.factor));
        let side: Dim = factor.into();
        let sides = [
            (&grid.rows, "number of patches in a column"),
            (&grid.columns, "number of patches in a row"),
        ];
        for (dividend, what) in sides {
            b.require(Multiple {
                dividend: dividend.clone(),
                divisor: side.clone(),
                names: (what, "side of a merged window"),
                fields: [field.clone(), "image".into()],
                pixels: Some(grid.patch.clone()),
                squared: None,
                way_out: None,
            });
        }
        Blocks::filling(grid.clone(), &(side.clone(), side), &(&grid.rows * &grid.columns))
    }
}
