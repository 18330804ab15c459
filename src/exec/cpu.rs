//! The CPU as a [`Machine`]: operations on the kernels.

use std::collections::HashMap;
use std::sync::Arc;

use super::weights::{Inputs, WeightSource, tensor_id};
use crate::dim::{Dim, Sym, Symbols};
use crate::kernels::elementwise::{self, Fit};
use crate::kernels::linear::{self, linear};
use crate::kernels::{Counter, Order, Precision, Tensor};
use crate::kernels::{activation, attention, embedding, norm, pool, rope, tiles};
use crate::ops::{
    Activation, ActivationKind, AddTable, Attention, AvgPool, Embedding, Grid, Input, JoinTiles,
    KvCache, Layout, Learned, Linear, Machine, Norm, NormKind, ParamRole, PatchConv, Pick, Reshape,
    Rope, Scale, Shape, Shared, Slice, SpaceToDepth, Split, Value,
};

/// ε of LayerNorm, `torch.nn.LayerNorm`'s default.
const LAYER_NORM_EPSILON: f32 = 1e-5;
/// ε of RMSNorm, the default of most Llama-like models.
const RMS_NORM_EPSILON: f32 = 1e-6;
/// θ of rotary positions, Llama's.
const THETA: f64 = 10_000.0;

/// Keys and values of earlier steps, by the path of the operation that keeps them.
pub type Cache = HashMap<String, Value>;

/// A stored tensor that the current operation reads.
#[derive(Clone, Debug)]
pub struct Held {
    /// The path, the numbers of the rounds in it.
    pub path: String,
    /// The axes as stored.
    pub shape: Vec<usize>,
    /// Rows before those that are read.
    pub first: usize,
    /// What it is for.
    pub role: ParamRole,
}

impl Held {
    /// The tensor as a matrix `[rows, columns]`, a vector as one row, of random values around
    /// `mean`.
    fn tensor(&self, mean: f32) -> Tensor {
        let columns = self.shape.last().copied().unwrap_or(1);
        let rows = self.shape.iter().rev().skip(1).product();
        // Words are as large as what the blocks add to them.
        let std = if self.role == ParamRole::Words { 1.0 } else { 0.02 };
        Tensor { id: tensor_id(&self.path), rows, columns, mean, std }
    }

    /// The tensor of a product with so many inputs: its values keep their size from layer to layer.
    fn matrix(&self, inputs: usize) -> Tensor {
        #[expect(clippy::cast_precision_loss, reason = "a width is far below 2^24")]
        let spread = 1.0 / (inputs.max(1) as f32).sqrt();
        let tensor = self.tensor(0.0);
        if self.role == ParamRole::Matrix { Tensor { std: spread, ..tensor } } else { tensor }
    }
}

/// The machine, at one operation of a graph.
pub struct Cpu<'a> {
    /// Sizes of the graph that runs.
    pub symbols: &'a Symbols,
    /// Symbols with another value than the spec's: the tokens before a decode step.
    pub bindings: Vec<(Sym, i128)>,
    /// Values of weights.
    pub weights: &'a dyn WeightSource,
    /// Values from outside.
    pub inputs: &'a Inputs,
    /// Number format of the operands of linear layers.
    pub precision: Precision,
    /// FLOPs of the products that were really called.
    pub counter: Counter,
    /// The KV cache, if later steps need it.
    pub cache: Option<Cache>,
    /// Path of the scope of the current operation, rounds included.
    pub scope: String,
    /// Name of the current operation.
    pub name: String,
    /// Stored tensors that the current operation reads, in the order of its slots.
    pub held: Vec<Held>,
    /// Ids of an input of token ids are below this.
    pub ids: Option<usize>,
    /// Weights that were asked for and are not known.
    pub unknown: Vec<String>,
}

impl Cpu<'_> {
    /// A size; 0 where it is unknown, which the runner refuses beforehand.
    pub fn size(&self, dim: &Dim) -> usize {
        let value = self.symbols.eval_with(dim, &self.bindings).ok().flatten();
        value.and_then(|value| usize::try_from(value).ok()).unwrap_or(0)
    }

    /// A shape in numbers.
    pub fn shape(&self, shape: &Shape) -> Vec<usize> {
        shape.0.iter().map(|axis| self.size(axis)).collect()
    }

    /// The stored tensor in a slot of the current operation.
    fn tensor(&self, slot: usize, mean: f32) -> Tensor {
        self.held[slot].tensor(mean)
    }

    /// All values of the stored tensor in a slot.
    fn values(&self, slot: usize, mean: f32) -> Vec<f32> {
        self.weights.source().values(&self.tensor(slot, mean))
    }

    /// A linear layer of `rows` stored outputs, of which the ones from `first` on are used.
    fn project(&mut self, x: &Value, layer: linear::Linear) -> Value {
        let mut shape = x.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = layer.outputs;
        }
        let mut data = vec![0.0; shape.iter().product()];
        let source = self.weights.source();
        linear(&x.data, &layer, source, self.precision, &self.counter, &mut data);
        Value { shape, data }
    }

    fn grid(&self, grid: &Grid) -> (usize, usize) {
        (self.size(&grid.rows), self.size(&grid.columns))
    }
}

impl Machine for Cpu<'_> {
    fn input(&mut self, op: &Input) -> Value {
        let shape = self.shape(&op.shape);
        self.inputs.value(&format!("{}.{}", self.scope, self.name), &shape, self.ids)
    }

    fn learned(&mut self, op: &Learned) -> Value {
        let shape = [self.size(&op.batch), self.size(&op.rows), self.size(&op.width)];
        Value { shape: shape.to_vec(), data: self.values(0, 0.0).repeat(shape[0]) }
    }

    fn embedding(&mut self, op: &Embedding, ids: Shared) -> Value {
        let table = self.tensor(0, 0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole ids")]
        let indices: Vec<usize> = ids.data.iter().map(|id| *id as usize).collect();
        let mut shape = ids.shape.clone();
        shape.push(self.size(&op.width));
        let mut data = vec![0.0; shape.iter().product()];
        embedding::embedding(&indices, &table, self.weights.source(), &mut data);
        Value { shape, data }
    }

    fn patch_conv(&mut self, op: &PatchConv, image: Shared) -> Value {
        let (channels, patch) = (self.size(&op.channels), self.size(&op.patch));
        let (grid, width) = (self.grid(&op.grid), self.size(&op.width));
        let [batch, _, height, columns] = image.shape[..] else { return Value::default() };
        let inputs = channels * patch * patch;
        let shape = vec![batch, grid.0 * grid.1, inputs];
        let mut data = vec![0.0; shape.iter().product()];
        pool::patchify(&image.data, channels, (height, columns), patch, grid, &mut data);
        drop(image);
        // The kernel as a matrix [width, channels·patch²].
        let weight = Tensor { rows: width, columns: inputs, ..self.held[0].matrix(inputs) };
        let bias = op.bias.then(|| self.tensor(1, 0.0));
        let layout = linear::Layout::OutIn;
        let layer = linear::Linear { weight, layout, bias, inputs, outputs: width, first: 0 };
        self.project(&Value { shape, data }, layer)
    }

    fn linear(&mut self, op: &Linear, x: Shared) -> Value {
        let (inputs, outputs) = (self.size(&op.input), self.size(&op.output));
        let layout = match op.layout {
            Layout::OutIn => linear::Layout::OutIn,
            Layout::InOut => linear::Layout::InOut,
        };
        let (weight, first) = (self.held[0].matrix(inputs), self.held[0].first);
        let bias = op.bias.then(|| self.tensor(1, 0.0));
        self.project(&x, linear::Linear { weight, layout, bias, inputs, outputs, first })
    }

    fn norm(&mut self, op: &Norm, x: Shared) -> Value {
        let weight = self.values(0, 1.0);
        let mut data = vec![0.0; x.data.len()];
        match op.kind {
            NormKind::LayerNorm => {
                let bias = self.values(1, 0.0);
                let layer = norm::Norm::Layer { weight: &weight, bias: &bias };
                norm::norm(&x.data, &layer, LAYER_NORM_EPSILON, &mut data);
            }
            NormKind::RmsNorm => {
                let rms = norm::Norm::Rms { weight: &weight };
                norm::norm(&x.data, &rms, RMS_NORM_EPSILON, &mut data);
            }
        }
        Value { shape: x.shape.clone(), data }
    }

    fn activation(&mut self, op: &Activation, x: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        let kind = match op.kind {
            ActivationKind::Gelu => activation::Activation::Gelu,
            ActivationKind::GeluTanh => activation::Activation::GeluTanh,
            ActivationKind::QuickGelu => activation::Activation::QuickGelu,
            ActivationKind::Silu => activation::Activation::Silu,
            ActivationKind::Relu => activation::Activation::Relu,
            ActivationKind::Relu2 => activation::Activation::Relu2,
        };
        activation::activation(&mut x.data, kind);
        x
    }

    fn add(&mut self, x: Shared, y: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        elementwise::add(&mut x.data, &y.data);
        x
    }

    fn multiply(&mut self, x: Shared, y: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        elementwise::multiply(&mut x.data, &y.data);
        x
    }

    fn scale(&mut self, _: &Scale, x: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        let factors = self.values(0, 1.0);
        elementwise::scale_channels(&mut x.data, &factors);
        x
    }

    fn add_table(&mut self, op: &AddTable, x: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        let width = self.size(&op.table.last());
        let tokens = x.shape.get(1).copied().unwrap_or(1);
        let tensor = self.tensor(0, 0.0);
        // A decoder has a row for every token: the plan or the runner refuses it otherwise.
        let fit = match &op.past {
            Some(past) => Fit::Rows { first: self.size(past) },
            None => Fit::Interpolate,
        };
        // Of a table that is read row by row only these rows are made.
        let (table, fit) = match fit {
            Fit::Rows { first } => {
                let mut part = vec![0.0; tokens * width];
                let rows = first..first + tokens;
                self.weights.source().fill(&tensor, rows, 0..width, Order::RowMajor, &mut part);
                (part, Fit::Rows { first: 0 })
            }
            Fit::Interpolate => (self.weights.source().values(&tensor), fit),
        };
        elementwise::add_table(&mut x.data, tokens, &table, width, fit);
        x
    }

    fn rope(&mut self, op: &Rope, x: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        let head_dim = self.size(&op.head_dim);
        let tokens = x.shape.get(1).copied().unwrap_or(1);
        let width = x.shape.last().copied().unwrap_or(head_dim);
        let frequencies = rope::frequencies(head_dim, THETA);
        let rotation = rope::Rope::new(tokens, self.size(&op.past), &frequencies);
        rotation.rotate(&mut x.data, width / head_dim.max(1));
        x
    }

    fn attention(&mut self, op: &Attention, q: Shared, k: Shared, v: Shared) -> Value {
        let [batch, queries, _] = q.shape[..] else { return Value::default() };
        let keys = k.shape.get(1).copied().unwrap_or(0);
        let window = op.window.as_ref().map(|window| self.size(window));
        let sizes = attention::Attention {
            batch,
            queries,
            keys,
            heads: self.size(&op.heads),
            kv_heads: self.size(&op.kv_heads),
            head_dim: self.size(&op.head_dim),
            mask: op.causal.then_some(attention::Mask { past: keys - queries, window }),
        };
        let mut data = vec![0.0; q.data.len()];
        attention::attention(&q.data, &k.data, &v.data, &sizes, &self.counter, &mut data);
        Value { shape: q.shape.clone(), data }
    }

    fn kv_cache(&mut self, op: &KvCache, x: Shared) -> Value {
        let kept = self.size(&op.kept);
        let path = format!("{}.{}", self.scope, self.name);
        let Some(cache) = &mut self.cache else { return Arc::unwrap_or_clone(x) };
        let all = match cache.remove(&path) {
            None => Arc::unwrap_or_clone(x),
            Some(past) => joined(&[&past, &x]),
        };
        cache.insert(path, last_tokens(&all, kept));
        all
    }

    fn concat(&mut self, parts: Vec<Shared>) -> Value {
        joined(&parts.iter().map(|part| &**part).collect::<Vec<_>>())
    }

    fn slice(&mut self, op: &Slice, x: Shared) -> Value {
        let length = self.size(&op.length);
        if op.from_end { last_tokens(&x, length) } else { first_tokens(&x, length) }
    }

    fn join_tiles(&mut self, op: &JoinTiles, x: Shared, newline: Option<Shared>) -> Value {
        let pair = |(rows, columns): &(Dim, Dim)| (self.size(rows), self.size(columns));
        let joint = tiles::Joint {
            view: self.grid(&op.view),
            tiles: pair(&op.tiles),
            unpadded: pair(&op.unpadded),
            kept: pair(&op.kept),
        };
        let [batch, tokens, width] = x.shape[..] else { return Value::default() };
        let newline = newline.as_deref().map(|newline| &newline.data[..width]);
        let mut data = Vec::new();
        for views in x.data.chunks_exact((tokens * width).max(1)) {
            tiles::join(views, width, &joint, newline, &mut data);
        }
        let made = data.len() / (batch * width).max(1);
        Value { shape: vec![batch, made, width], data }
    }

    fn pick(&mut self, op: &Pick, x: Shared) -> Value {
        let length = self.size(&op.length);
        let [batch, all, width] = x.shape[..] else { return Value::default() };
        let samples = x.data.chunks_exact((all * width).max(1));
        let data = samples.flat_map(|sample| sample.iter().cycle().take(length * width));
        Value { shape: vec![batch, length, width], data: data.copied().collect() }
    }

    fn split(&mut self, op: &Split, x: Shared) -> Value {
        let (offset, width) = (self.size(&op.offset), self.size(&op.width));
        let all = x.shape.last().copied().unwrap_or(1);
        let mut shape = x.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = width;
        }
        let rows = x.data.chunks_exact(all).map(|row| &row[offset..offset + width]);
        Value { shape, data: rows.flatten().copied().collect() }
    }

    fn reshape(&mut self, op: &Reshape, x: Shared) -> Value {
        let shape = self.shape(&op.shape);
        Value { shape, data: Arc::unwrap_or_clone(x).data }
    }

    fn space_to_depth(&mut self, op: &SpaceToDepth, x: Shared) -> Value {
        let factor = self.size(&op.factor);
        let [batch, tokens, width] = x.shape[..] else { return Value::default() };
        let block = factor * factor;
        let mut data = vec![0.0; x.data.len()];
        pool::space_to_depth(&x.data, width, self.grid(&op.grid), factor, &mut data);
        Value { shape: vec![batch, tokens / block, width * block], data }
    }

    fn avg_pool(&mut self, op: &AvgPool, x: Shared) -> Value {
        let block = (self.size(&op.kernel.0), self.size(&op.kernel.1));
        let [batch, tokens, width] = x.shape[..] else { return Value::default() };
        let shape = vec![batch, tokens / (block.0 * block.1), width];
        let mut data = vec![0.0; shape.iter().product()];
        pool::average(&x.data, width, self.grid(&op.grid), block, &mut data);
        Value { shape, data }
    }
}

/// Sequences `[B, N, D]` joined along N.
fn joined(parts: &[&Value]) -> Value {
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

fn first_tokens(x: &Value, count: usize) -> Value {
    tokens(x, |all| 0..count.min(all))
}

fn last_tokens(x: &Value, count: usize) -> Value {
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
