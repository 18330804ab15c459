//! A tower of stages, wired.

use super::{Stage, StageBlock, Staged};
use crate::dim::{Dim, Field};
use crate::graph::{AtMost, Builder, NodeId, Role};
use crate::ops::{Grid, GridConv, NormKind};
use crate::stages::block::norm;
use crate::stages::tower::Place;

/// The tokens of a stage, and the grid that they form.
#[derive(Clone, Debug)]
pub struct Map {
    /// The tokens, `[B·images, N, D]`.
    pub node: NodeId,
    /// Their grid.
    pub grid: Grid,
    /// N.
    pub count: Dim,
    /// D.
    pub width: Dim,
}

impl Staged {
    /// The width of the first stage.
    pub fn first_width(&self, b: &mut Builder, place: Place) -> Dim {
        self.stages.first().map_or_else(Dim::one, |stage| stage.width(b, place, 0))
    }

    /// Wires the stages: `[B·images, N, D₁] → [B·images, M, D]`.
    pub fn build(&self, b: &mut Builder, x: Map, place: Place, kind: NormKind) -> Map {
        let mut map = x;
        for (at, stage) in self.stages.iter().enumerate() {
            let (name, module) = (format!("stage_{}", at + 1), format!("stages.{at}"));
            b.scope((&*name, &*module), Role::Stage, |b| {
                if at > 0 {
                    stage.down(b, &mut map, place, at, kind);
                }
                let depth = Field::Owned(field(place, at, "depth"));
                let name = format!("{}_{}", place.symbol("L_v"), at + 1);
                let meaning = format!("blocks of stage {}", at + 1);
                let depth: Dim = b.count(&name, &meaning, depth, Some(stage.depth)).into();
                map.node =
                    b.repeat("blocks", Role::Blocks, depth, map.node, |b, x| match &stage.block {
                        StageBlock::ConvNext(block) => block.build(b, x, &map, kind),
                    });
            });
        }
        map
    }
}

impl Stage {
    fn width(&self, b: &mut Builder, place: Place, at: usize) -> Dim {
        let name = format!("{}_{}", place.symbol("D_v"), at + 1);
        let meaning = format!("width of stage {}", at + 1);
        b.size(&name, &meaning, Field::Owned(field(place, at, "width")), Some(self.width)).into()
    }

    /// A norm, and a convolution of blocks of 2 × 2 tokens.
    fn down(&self, b: &mut Builder, map: &mut Map, place: Place, at: usize, kind: NormKind) {
        let width = self.width(b, place, at);
        let two = Dim::from(2);
        for most in [&map.grid.rows, &map.grid.columns] {
            b.require(AtMost {
                needed: two.clone(),
                most: most.clone(),
                names: ("tokens on a side of a block", "tokens on a side of the grid"),
                field: Field::Owned(format!("{}.{at}", place.field("encoder.stages"))),
                why: "a stage halves the grid of the one before",
            });
        }
        b.scope(("downsample", "downsample"), Role::Merge, |b| {
            let x = norm(b, ("norm", "0"), map.node, kind, &map.width);
            let grid = Grid {
                rows: b.symbols().floor_div(&map.grid.rows, &two),
                columns: b.symbols().floor_div(&map.grid.columns, &two),
                patch: &map.grid.patch * &two,
            };
            let count = &grid.rows * &grid.columns;
            let conv = GridConv {
                from: Box::new(map.grid.clone()),
                to: Box::new(grid.clone()),
                count: count.clone(),
                kernel: two.clone(),
                stride: two.clone(),
                padding: Dim::zero(),
                groups: Dim::one(),
                input: map.width.clone(),
                output: width.clone(),
                bias: true,
            };
            let node = b.push(("conv", "1"), conv, &[x]);
            let name = format!("{}_{}", place.symbol("N"), at + 1);
            b.name_axis(node, 1, &name, "tokens of a later stage of one image");
            let count = b.axis(node, 1);
            *map = Map { node, grid, count, width };
        });
    }
}

/// The field of a stage.
fn field(place: Place, at: usize, name: &str) -> String {
    format!("{}.{at}.{name}", place.field("encoder.stages"))
}
