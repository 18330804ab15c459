//! Sequences of tokens `[B, N, D]`, joined, cut and regrouped.

use crate::ops::Value;

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
