//! Operations of the CPU on tokens that form a grid.

use super::cpu::Cpu;
use super::sequences::regrouped;
use crate::dim::Dim;
use crate::kernels::convolution::{self, Windows};
use crate::kernels::linear::{self, Linear};
use crate::kernels::{Tensor, block_attention, deformable, pool, shares};
use crate::ops::{
    AdaptivePool, AvgPool, BlockAttention, Blocks, Deformable, Grid, GridConv, Interpolate, Shared,
    SpaceToDepth, Value,
};

impl Cpu<'_> {
    pub(super) fn grid(&self, grid: &Grid) -> (usize, usize) {
        (self.size(&grid.rows), self.size(&grid.columns))
    }

    pub(super) fn blocks(&self, blocks: &Blocks) -> pool::Blocks {
        let size = |(rows, columns): &(Dim, Dim)| (self.size(rows), self.size(columns));
        let (side, count) = (size(&blocks.side), size(&blocks.rows_columns));
        pool::Blocks { grid: self.grid(&blocks.grid), side, count }
    }

    /// Blocks of tokens folded into one.
    pub(super) fn fold(&self, op: &SpaceToDepth, x: &Value) -> Value {
        let blocks = self.blocks(&op.blocks);
        regrouped(x, blocks.count, blocks.tokens(), |x, width, out| {
            pool::space_to_depth(x, width, &blocks, out);
        })
    }

    /// Blocks of tokens averaged.
    pub(super) fn average(&self, op: &AvgPool, x: &Value) -> Value {
        let blocks = self.blocks(&op.blocks);
        let product = op.product.as_ref();
        let product =
            product.map(|product| (self.size(&product.tokens), self.size(&product.blocks)));
        regrouped(x, blocks.count, 1, |x, width, out| match product {
            None => pool::average(x, width, &blocks, out),
            Some(product) => shares::average(x, width, &blocks, product, &self.counter, out),
        })
    }

    /// An average for each place of another grid.
    pub(super) fn adapt(&self, op: &AdaptivePool, x: &Value) -> Value {
        let (from, to) = (self.grid(&op.from), self.grid(&op.to));
        regrouped(x, to, 1, |x, width, out| pool::adapt(x, width, from, to, out))
    }

    /// Tokens read at other places.
    pub(super) fn read_between(&self, op: &Interpolate, x: &Value) -> Value {
        let (from, to) = (self.grid(&op.from), self.grid(&op.to));
        regrouped(x, to, 1, |x, width, out| pool::interpolate(x, width, from, to, out))
    }

    /// A convolution: of one group, a product with its windows.
    pub(super) fn convolve(&mut self, op: &GridConv, x: Shared) -> Value {
        let windows = Windows {
            grid: self.grid(&op.from),
            count: self.grid(&op.to),
            side: self.size(&op.kernel),
            stride: self.size(&op.stride),
            padding: self.size(&op.padding),
        };
        let (groups, outputs) = (self.size(&op.groups), self.size(&op.output));
        if groups == 1 {
            let tokens = windows.side.pow(2);
            let flat = regrouped(&x, windows.count, tokens, |x, width, out| {
                convolution::unfold(x, width, &windows, out);
            });
            drop(x);
            let inputs = self.size(&op.input) * tokens;
            // The kernel as a matrix [width, channels·k²].
            let weight = Tensor { rows: outputs, columns: inputs, ..self.held[0].matrix(inputs) };
            let bias = op.bias.then(|| self.tensor(1, 0.0));
            let layout = linear::Layout::OutIn;
            return self.project(&flat, Linear { weight, layout, bias, inputs, outputs, first: 0 });
        }
        let kernel = self.values(0, 0.0);
        let [batch, _, width] = x.shape[..] else { return Value::default() };
        let shape = vec![batch, windows.count.0 * windows.count.1, outputs];
        let mut data = vec![0.0; shape.iter().product()];
        let kernel = (&kernel[..], groups);
        convolution::grouped(&x.data, width, &windows, kernel, &self.counter, &mut data);
        if op.bias {
            let bias = self.values(1, 0.0);
            for row in data.chunks_exact_mut(outputs.max(1)) {
                row.iter_mut().zip(&bias).for_each(|(value, bias)| *value += bias);
            }
        }
        Value { shape, data }
    }

    /// Attention within blocks.
    pub(super) fn attend_blocks(&self, op: &BlockAttention, [q, k, v]: [&Value; 3]) -> Value {
        let (heads, head_dim) = (self.size(&op.heads), self.size(&op.head_dim));
        let blocks = self.blocks(&op.blocks);
        let sizes = block_attention::BlockAttention { blocks, heads, head_dim };
        let mut data = vec![0.0; q.data.len()];
        let (k, v) = (&k.data, &v.data);
        block_attention::block_attention(&q.data, k, v, &sizes, &self.counter, &mut data);
        Value { shape: q.shape.clone(), data }
    }

    /// Attention to chosen places.
    pub(super) fn attend_places(&self, op: &Deformable, read: &[Shared; 4]) -> Value {
        let [values, _, scores, _] = read;
        let [batch, queries, _] = scores.shape[..] else { return Value::default() };
        let width = values.shape.last().copied().unwrap_or(1);
        let sizes = deformable::Deformable {
            grid: self.grid(&op.grid),
            queries,
            heads: self.size(&op.heads),
            points: self.size(&op.points),
            width,
        };
        let shape = vec![batch, queries, width];
        let mut data = vec![0.0; shape.iter().product()];
        deformable::deformable(read.each_ref().map(|value| &value.data[..]), &sizes, &mut data);
        Value { shape, data }
    }
}
