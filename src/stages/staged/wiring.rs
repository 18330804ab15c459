//! A tower of stages, wired.

use std::borrow::Cow;

use super::{Stage, StageBlock, Staged};
use crate::dim::{Dim, Field};
use crate::graph::{AtMost, Builder, NodeId, Role};
use crate::ops::{Grid, GridConv, NormKind};
use crate::stages::block::norm;
use crate::stages::stack::SizeNames;
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

/// Which stage of which tower is meant, in the names of sizes and fields.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    place: Place,
    at: usize,
}

impl Position {
    /// A field of the stage: `encoder.stages.2.width`.
    pub fn field(self, name: &str) -> Field {
        Field::Owned(format!("{}.{}.{name}", self.place.field("encoder.stages"), self.at))
    }

    /// A symbol of the stage: `D_v_3`.
    pub fn symbol(self, name: &str) -> String {
        format!("{}_{}", self.place.symbol(name), self.at + 1)
    }

    /// What the stage is called in a sentence.
    pub fn in_words(self) -> Cow<'static, str> {
        Cow::Owned(format!("stage {}", self.at + 1))
    }

    /// The names of the sizes of its blocks, which a section of the stage says.
    pub fn sizes(self, section: &str) -> SizeNames {
        let own = self.place.sizes();
        SizeNames {
            section: self.field(section),
            suffix: Field::Owned(format!("{}_{}", own.suffix, self.at + 1)),
            of: self.in_words(),
            width: self.field("width"),
            depth: self.field("depth"),
            mlp_width: self.field(&format!("{section}.mlp_ratio")),
            heads: self.field(&format!("{section}.heads")),
            kv_heads: self.field(&format!("{section}.heads")),
            head_dim: None,
            ..own
        }
    }
}

impl Staged {
    /// The width of the first stage.
    pub fn first_width(&self, b: &mut Builder, place: Place) -> Dim {
        self.stages.first().map_or_else(Dim::one, |stage| stage.width(b, Position { place, at: 0 }))
    }

    /// Wires the stages: `[B·images, N, D₁] → [B·images, M, D]`.
    pub fn build(&self, b: &mut Builder, x: Map, place: Place, kind: NormKind) -> Map {
        let mut map = x;
        for (at, stage) in self.stages.iter().enumerate() {
            let (name, module) = (format!("stage_{}", at + 1), format!("stages.{at}"));
            let position = Position { place, at };
            b.scope((&*name, &*module), Role::Stage, |b| {
                if at > 0 {
                    stage.down(b, &mut map, position, kind);
                }
                let meaning = format!("blocks of {}", position.in_words());
                let (name, field) = (position.symbol("L_v"), position.field("depth"));
                let depth: Dim = b.count(&name, &meaning, field, Some(stage.depth)).into();
                map.node =
                    b.repeat("blocks", Role::Blocks, depth, map.node, |b, x| match &stage.block {
                        StageBlock::ConvNext(block) => block.build(b, x, &map, kind),
                        StageBlock::DaVit(block) => block.build(b, x, &map, position, kind),
                    });
            });
        }
        map
    }
}

impl Stage {
    fn width(&self, b: &mut Builder, at: Position) -> Dim {
        let meaning = format!("width of {}", at.in_words());
        b.size(&at.symbol("D_v"), &meaning, at.field("width"), Some(self.width)).into()
    }

    /// A norm, and a convolution that halves the grid: of blocks of 2 × 2 tokens, or of larger ones
    /// that overlap.
    fn down(&self, b: &mut Builder, map: &mut Map, at: Position, kind: NormKind) {
        let width = self.width(b, at);
        let two = Dim::from(2);
        let overlap = self.kernel.filter(|kernel| kernel.get() > 2);
        for most in [&map.grid.rows, &map.grid.columns].into_iter().filter(|_| overlap.is_none()) {
            b.require(AtMost {
                needed: two.clone(),
                most: most.clone(),
                names: ("tokens on a side of a block", "tokens on a side of the grid"),
                field: at.field("width"),
                why: "a stage halves the grid of the one before",
            });
        }
        b.scope(("downsample", "downsample"), Role::Merge, |b| {
            let x = norm(b, ("norm", "0"), map.node, kind, &map.width);
            let mut half = |side: &Dim| match overlap {
                // Of n tokens padded by (k - 1) / 2 on each side, every second one is a middle.
                Some(_) => b.symbols().ceil_div(side, &two),
                None => b.symbols().floor_div(side, &two),
            };
            let grid = Grid {
                rows: half(&map.grid.rows),
                columns: half(&map.grid.columns),
                patch: &map.grid.patch * &two,
            };
            let count = &grid.rows * &grid.columns;
            let conv = GridConv {
                from: Box::new(map.grid.clone()),
                to: Box::new(grid.clone()),
                count: count.clone(),
                kernel: overlap.map_or_else(|| two.clone(), |kernel| i128::from(kernel).into()),
                stride: two.clone(),
                padding: overlap.map_or_else(Dim::zero, |kernel| (i128::from(kernel) / 2).into()),
                groups: Dim::one(),
                input: map.width.clone(),
                output: width.clone(),
                bias: true,
            };
            let node = b.push(("conv", "1"), conv, &[x]);
            let name = at.symbol("N");
            b.name_axis(node, 1, &name, "tokens of a later stage of one image");
            let count = b.axis(node, 1);
            *map = Map { node, grid, count, width };
        });
    }
}
