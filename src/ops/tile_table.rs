//! Learned vectors of the tiles of a picture, by how it is cut.

use super::{
    Machine, Mismatch, Operation, ParamRole, Shape, Shared, Slot, Slots, Storage, Value, Work,
    first, only,
};
use crate::dim::Dim;

/// Adds to the tokens of tiles `[B·t, N, D]` what a learned table has for the layout of their picture
/// (Llama 3.2 Vision): the same vector for all tokens of a tile, or one for each, times tanh(g) with a
/// learned number g, `[1]`. Beside one for each token stands a table of positions that all tiles share,
/// `[N, D]`, which is added times 1 − tanh(g).
///
/// Other FLOPs: 2 per value and table.
#[derive(Clone, Debug)]
pub struct TileTable {
    /// Layouts that the table has a row for, and one for no picture.
    pub layouts: Dim,
    /// Tiles of a picture, empty ones among them.
    pub tiles: Dim,
    /// N where each token of a tile has a vector of its own; 1 where all share one.
    pub tokens: Dim,
    /// D.
    pub width: Dim,
    /// Whether a table of positions that all tiles share stands beside it.
    pub shared: bool,
    /// Rows and columns of the tiles that hold something.
    pub grid: (Dim, Dim),
}

impl Operation for TileTable {
    fn kind(&self) -> &'static str {
        "tile table"
    }

    fn slots(&self) -> Slots {
        let row = &self.tiles * &self.tokens * &self.width;
        let positions = |name, shape| Slot { name, ..Slot::table(shape, ParamRole::Positions) };
        let mut slots = Slots::new();
        slots.push(Slot::vector("gate", Shape::new([Dim::one()])));
        let shape = Shape::new([self.layouts.clone(), row]);
        if self.shared {
            let own = Shape::new([self.tokens.clone(), self.width.clone()]);
            slots.push(positions("embedding", own));
            slots.push(positions("tile_embedding.weight", shape));
        } else {
            slots.push(positions("embedding.weight", shape));
        }
        slots
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        if x.last() == self.width {
            Ok(x.clone())
        } else {
            Err(Mismatch("the table's width is not the input's".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let tables = if self.shared { 4 } else { 2 };
        Work::other(tables * output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.tile_table(self, first(&mut inputs))
    }
}
