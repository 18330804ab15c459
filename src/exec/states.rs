//! Layers that keep a state, and latents, on the CPU.

use super::cpu::Cpu;
use crate::kernels::causal_conv::{self, causal_conv};
use crate::kernels::delta_rule::{self, Said, delta_rule};
use crate::kernels::latent_attention::{self, latent_attention};
use crate::kernels::linear::{Layout, Linear, linear};
use crate::kernels::relative_attention::{self, relative_attention};
use crate::kernels::{Stored, Tensor, TensorId};
use crate::ops::{
    CHUNK, CausalConv, DeltaRule, LatentAttention, Recall, RelativeAttention, Shared, Value,
};

/// A convolution along the sequence; the last places stay.
pub fn convolved(cpu: &mut Cpu<'_>, op: &CausalConv, x: &Value) -> Value {
    let [batch, tokens, channels] = x.shape[..] else { return Value::default() };
    let kernel = cpu.size(&op.kernel);
    let weight = cpu.values(0, 0.0);
    let mut kept = cpu.state(&[batch, kernel, channels]);
    let mut data = vec![0.0; x.data.len()];
    let sizes = causal_conv::CausalConv { tokens, channels, kernel };
    let (state, counter) = (&mut kept.data, &cpu.counter);
    causal_conv(&x.data, &weight, state, &sizes, op.continues, counter, &mut data);
    if op.bias {
        let bias = cpu.values(1, 0.0);
        for row in data.chunks_exact_mut(channels) {
            row.iter_mut().zip(&bias).for_each(|(x, bias)| *x += bias);
        }
    }
    cpu.keep_state(kept);
    Value { shape: x.shape.clone(), data }
}

/// The gated delta rule; the states stay.
pub fn delta(cpu: &mut Cpu<'_>, op: &DeltaRule, [q, k, v, a, b]: [Shared; 5]) -> Value {
    let [batch, tokens, _] = v.shape[..] else { return Value::default() };
    let (heads, key_heads) = (cpu.size(&op.heads), cpu.size(&op.key_heads));
    let (key_dim, value_dim) = (cpu.size(&op.key_dim), cpu.size(&op.value_dim));
    let (bias, log) = (cpu.values(0, 0.0), cpu.values(1, 0.0));
    let softplus = |x: f32| if x > 20.0 { x } else { x.exp().ln_1p() };
    let decay = a.data.chunks_exact(heads).flat_map(|row| {
        let of_heads = row.iter().zip(&bias).zip(&log);
        of_heads.map(|((a, bias), log)| -log.exp() * softplus(a + bias))
    });
    let decay: Vec<f32> = decay.collect();
    let rate: Vec<f32> = b.data.iter().map(|b| 1.0 / (1.0 + (-b).exp())).collect();
    let mut kept = cpu.state(&[batch, heads, key_dim, value_dim]);
    let chunk = op.chunks.is_some().then_some(CHUNK as usize);
    let sizes = delta_rule::DeltaRule { heads, key_heads, key_dim, value_dim, chunk };
    let mut data = vec![0.0; v.data.len()];
    let of_sample = |x: &[f32], at: usize| -> std::ops::Range<usize> {
        let each = x.len() / batch.max(1);
        at * each..(at + 1) * each
    };
    let states = kept.data.chunks_exact_mut((heads * key_dim * value_dim).max(1));
    let outs = data.chunks_exact_mut((tokens * heads * value_dim).max(1));
    for (at, (state, out)) in states.zip(outs).enumerate() {
        let said = Said {
            q: &q.data[of_sample(&q.data, at)],
            k: &k.data[of_sample(&k.data, at)],
            v: &v.data[of_sample(&v.data, at)],
            decay: &decay[of_sample(&decay, at)],
            rate: &rate[of_sample(&rate, at)],
        };
        delta_rule(&said, &sizes, state, &cpu.counter, out);
    }
    cpu.keep_state(kept);
    Value { shape: v.shape.clone(), data }
}

/// Attention over latents, expanded or not.
pub fn latent(cpu: &Cpu<'_>, op: &LatentAttention, inputs: [Shared; 4]) -> Value {
    let [own, turned, expanded, shared] = inputs;
    let [batch, queries, _] = own.shape[..] else { return Value::default() };
    let keys = shared.shape.get(1).copied().unwrap_or(0);
    let heads = cpu.size(&op.heads);
    let [n, r, v] = [&op.own, &op.shared, &op.value].map(|dim| cpu.size(dim));
    let mut sizes = latent_attention::LatentAttention {
        queries,
        keys,
        heads,
        own: n,
        shared: r,
        value: v,
        scaled_by: n + r,
    };
    let shape = vec![batch, queries, heads * v];
    let mut data = vec![0.0; shape.iter().product()];
    let Some(size) = &op.absorbed else {
        let inputs = [&own, &turned, &expanded, &shared].map(|value| &*value.data);
        latent_attention(inputs, &sizes, &cpu.counter, &mut data);
        return Value { shape, data };
    };
    // A head's rows of the matrix: those that make its key, then those that make its value.
    let size = cpu.size(size);
    let matrix = cpu.weights.source().values(&cpu.held[0].matrix(size));
    let of_head = |head: usize, first: usize, rows: usize| {
        &matrix[(head * (n + v) + first) * size..][..rows * size]
    };
    let product = |x: &[f32], matrix: &[f32], layout, inputs, outputs| {
        let (rows, columns) = match layout {
            Layout::OutIn => (outputs, inputs),
            Layout::InOut => (inputs, outputs),
        };
        let weight = Tensor { id: TensorId(0), rows, columns, mean: 0.0, std: 0.0 };
        let layer = Linear { weight, layout, bias: None, inputs, outputs, first: 0 };
        let mut y = vec![0.0; outputs];
        linear(x, &layer, &Stored(matrix), cpu.precision, &cpu.counter, &mut y);
        y
    };
    let absorbed =
        own.data.chunks_exact(n).enumerate().flat_map(|(at, query)| {
            product(query, of_head(at % heads, 0, n), Layout::InOut, n, size)
        });
    let absorbed: Vec<f32> = absorbed.collect();
    // Every head meets the same latents, as keys and as values.
    let every = expanded
        .data
        .chunks_exact(size)
        .flat_map(|latent| std::iter::repeat_n([latent, latent].concat(), heads).flatten());
    let every: Vec<f32> = every.collect();
    (sizes.own, sizes.value) = (size, size);
    let mut mixed = vec![0.0; batch * queries * heads * size];
    let inputs = [&absorbed[..], &turned.data, &every, &shared.data];
    latent_attention(inputs, &sizes, &cpu.counter, &mut mixed);
    let made = mixed
        .chunks_exact(size)
        .enumerate()
        .flat_map(|(at, mixed)| product(mixed, of_head(at % heads, n, v), Layout::OutIn, size, v));
    Value { shape, data: made.collect() }
}

/// Attention with biases by distance.
pub fn relative(cpu: &Cpu<'_>, op: &RelativeAttention, [q, k, v]: [Shared; 3]) -> Value {
    let [_, queries, width] = q.shape[..] else { return Value::default() };
    let heads = cpu.size(&op.heads);
    let sizes = relative_attention::RelativeAttention {
        queries,
        keys: k.shape.get(1).copied().unwrap_or(0),
        heads,
        head_dim: width / heads.max(1),
        buckets: cpu.size(&op.buckets),
        causal: op.causal,
    };
    let table = cpu.values(0, 0.0);
    let mut data = vec![0.0; q.data.len()];
    let qkv = [&q, &k, &v].map(|value| &*value.data);
    relative_attention(qkv, &table, &sizes, &cpu.counter, &mut data);
    Value { shape: q.shape.clone(), data }
}

/// A value that later steps read again.
pub fn held(cpu: &mut Cpu<'_>, x: Value) -> Value {
    cpu.keep_state(x.clone());
    x
}

/// What was kept in the prefill; it stays.
pub fn recalled(cpu: &mut Cpu<'_>, op: &Recall) -> Value {
    let shape = cpu.shape(&op.shape);
    let kept = cpu.state(&shape);
    held(cpu, kept)
}

impl Cpu<'_> {
    /// The state that the operation kept in the step before; zeros at the start.
    fn state(&mut self, shape: &[usize]) -> Value {
        let path = format!("{}.{}", self.scope, self.name);
        let kept = self.cache.as_mut().and_then(|cache| cache.remove(&path));
        let zeros = || Value { shape: shape.to_vec(), data: vec![0.0; shape.iter().product()] };
        kept.unwrap_or_else(zeros)
    }

    /// Keeps a state for the next step.
    fn keep_state(&mut self, state: Value) {
        let path = format!("{}.{}", self.scope, self.name);
        if let Some(cache) = &mut self.cache {
            cache.insert(path, state);
        }
    }
}
