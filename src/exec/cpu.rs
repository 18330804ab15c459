//! The CPU as a [`Machine`]: operations on the kernels.

use std::collections::HashMap;
use std::sync::Arc;

use super::activations::kernel_of;
use super::experts::experts;
use super::held::Held;
use super::sequences::{self, first_tokens, joined, last_tokens, widened};
use super::states;
use super::weights::{Inputs, WeightSource};
use crate::dim::{Dim, Sym, Symbols};
use crate::kernels::elementwise;
use crate::kernels::linear::{self, linear};
use crate::kernels::{Counter, Precision, Tensor};
use crate::kernels::{activation, softmax, streams, tiles};
use crate::ops::{
    Activation, AdaptivePool, AddRows, AddTable, AddToOthers, Attention, AvgPool, BlockAttention,
    CausalConv, ChannelAttention, CorrectStreams, Deformable, DeltaRule, Embedding, Experts,
    FromWindows, Gate, GridAttention, GridConv, Input, Interpolate, JoinTiles, KvCache,
    LatentAttention, Layout, Learned, Linear, Machine, MaskProduct, MixStreams, Norm, OfRound, Pad,
    PadIds, PatchConv, Pick, Recall, RelativeAttention, Reshape, Rope, Scale, Shape, Shared, Slice,
    SpaceToDepth, Split, TileTable, Times, ToWindows, Value, Widen,
};

/// Keys and values of earlier steps, by the path of the operation that keeps them.
pub type Cache = HashMap<String, Value>;

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
    /// The number of the round around it.
    pub round: usize,
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
    pub(super) fn tensor(&self, slot: usize, mean: f32) -> Tensor {
        self.held[slot].tensor(mean)
    }

    /// All values of the stored tensor in a slot.
    pub(super) fn values(&self, slot: usize, mean: f32) -> Vec<f32> {
        self.weights.source().values(&self.tensor(slot, mean))
    }

    /// A linear layer of `rows` stored outputs, of which the ones from `first` on are used.
    pub(super) fn project(&mut self, x: &Value, layer: linear::Linear) -> Value {
        let mut shape = x.shape.clone();
        if let Some(last) = shape.last_mut() {
            *last = layer.outputs;
        }
        let mut data = vec![0.0; shape.iter().product()];
        let source = self.weights.source();
        linear(&x.data, &layer, source, self.precision, &self.counter, &mut data);
        Value { shape, data }
    }

    fn streams(&self, count: &Dim, width: &Dim) -> streams::Streams {
        streams::Streams { count: self.size(count), width: self.size(width) }
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
        self.looked_up(op, &ids)
    }

    fn patch_conv(&mut self, op: &PatchConv, image: Shared) -> Value {
        self.patches(op, image)
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
        self.normed(op, &x)
    }

    fn activation(&mut self, op: &Activation, x: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        activation::activation(&mut x.data, kernel_of(op.kind));
        x
    }

    fn add(&mut self, x: Shared, y: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        elementwise::add(&mut x.data, &y.data);
        x
    }

    fn add_first(&mut self, x: Shared, y: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        for (first, y) in sequences::firsts(&mut x, &y) {
            elementwise::add(first, y);
        }
        x
    }

    fn multiply(&mut self, x: Shared, y: Shared) -> Value {
        sequences::times(Arc::unwrap_or_clone(x), &y)
    }

    fn scale(&mut self, _: &Scale, x: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        let factors = self.values(0, 1.0);
        elementwise::scale_channels(&mut x.data, &factors);
        x
    }

    fn add_table(&mut self, op: &AddTable, x: Shared) -> Value {
        self.with_positions(op, Arc::unwrap_or_clone(x))
    }

    fn add_rows(&mut self, op: &AddRows, x: Shared) -> Value {
        self.with_rows(op, Arc::unwrap_or_clone(x))
    }

    fn rope(&mut self, op: &Rope, x: Shared) -> Value {
        self.turned(op, Arc::unwrap_or_clone(x))
    }

    fn attention(&mut self, op: &Attention, q: Shared, k: Shared, v: Shared) -> Value {
        self.attend(op, &q, &k, &v)
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

    fn side_by_side(&mut self, parts: Vec<Shared>) -> Value {
        sequences::side_by_side(&parts)
    }

    fn keep(&mut self, x: Shared) -> Value {
        (*x).clone()
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
            overlap: self.size(&op.overlap),
            unpadded: pair(&op.unpadded),
            kept: pair(&op.kept),
        };
        let [batch, tokens, width] = x.shape[..] else { return Value::default() };
        let newline = newline.as_deref().map(|newline| &newline.data[..width]);
        let data = tiles::join(&x.data, (tokens, width), &joint, newline);
        Value { shape: vec![batch, data.len() / (batch * width).max(1), width], data }
    }

    fn pick(&mut self, op: &Pick, x: Shared) -> Value {
        sequences::again(&x, self.size(&op.length))
    }

    fn split(&mut self, op: &Split, x: Shared) -> Value {
        let offset = self.size(&op.offset);
        sequences::channels(&x, offset..offset + self.size(&op.width))
    }

    fn of_round(&mut self, op: &OfRound, x: Shared) -> Value {
        let width = self.size(&op.width);
        sequences::channels(&x, self.round * width..(self.round + 1) * width)
    }

    fn pad_ids(&mut self, op: &PadIds, ids: Shared) -> Value {
        sequences::ids_of_all(&ids, self.size(&op.tokens), self.size(&op.rows))
    }

    fn reshape(&mut self, op: &Reshape, x: Shared) -> Value {
        let shape = self.shape(&op.shape);
        Value { shape, data: Arc::unwrap_or_clone(x).data }
    }

    fn space_to_depth(&mut self, op: &SpaceToDepth, x: Shared) -> Value {
        self.fold(op, &x)
    }

    fn avg_pool(&mut self, op: &AvgPool, x: Shared) -> Value {
        self.average(op, &x)
    }

    fn adaptive_pool(&mut self, op: &AdaptivePool, x: Shared) -> Value {
        self.adapt(op, &x)
    }

    fn grid_conv(&mut self, op: &GridConv, x: Shared) -> Value {
        self.convolve(op, x)
    }

    fn interpolate(&mut self, op: &Interpolate, x: Shared) -> Value {
        self.read_between(op, &x)
    }

    fn block_attention(&mut self, op: &BlockAttention, q: Shared, k: Shared, v: Shared) -> Value {
        self.attend_blocks(op, [&q, &k, &v])
    }

    fn deformable(&mut self, op: &Deformable, read: [Shared; 4]) -> Value {
        self.attend_places(op, &read)
    }

    fn grid_attention(&mut self, op: &GridAttention, read: [Shared; 3]) -> Value {
        self.attend_relative(op, &read)
    }

    fn channel_attention(&mut self, op: &ChannelAttention, read: [Shared; 3]) -> Value {
        self.attend_channels(op, &read)
    }

    fn to_windows(&mut self, op: &ToWindows, x: Shared) -> Value {
        self.cut(&op.0, &x)
    }

    fn leave_windows(&mut self, op: &FromWindows, x: Shared) -> Value {
        self.join_windows(&op.0, &x)
    }

    fn multiply_each(&mut self, x: Shared, factors: Shared) -> Value {
        sequences::times_each(Arc::unwrap_or_clone(x), &factors.data)
    }

    fn times(&mut self, op: &Times, x: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        x.data.iter_mut().for_each(|x| *x *= op.factor);
        x
    }

    fn same_size(&mut self, x: Shared, like: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        let width = x.shape.last().copied().unwrap_or(1).max(1);
        streams::same_size(&mut x.data, &like.data, width);
        x
    }

    fn mix_streams(&mut self, op: &MixStreams, x: Shared, mix: Shared) -> Value {
        let sizes = self.streams(&op.streams, &op.width);
        let mut data = vec![0.0; x.data.len()];
        streams::mix(&x.data, &mix.data, sizes, &self.counter, &mut data);
        Value { shape: x.shape.clone(), data }
    }

    fn correct_streams(&mut self, op: &CorrectStreams, [x, made, by]: [Shared; 3]) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        let sizes = self.streams(&op.streams, &op.width);
        streams::correct(&mut x.data, &made.data, &by.data, sizes);
        x
    }

    fn add_to_others(&mut self, op: &AddToOthers, x: Shared, y: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        let width = self.size(&op.width);
        let count = x.shape.last().copied().unwrap_or(1) / width.max(1);
        streams::add_to_others(&mut x.data, &y.data, streams::Streams { count, width });
        x
    }

    fn experts(&mut self, op: &Experts, x: Shared, scores: Shared) -> Value {
        experts(self, op, &x, Arc::unwrap_or_clone(scores))
    }

    fn causal_conv(&mut self, op: &CausalConv, x: Shared) -> Value {
        states::convolved(self, op, &x)
    }

    fn delta_rule(&mut self, op: &DeltaRule, inputs: [Shared; 5]) -> Value {
        states::delta(self, op, inputs)
    }

    fn latent_attention(&mut self, op: &LatentAttention, inputs: [Shared; 4]) -> Value {
        states::latent(self, op, inputs)
    }

    fn hold(&mut self, x: Shared) -> Value {
        states::held(self, Arc::unwrap_or_clone(x))
    }

    fn recall(&mut self, op: &Recall) -> Value {
        states::recalled(self, op)
    }

    fn relative_attention(&mut self, op: &RelativeAttention, qkv: [Shared; 3]) -> Value {
        states::relative(self, op, qkv)
    }

    fn softmax(&mut self, x: Shared) -> Value {
        let mut x = Arc::unwrap_or_clone(x);
        softmax::softmax(&mut x.data, x.shape.last().copied().unwrap_or(1));
        x
    }

    fn gate(&mut self, op: &Gate, x: Shared) -> Value {
        self.gated_by_one(op, Arc::unwrap_or_clone(x))
    }

    fn pad(&mut self, op: &Pad, x: Shared) -> Value {
        sequences::padded(&x, self.size(&op.tokens))
    }

    fn tile_table(&mut self, op: &TileTable, x: Shared) -> Value {
        self.with_tile_table(op, Arc::unwrap_or_clone(x))
    }

    fn mask_product(&mut self, op: &MaskProduct) -> Value {
        self.mask_of_product(op)
    }

    fn widen(&mut self, op: &Widen, x: Shared) -> Value {
        widened(&x, self.size(&op.width))
    }
}
