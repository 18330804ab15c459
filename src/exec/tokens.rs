//! Sequences of tokens `[B, N, D]`, joined, cut and regrouped.

use crate::ops::{Shared, Value};

/// Tokens `[B, N, D]` of a grid made into those of another, `times` as wide.
pub(super) fn regrouped(
    x: &Value,
    grid: (usize, usize),
    times: usize,
    kernel: impl Fn(&[f32], usize, &mut [f32]),
) -> Value {
    let [batch, _, width] = x.shape[..] else { return Value::default() };
    let shape = vec![batch, grid.0 * grid.1, width * times];
    let mut data = vec![0.0; shape.iter().product()];
    kernel(&x.data, width, &mut data);
    Value { shape, data }
}

/// Sequences `[B, N, D]` joined along N.
pub(super) fn joined(parts: &[&Value]) -> Value {
    let Some(first) = parts.first() else { return Value::default() };
    let batch = first.shape.first().copied().unwrap_or(1);
    let mut shape = first.shape.clone();
    if let Some(tokens) = shape.get_mut(1) {
        *tokens = parts.iter().map(|part| part.shape.get(1).copied().unwrap_or(0)).sum();
    }
    let mut data = Vec::with_capacity(parts.iter().map(|part| part.data.len()).sum());
    for sample in 0..batch {
        for part in parts {
            let each = part.data.len() / batch.max(1);
            data.extend_from_slice(&part.data[sample * each..(sample + 1) * each]);
        }
    }
    Value { shape, data }
}

/// The first tokens of each sample.
pub(super) fn first_tokens(x: &Value, count: usize) -> Value {
    tokens(x, |all| 0..count.min(all))
}

/// The last tokens of each sample.
pub(super) fn last_tokens(x: &Value, count: usize) -> Value {
    tokens(x, |all| all.saturating_sub(count)..all)
}

/// Some tokens of each sample of `[B, N, D]`.
fn tokens(x: &Value, pick: impl Fn(usize) -> std::ops::Range<usize>) -> Value {
    let [batch, all, width] = x.shape[..] else { return Value::default() };
    let picked = pick(all);
    let samples = x.data.chunks_exact((all * width).max(1));
    let data = samples.flat_map(|sample| &sample[picked.start * width..picked.end * width]);
    Value { shape: vec![batch, picked.len(), width], data: data.copied().collect() }
}

/// Values of the same tokens, `[.., D₁]`, `[.., D₂]`, … → `[.., D₁ + D₂ + …]`.
pub(super) fn side_by_side(parts: &[Shared]) -> Value {
    let Some(first) = parts.first() else { return Value::default() };
    let width = |part: &Value| part.shape.last().copied().unwrap_or(1);
    let mut shape = first.shape.clone();
    if let Some(last) = shape.last_mut() {
        *last = parts.iter().map(|part| width(part)).sum();
    }
    let rows = first.data.len() / width(first).max(1);
    let mut data = Vec::with_capacity(shape.iter().product());
    for row in 0..rows {
        for part in parts {
            data.extend_from_slice(&part.data[row * width(part)..][..width(part)]);
        }
    }
    Value { shape, data }
}

/// Some channels of each token.
pub(super) fn channels(x: &Value, offset: usize, width: usize) -> Value {
    let all = x.shape.last().copied().unwrap_or(1);
    let rows = x.data.chunks_exact(all.max(1)).map(|row| &row[offset..offset + width]);
    Value { shape: with_width(x, width), data: rows.flatten().copied().collect() }
}

/// Zeros after the values of each token, up to a width.
pub(super) fn widened(x: &Value, width: usize) -> Value {
    let own = x.shape.last().copied().unwrap_or(1);
    let shape = with_width(x, width);
    let mut data = vec![0.0; shape.iter().product()];
    for (out, x) in data.chunks_exact_mut(width.max(1)).zip(x.data.chunks_exact(own.max(1))) {
        out[..own].copy_from_slice(x);
    }
    Value { shape, data }
}

fn with_width(x: &Value, width: usize) -> Vec<usize> {
    let mut shape = x.shape.clone();
    if let Some(last) = shape.last_mut() {
        *last = width;
    }
    shape
}
