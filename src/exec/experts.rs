//! A mixture of experts on the CPU.

use super::cpu::Cpu;
use crate::kernels::linear::{Layout, Linear, linear};
use crate::kernels::{Order, Stored, Tensor, TensorId, softmax};
use crate::ops::{Experts, Value, Weights};

/// The tokens that an expert gets, each with its weight.
type Sent = Vec<(usize, f32)>;

/// The chosen experts of a token by their scores, best first, each with its weight, which is multiplied
/// with the expert's factor if they have some.
fn chosen(
    scores: &mut [f32],
    count: usize,
    weights: Weights,
    factors: &[f32],
) -> Vec<(usize, f32)> {
    if weights.softmax {
        softmax::softmax(scores, scores.len());
    } else {
        scores.iter_mut().for_each(|score| *score = 1.0 / (1.0 + (-*score).exp()));
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    order.truncate(count);
    let sum: f32 = order.iter().map(|expert| scores[*expert]).sum();
    let scale = if weights.normalized { 1.0 / sum } else { 1.0 };
    let factor = |expert: usize| factors.get(expert).copied().unwrap_or(1.0);
    order.into_iter().map(|expert| (expert, scores[expert] * scale * factor(expert))).collect()
}

/// Runs the experts: tokens `[B, N, D]` and scores `[B, N, E]` become `[B, N, D]`.
pub fn experts(cpu: &Cpu<'_>, op: &Experts, x: &Value, mut scores: Value) -> Value {
    let (width, hidden) = (cpu.size(&op.width), cpu.size(&op.hidden));
    let (all, count) = (cpu.size(&op.experts), cpu.size(&op.chosen));
    let factors = if op.weights.factors { cpu.values(0, 1.0) } else { Vec::new() };
    let matrices = usize::from(op.weights.factors);
    let runs_all = cpu.size(&op.runs) > count;
    let mut sent: Vec<Sent> = vec![Vec::new(); all];
    for (token, scores) in scores.data.chunks_exact_mut(all.max(1)).enumerate() {
        for (expert, weight) in chosen(scores, count, op.weights, &factors) {
            sent[expert].push((token, weight));
        }
    }
    let first = if op.gated { 2 * hidden } else { hidden };
    let mut out = vec![0.0; x.data.len()];
    for (expert, sent) in sent.iter().enumerate() {
        // Of experts that run on every token, what they make of the others weighs nothing.
        let tokens = if runs_all { x.data.len() / width.max(1) } else { sent.len() };
        let mut read = vec![0.0; tokens * width];
        for (at, (token, weight)) in sent.iter().enumerate() {
            let row = &mut read[at * width..][..width];
            row.copy_from_slice(&x.data[token * width..][..width]);
            if op.weights.of_inputs {
                row.iter_mut().for_each(|x| *x *= weight);
            }
        }
        let down = matrices + if op.bias { 2 } else { 1 };
        let inner = product(cpu, op, (matrices, op.bias), expert, &read, [width, first]);
        let inner = cpu.gated(op.activation, inner, hidden, op.gated);
        let made = product(cpu, op, (down, op.bias), expert, &inner, [hidden, width]);
        for ((token, weight), made) in sent.iter().zip(made.chunks_exact(width)) {
            let weight = if op.weights.of_inputs { 1.0 } else { *weight };
            let to = &mut out[token * width..][..width];
            to.iter_mut().zip(made).for_each(|(to, made)| *to += weight * made);
        }
    }
    Value { shape: x.shape.clone(), data: out }
}

/// One matrix of one expert on some rows.
fn product(
    cpu: &Cpu<'_>,
    op: &Experts,
    (slot, bias): (usize, bool),
    expert: usize,
    x: &[f32],
    [inputs, outputs]: [usize; 2],
) -> Vec<f32> {
    let (layout, rows, columns) = match op.transposed {
        false => (Layout::OutIn, outputs, inputs),
        true => (Layout::InOut, inputs, outputs),
    };
    let of_expert = |tensor: Tensor, rows: usize, columns: usize| {
        let mut values = vec![0.0; rows * columns];
        let place = expert * rows..(expert + 1) * rows;
        cpu.weights.source().fill(&tensor, place, 0..columns, Order::RowMajor, &mut values);
        values
    };
    let mut values = of_expert(cpu.held[slot].matrix(inputs), rows, columns);
    if bias {
        values.extend(of_expert(cpu.held[slot + 1].tensor(0.0), 1, outputs));
    }
    let weight = Tensor { id: TensorId(0), rows, columns, mean: 0.0, std: 0.0 };
    let layer = Linear { weight, layout, bias: None, inputs, outputs, first: 0 };
    let mut y = vec![0.0; x.len() / inputs.max(1) * outputs];
    let (matrix, bias) = values.split_at(rows * columns);
    linear(x, &layer, &Stored(matrix), cpu.precision, &cpu.counter, &mut y);
    if !bias.is_empty() {
        for row in y.chunks_exact_mut(outputs) {
            row.iter_mut().zip(bias).for_each(|(y, bias)| *y += bias);
        }
    }
    y
}
