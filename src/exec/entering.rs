//! What enters a stack, on the CPU: patches, words, positions.

use super::cpu::Cpu;
use super::sequences;
use crate::kernels::elementwise::{self, Fit};
use crate::kernels::{Order, Tensor, embedding, linear, pool, rope};
use crate::ops::{AddRows, AddTable, Embedding, PatchConv, Places, Rope, Shared, TableRows, Value};

/// θ of rotary positions, Llama's.
const THETA: f64 = 10_000.0;

impl Cpu<'_> {
    /// A table with a row for several tokens each, added.
    pub(super) fn with_rows(&self, op: &AddRows, mut x: Value) -> Value {
        let (each, width) = (self.size(&op.each), self.size(&op.table.last()));
        let tokens = x.shape.get(1).copied().unwrap_or(1);
        elementwise::add_rows(&mut x.data, (tokens, width), &self.values(0, 0.0), each);
        x
    }

    /// Rows of a table.
    pub(super) fn looked_up(&self, op: &Embedding, ids: &Value) -> Value {
        let table = self.tensor(0, 0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole ids")]
        let indices: Vec<usize> = ids.data.iter().map(|id| *id as usize).collect();
        let mut shape = ids.shape.clone();
        shape.push(self.size(&op.width));
        let mut data = vec![0.0; shape.iter().product()];
        embedding::embedding(&indices, &table, self.weights.source(), &mut data);
        Value { shape, data }
    }

    /// A convolution of patches.
    pub(super) fn patches(&mut self, op: &PatchConv, image: Shared) -> Value {
        let frames = op.frames.as_ref().map_or(1, |frames| self.size(frames));
        // The frames of a channel lie side by side, as channels of their own would.
        let channels = self.size(&op.channels) * frames;
        let (side, stride) = (self.size(op.side()), self.size(&op.patch));
        let before = op.window.as_ref().map_or(0, |_| (side - 1) / 2);
        let squares = pool::Squares { side, stride, before };
        let (grid, width) = (self.grid(&op.grid), self.size(&op.width));
        let [batch, .., height, columns] = image.shape[..] else { return Value::default() };
        let inputs = channels * side * side;
        let shape = vec![batch, grid.0 * grid.1, inputs];
        let mut data = vec![0.0; shape.iter().product()];
        pool::patchify(&image.data, channels, (height, columns), squares, grid, &mut data);
        drop(image);
        let mut patches = Value { shape, data };
        if let Some(tokens) = &op.padded {
            patches = sequences::padded(&patches, self.size(tokens));
        }
        // The kernel as a matrix [width, channels·frames·patch²].
        let weight = Tensor { rows: width, columns: inputs, ..self.held[0].matrix(inputs) };
        let bias = op.bias.then(|| self.tensor(1, 0.0));
        let layout = linear::Layout::OutIn;
        let layer = linear::Linear { weight, layout, bias, inputs, outputs: width, first: 0 };
        self.project(&patches, layer)
    }

    /// A table of positions, added.
    pub(super) fn with_positions(&self, op: &AddTable, mut x: Value) -> Value {
        let width = self.size(&op.table.last());
        let tokens = x.shape.get(1).copied().unwrap_or(1);
        let tensor = self.tensor(0, 0.0);
        let fit = match &op.rows {
            // A decoder has a row for every token: the plan or the runner refuses it otherwise.
            TableRows::After(past) => {
                // Of a table that is read row by row only these rows are made.
                let first = self.size(past);
                let mut part = vec![0.0; tokens * width];
                let (rows, columns) = (first..first + tokens, 0..width);
                self.weights.source().fill(&tensor, rows, columns, Order::RowMajor, &mut part);
                elementwise::add_table(&mut x.data, tokens, &part, width, Fit::Rows { first: 0 });
                return x;
            }
            TableRows::Fitted => Fit::Interpolate,
            TableRows::ByAxis(grid) => Fit::ByAxis { grid: self.grid(grid) },
            TableRows::OfRow(grid) => Fit::OfRow { columns: self.grid(grid).1 },
            TableRows::OfColumn(grid) => Fit::OfColumn { columns: self.grid(grid).1 },
        };
        let table = self.weights.source().values(&tensor);
        elementwise::add_table(&mut x.data, tokens, &table, width, fit);
        x
    }

    /// Rotary positions.
    pub(super) fn turned(&self, op: &Rope, mut x: Value) -> Value {
        let head_dim = self.size(&op.head_dim);
        let tokens = x.shape.get(1).copied().unwrap_or(1);
        let width = x.shape.last().copied().unwrap_or(head_dim);
        let rotation = match &op.places {
            Places::Sequence { past } => {
                let turned = op.turned.as_ref().map_or(head_dim, |turned| self.size(turned));
                let frequencies = rope::frequencies(turned, THETA);
                rope::Rope::new(tokens, self.size(past), &frequencies)
            }
            Places::Grid { grid, first, alternating } => {
                let frequencies = rope::grid_frequencies(head_dim, THETA, *alternating);
                rope::Rope::of_grid(tokens, self.grid(grid), self.size(first), &frequencies)
            }
        };
        rotation.rotate(&mut x.data, (width / head_dim.max(1), head_dim));
        x
    }
}
