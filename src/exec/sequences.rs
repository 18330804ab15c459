//! Sequences of tokens `[B, N, D]`, cut and joined.

use crate::kernels::elementwise;
use crate::ops::{Shared, Value};

/// Values times others, of which there may be those of one token for all.
pub fn times(mut x: Value, y: &Value) -> Value {
    if y.data.len() == x.data.len() {
        elementwise::multiply(&mut x.data, &y.data);
    } else {
        let tokens = x.shape.get(1).copied().unwrap_or(1);
        let width = x.shape.last().copied().unwrap_or(1);
        elementwise::multiply_tokens(&mut x.data, (tokens, width), &y.data);
    }
    x
}

/// Sequences `[B, N, D]` joined along N.
pub fn joined(parts: &[&Value]) -> Value {
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
pub fn first_tokens(x: &Value, count: usize) -> Value {
    tokens(x, |all| 0..count.min(all))
}

/// The last tokens of each sample.
pub fn last_tokens(x: &Value, count: usize) -> Value {
    tokens(x, |all| all.saturating_sub(count)..all)
}

/// Each sample with tokens of zeros after its own, so many together.
pub fn padded(x: &Value, count: usize) -> Value {
    let [batch, all, width] = x.shape[..] else { return Value::default() };
    let mut data = Vec::with_capacity(batch * count * width);
    for sample in x.data.chunks_exact((all * width).max(1)) {
        data.extend_from_slice(sample);
        data.resize(data.len() + count.saturating_sub(all) * width, 0.0);
    }
    Value { shape: vec![batch, count.max(all), width], data }
}

/// Each token times a number of its own.
pub fn times_each(mut x: Value, factors: &[f32]) -> Value {
    let width = x.shape.last().copied().unwrap_or(1).max(1);
    for (token, factor) in x.data.chunks_exact_mut(width).zip(factors) {
        token.iter_mut().for_each(|x| *x *= factor);
    }
    x
}

/// Some tokens of each sample of `[B, N, D]`.
fn tokens(x: &Value, pick: impl Fn(usize) -> std::ops::Range<usize>) -> Value {
    let [batch, all, width] = x.shape[..] else { return Value::default() };
    let picked = pick(all);
    let samples = x.data.chunks_exact((all * width).max(1));
    let data = samples.flat_map(|sample| &sample[picked.start * width..picked.end * width]);
    Value { shape: vec![batch, picked.len(), width], data: data.copied().collect() }
}

/// So many tokens of each sample, which begin again where there are fewer.
pub fn again(x: &Value, count: usize) -> Value {
    let [batch, all, width] = x.shape[..] else { return Value::default() };
    let samples = x.data.chunks_exact((all * width).max(1));
    let data = samples.flat_map(|sample| sample.iter().cycle().take(count * width));
    Value { shape: vec![batch, count, width], data: data.copied().collect() }
}

/// Some channels of each token.
pub fn channels(x: &Value, picked: std::ops::Range<usize>) -> Value {
    let all = x.shape.last().copied().unwrap_or(1);
    let mut shape = x.shape.clone();
    if let Some(last) = shape.last_mut() {
        *last = picked.len();
    }
    let rows = x.data.chunks_exact(all).map(|row| &row[picked.clone()]);
    Value { shape, data: rows.flatten().copied().collect() }
}

/// Ids of so many tokens, of which the words are the last: those of the others, and of words that are not
/// below `rows`, are 0.
pub fn ids_of_all(words: &Value, tokens: usize, rows: usize) -> Value {
    let [batch, text] = words.shape[..] else { return Value::default() };
    let known = |id: &f32| if (*id as usize) < rows { *id } else { 0.0 };
    let samples = words.data.chunks_exact(text.max(1));
    let data = samples
        .flat_map(|ids| std::iter::repeat_n(0.0, tokens - text).chain(ids.iter().map(known)));
    Value { shape: vec![batch, tokens], data: data.collect() }
}

/// Values of the same tokens, `[B, N, D₁]` and `[B, N, D₂]` …, side by side.
pub fn side_by_side(parts: &[Shared]) -> Value {
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

/// The first tokens of each sample of one value, as many as another has, beside the other's.
pub fn firsts<'a>(
    all: &'a mut Value,
    others: &'a Value,
) -> impl Iterator<Item = (&'a mut [f32], &'a [f32])> {
    let batch = all.shape.first().copied().unwrap_or(1).max(1);
    let each = (all.data.len() / batch).max(1);
    let other = (others.data.len() / batch).max(1);
    let samples = all.data.chunks_exact_mut(each).zip(others.data.chunks_exact(other));
    samples.map(|(all, other)| (&mut all[..other.len()], other))
}

/// Tokens `[B, N, D]` of a grid made into those of another, `times` as wide.
pub fn regrouped(
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

/// Zeros after the values of each token, up to a width.
pub fn widened(x: &Value, width: usize) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn value(shape: [usize; 3], data: &[f32]) -> Value {
        Value { shape: shape.to_vec(), data: data.to_vec() }
    }

    #[test]
    fn tokens_side_by_side() {
        let x = value([1, 2, 2], &[1.0, 2.0, 3.0, 4.0]);
        let y = value([1, 2, 1], &[5.0, 6.0]);
        let made = side_by_side(&[x.clone().into(), y.into(), x.into()]);
        let data = [1.0, 2.0, 5.0, 1.0, 2.0, 3.0, 4.0, 6.0, 3.0, 4.0];
        assert_eq!(made, value([1, 2, 5], &data));
    }

    #[test]
    fn first_tokens_of_each_sample() {
        let mut x = value([2, 3, 1], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let y = value([2, 2, 1], &[10.0, 20.0, 30.0, 40.0]);
        for (first, y) in firsts(&mut x, &y) {
            first.iter_mut().zip(y).for_each(|(x, y)| *x += y);
        }
        assert_eq!(x.data, [11.0, 22.0, 3.0, 34.0, 45.0, 6.0]);
    }
}
