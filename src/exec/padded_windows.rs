//! Operations of the CPU on windows of a grid, and attention with relative positions.

use super::cpu::Cpu;
use crate::kernels::grid_attention::{self, table_for};
use crate::ops::{GridAttention, PaddedWindows, Shared, Value};

/// Windows of a grid in numbers.
struct Windows {
    rows: usize,
    columns: usize,
    side: usize,
    across: usize,
    count: usize,
}

impl Windows {
    fn of(cpu: &Cpu<'_>, windows: &PaddedWindows) -> Windows {
        let [rows, columns, side] =
            [&windows.grid.rows, &windows.grid.columns, &windows.side].map(|dim| cpu.size(dim));
        let side = side.max(1);
        let across = columns.div_ceil(side);
        Windows { rows, columns, side, across, count: rows.div_ceil(side) * across }
    }

    /// For each token of the windows of a picture, in order, the token of the grid; none where the
    /// grid lacks it.
    fn tokens(&self) -> impl Iterator<Item = Option<usize>> {
        let Windows { rows, columns, side, across, count } = *self;
        (0..count * side * side).map(move |at| {
            let (window, within) = (at / (side * side), at % (side * side));
            let row = window / across * side + within / side;
            let column = window % across * side + within % side;
            (row < rows && column < columns).then_some(row * columns + column)
        })
    }
}

impl Cpu<'_> {
    /// Tokens of a grid by windows.
    pub(super) fn cut(&self, op: &PaddedWindows, x: &Value) -> Value {
        let windows = Windows::of(self, op);
        let [batch, tokens, width] = x.shape[..] else { return Value::default() };
        let mut data = Vec::with_capacity(batch * windows.count * windows.side.pow(2) * width);
        for sample in x.data.chunks_exact((tokens * width).max(1)) {
            for token in windows.tokens() {
                match token {
                    Some(token) => data.extend_from_slice(&sample[token * width..][..width]),
                    None => data.resize(data.len() + width, 0.0),
                }
            }
        }
        Value { shape: vec![batch * windows.count, windows.side.pow(2), width], data }
    }

    /// Tokens of windows by their grid.
    pub(super) fn join_windows(&self, op: &PaddedWindows, x: &Value) -> Value {
        let windows = Windows::of(self, op);
        let [all, tokens, width] = x.shape[..] else { return Value::default() };
        let (batch, each) = (all / windows.count.max(1), windows.rows * windows.columns);
        let mut data = vec![0.0; batch * each * width];
        let samples = x.data.chunks_exact((windows.count * tokens * width).max(1));
        for (sample, out) in samples.zip(data.chunks_exact_mut((each * width).max(1))) {
            for (token, from) in windows.tokens().zip(sample.chunks_exact(width)) {
                if let Some(token) = token {
                    out[token * width..][..width].copy_from_slice(from);
                }
            }
        }
        Value { shape: vec![batch, each, width], data }
    }

    /// Attention with relative positions.
    pub(super) fn attend_relative(&self, op: &GridAttention, read: &[Shared; 3]) -> Value {
        let (heads, head_dim) = (self.size(&op.heads), self.size(&op.head_dim));
        let sides = (self.size(&op.sides.0), self.size(&op.sides.1));
        let rows = table_for(&self.values(0, 0.0), head_dim, sides.0);
        let columns = table_for(&self.values(1, 0.0), head_dim, sides.1);
        let sizes = grid_attention::GridAttention { sides, heads, head_dim };
        let mut data = vec![0.0; read[0].data.len()];
        grid_attention::grid_attention(
            read.each_ref().map(|value| &value.data[..]),
            [&rows, &columns],
            &sizes,
            &self.counter,
            &mut data,
        );
        Value { shape: read[0].shape.clone(), data }
    }
}
