//! Tiles of a picture that are one sequence, on the CPU: their tables, gates and mask.

use super::cpu::Cpu;
use crate::kernels::matmul::{Tile, View, matmul};
use crate::ops::{Gate, MaskProduct, TileTable, Value};

impl Cpu<'_> {
    /// `tanh(g)·x`, or `g·x`.
    pub(super) fn gated_by_one(&self, op: &Gate, mut x: Value) -> Value {
        let gate = if op.tanh {
            self.gate_value(0)
        } else {
            self.values(0, 0.0).first().copied().unwrap_or_default()
        };
        x.data.iter_mut().for_each(|x| *x *= gate);
        x
    }

    /// `tanh(g)` of a stored number.
    fn gate_value(&self, slot: usize) -> f32 {
        self.values(slot, 0.0).first().map_or(0.0, |gate| gate.tanh())
    }

    /// Tables of tiles, added.
    pub(super) fn with_tile_table(&self, op: &TileTable, mut x: Value) -> Value {
        let [_, tokens, width] = x.shape[..] else { return x };
        let (gate, tiles) = (self.gate_value(0), self.size(&op.tiles));
        if op.shared {
            let positions = self.values(1, 0.0);
            for tile in x.data.chunks_exact_mut((tokens * width).max(1)) {
                add_times(tile, &positions, 1.0 - gate);
            }
        }
        let table = self.values(if op.shared { 2 } else { 1 }, 0.0);
        let row = table.len() / self.size(&op.layouts).max(1);
        let layout = layout((self.size(&op.grid.0), self.size(&op.grid.1)), tiles);
        let table = table.get(layout * row..(layout + 1) * row).unwrap_or_default();
        let each = row / tiles.max(1);
        for (at, tile) in x.data.chunks_exact_mut((tokens * width).max(1)).enumerate() {
            let own = &table[at % tiles.max(1) * each..][..each];
            for tokens in tile.chunks_exact_mut(each.max(1)) {
                add_times(tokens, own, gate);
            }
        }
        x
    }

    /// Which pairs of tokens are both padding. What is padding is read off the attention's reach: here
    /// the product is made for its cost alone.
    pub(super) fn mask_of_product(&self, op: &MaskProduct) -> Value {
        let (batch, tokens) = (self.size(&op.batch), self.size(&op.tokens));
        let column = vec![0.0; tokens];
        let mut data = vec![0.0; batch * tokens * tokens];
        for mask in data.chunks_exact_mut((tokens * tokens).max(1)) {
            let (lhs, rhs) =
                (View::new(&column, tokens, 1, 1), View::new(&column, 1, tokens, tokens));
            matmul(&mut Tile::whole(mask, tokens), lhs, rhs, 1.0, false, &self.counter);
        }
        Value { shape: vec![batch, tokens, tokens], data }
    }
}

/// `x += y·factor`, as much as there is of both.
fn add_times(x: &mut [f32], y: &[f32], factor: f32) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += y * factor);
}

/// The row of a layout in a table: 0 is no picture, then every grid of at most so many tiles, by rows
/// and then by columns, as transformers' `get_all_supported_aspect_ratios` lists them.
fn layout(grid: (usize, usize), tiles: usize) -> usize {
    let sides = || 1..=tiles;
    let grids = sides().flat_map(|rows| sides().map(move |columns| (rows, columns)));
    let mut grids = grids.filter(|(rows, columns)| rows * columns <= tiles);
    grids.position(|known| known == grid).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::layout;

    #[test]
    fn layouts_are_listed_by_rows() {
        let rows = [(1, 1), (1, 2), (1, 4), (2, 1), (2, 2), (3, 1), (4, 1)];
        assert_eq!(rows.map(|grid| layout(grid, 4)), [1, 2, 4, 5, 6, 7, 8]);
        assert_eq!(layout((5, 1), 4), 0);
    }
}
