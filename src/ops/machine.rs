//! What executes operations.
//!
//! An operation says which method of a [`Machine`] it is; the machine does the arithmetic. So the
//! graph that is counted is the graph that runs, and an operation that nothing can execute does not
//! compile.

use std::sync::Arc;

use super::{
    Activation, AdaptivePool, AddRows, AddTable, AddToOthers, Attention, AvgPool, BlockAttention,
    CausalConv, ChannelAttention, CorrectStreams, Deformable, DeltaRule, Embedding, Experts,
    FromWindows, Gate, GridAttention, GridConv, Input, Interpolate, JoinTiles, KvCache,
    LatentAttention, Learned, Linear, MaskProduct, MixStreams, Norm, OfRound, Pad, PadIds,
    PatchConv, Pick, Recall, RelativeAttention, Reshape, Rope, Scale, Slice, SpaceToDepth, Split,
    TileTable, Times, ToWindows, Widen,
};

/// A real tensor: f32, row-major, innermost axis last. Token ids are whole numbers in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Value {
    /// The axes, outermost first.
    pub shape: Vec<usize>,
    /// As many values as the product of the axes.
    pub data: Vec<f32>,
}

/// A shared tensor; an operation that gets the last owner may change it in place.
pub type Shared = Arc<Value>;

/// Executes operations one by one, each on the values of its inputs.
pub trait Machine {
    /// Pixels, token ids, or what an earlier component made.
    fn input(&mut self, op: &Input) -> Value;
    /// A learned value, repeated for each sample.
    fn learned(&mut self, op: &Learned) -> Value;
    /// Rows of a table.
    fn embedding(&mut self, op: &Embedding, ids: Shared) -> Value;
    /// A convolution of patches.
    fn patch_conv(&mut self, op: &PatchConv, image: Shared) -> Value;
    /// A linear layer.
    fn linear(&mut self, op: &Linear, x: Shared) -> Value;
    /// A normalisation.
    fn norm(&mut self, op: &Norm, x: Shared) -> Value;
    /// An activation function.
    fn activation(&mut self, op: &Activation, x: Shared) -> Value;
    /// The sum of two tensors.
    fn add(&mut self, x: Shared, y: Shared) -> Value;
    /// The second tensor added to the first tokens of the first one.
    fn add_first(&mut self, x: Shared, y: Shared) -> Value;
    /// The product of two tensors, the second of which may have one token.
    fn multiply(&mut self, x: Shared, y: Shared) -> Value;
    /// Each value times a fixed number.
    fn times(&mut self, op: &Times, x: Shared) -> Value;
    /// Each token as large as another.
    fn same_size(&mut self, x: Shared, like: Shared) -> Value;
    /// Streams mixed by coefficients.
    fn mix_streams(&mut self, op: &MixStreams, x: Shared, mix: Shared) -> Value;
    /// Streams, what became of the first, and coefficients.
    fn correct_streams(&mut self, op: &CorrectStreams, inputs: [Shared; 3]) -> Value;
    /// The second tensor added to all streams of the first but one.
    fn add_to_others(&mut self, op: &AddToOthers, x: Shared, y: Shared) -> Value;
    /// Each token times a number of its own.
    fn multiply_each(&mut self, x: Shared, factors: Shared) -> Value;
    /// A learned factor per channel.
    fn scale(&mut self, op: &Scale, x: Shared) -> Value;
    /// A learned table of positions, added.
    fn add_table(&mut self, op: &AddTable, x: Shared) -> Value;
    /// A learned table with a row for several tokens each, added.
    fn add_rows(&mut self, op: &AddRows, x: Shared) -> Value;
    /// Rotary positions.
    fn rope(&mut self, op: &Rope, x: Shared) -> Value;
    /// The attention core on queries, keys and values.
    fn attention(&mut self, op: &Attention, q: Shared, k: Shared, v: Shared) -> Value;
    /// New keys or values after the cached ones.
    fn kv_cache(&mut self, op: &KvCache, x: Shared) -> Value;
    /// Sequences joined.
    fn concat(&mut self, parts: Vec<Shared>) -> Value;
    /// The tiles of a picture as one grid, with a learned newline after each row.
    fn join_tiles(&mut self, op: &JoinTiles, x: Shared, newline: Option<Shared>) -> Value;
    /// Values of the same tokens, side by side.
    fn side_by_side(&mut self, parts: Vec<Shared>) -> Value;
    /// A value put aside.
    fn keep(&mut self, x: Shared) -> Value;
    /// A part of a sequence.
    fn slice(&mut self, op: &Slice, x: Shared) -> Value;
    /// Tokens that something else chooses.
    fn pick(&mut self, op: &Pick, x: Shared) -> Value;
    /// A part of the channels.
    fn split(&mut self, op: &Split, x: Shared) -> Value;
    /// The part of the channels that belongs to the current round.
    fn of_round(&mut self, op: &OfRound, x: Shared) -> Value;
    /// Ids of words after those of other tokens.
    fn pad_ids(&mut self, op: &PadIds, ids: Shared) -> Value;
    /// The same values in another shape.
    fn reshape(&mut self, op: &Reshape, x: Shared) -> Value;
    /// Blocks of tokens folded into one.
    fn space_to_depth(&mut self, op: &SpaceToDepth, x: Shared) -> Value;
    /// Blocks of tokens averaged.
    fn avg_pool(&mut self, op: &AvgPool, x: Shared) -> Value;
    /// An average for each place of another grid.
    fn adaptive_pool(&mut self, op: &AdaptivePool, x: Shared) -> Value;
    /// A convolution over a grid of tokens.
    fn grid_conv(&mut self, op: &GridConv, x: Shared) -> Value;
    /// A grid of tokens read at other places.
    fn interpolate(&mut self, op: &Interpolate, x: Shared) -> Value;
    /// The attention core within blocks.
    fn block_attention(&mut self, op: &BlockAttention, q: Shared, k: Shared, v: Shared) -> Value;
    /// Values, offsets, scores and places: attention to chosen places of a grid.
    fn deformable(&mut self, op: &Deformable, read: [Shared; 4]) -> Value;
    /// A mixture of experts, by the scores of their router.
    fn experts(&mut self, op: &Experts, x: Shared, scores: Shared) -> Value;
    /// A convolution along the sequence.
    fn causal_conv(&mut self, op: &CausalConv, x: Shared) -> Value;
    /// The gated delta rule on queries, keys, values, decay and learning rate.
    fn delta_rule(&mut self, op: &DeltaRule, inputs: [Shared; 5]) -> Value;
    /// The attention core over latents.
    fn latent_attention(&mut self, op: &LatentAttention, inputs: [Shared; 4]) -> Value;
    /// The attention core with relative positions, on queries, keys and values.
    fn grid_attention(&mut self, op: &GridAttention, read: [Shared; 3]) -> Value;
    /// Attention of channels in their groups.
    fn channel_attention(&mut self, op: &ChannelAttention, read: [Shared; 3]) -> Value;
    /// A grid cut into windows.
    fn to_windows(&mut self, op: &ToWindows, x: Shared) -> Value;
    /// Windows as one grid again.
    fn leave_windows(&mut self, op: &FromWindows, x: Shared) -> Value;
    /// A value kept for later steps.
    fn hold(&mut self, x: Shared) -> Value;
    /// What was kept in the prefill.
    fn recall(&mut self, op: &Recall) -> Value;
    /// The attention core with biases by distance, on queries, keys and values.
    fn relative_attention(&mut self, op: &RelativeAttention, qkv: [Shared; 3]) -> Value;
    /// Values turned into shares.
    fn softmax(&mut self, x: Shared) -> Value;
    /// Zeros after the values of a token.
    fn widen(&mut self, op: &Widen, x: Shared) -> Value;
    /// A learned number, or its tanh, as a factor.
    fn gate(&mut self, op: &Gate, x: Shared) -> Value;
    /// Empty tokens after others.
    fn pad(&mut self, op: &Pad, x: Shared) -> Value;
    /// Learned vectors of tiles, added.
    fn tile_table(&mut self, op: &TileTable, x: Shared) -> Value;
    /// A mask of attention.
    fn mask_product(&mut self, op: &MaskProduct) -> Value;
}

/// The first of the inputs; an empty tensor where the graph gives none, which its shape check
/// then refuses.
pub(super) fn first(inputs: &mut Vec<Shared>) -> Shared {
    if inputs.is_empty() { Shared::default() } else { inputs.remove(0) }
}
