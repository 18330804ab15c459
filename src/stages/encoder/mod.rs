//! The vision encoder: what a spec says of it, and what is designed.

mod design;
mod parts;
mod said;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::features::{FeatureJoin, FeatureLayers};
use super::feed::{Feed, TowerFeedSpec};
use super::grid_mix::{GridMix, GridMixSpec};
use super::inner_merge::{InnerMerge, InnerMergeSpec};
use super::joint_tiles::JointTiles;
use super::neck::Neck;
use super::options::{
    BiasSpec, NormAt, NormsPerBlock, Position, QkNorm, QkvStorage, RotaryFrequencies, TableStorage,
};
use super::pooled_head::{HeadSpec, PooledHead};
use super::stack::{Stack, VIT};
use super::staged::{StageSpec, Staged};
use super::towers::{TowerJoin, TowerSpec};
use super::windows::{WindowEdges, WindowedBlocks};
use crate::ops::{ActivationKind, KernelStorage, NormKind};
use crate::units::{Amount, ImageSize, Size};

/// A vision transformer (ViT), its fields named as timm and open_clip name them. A size that is not
/// given stays a symbol.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Encoder", title = "Vision encoder")]
pub struct EncoderSpec {
    /// Several towers on the same image, each with the fields of an encoder, in place of the one
    /// that the fields beside it say (Prismatic: DINOv2 and SigLIP). One if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = serde_json::json!([{"patch": 14, "width": 1024}, {"patch": 14, "width": 1152}]))]
    pub towers: Option<Vec<TowerSpec>>,
    /// How the tokens of several towers join: by `channels` if not given, or one after the other.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = TowerJoin::Channels))]
    pub join: Choice<TowerJoin>,
    /// Stages, each on a smaller grid and wider than the one before, in place of the blocks of a ViT
    /// (ConvNeXt); none if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = serde_json::json!([{"width": 128, "depth": 3, "block": {"convnext": {}}}]))]
    pub stages: Option<Vec<StageSpec>>,
    /// The size that one of several towers sees the picture in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub image: Option<ImageSize>,
    /// Whether one of several towers reads what the one before it made.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(skip)]
    pub behind: Choice<bool>,
    /// Side of a square patch in pixels; a symbol if not given. The image's height and width must
    /// be multiples of it, or `image.remainder` says what happens to the remainder.
    #[schemars(example = 14)]
    pub patch: Option<Size>,
    /// Frames that a patch spans, which is then a block of pixels of several images (Qwen2-VL: 2; a
    /// single image is shown as often). The weight of the patch embedding has an axis for them; it
    /// has none, and a patch is of one image, if it is not given.
    #[schemars(example = 2)]
    pub temporal_patch: Option<Size>,
    /// Width of a token: the values that each has between blocks; a symbol if not given.
    #[schemars(example = 1024)]
    pub width: Option<Size>,
    /// Number of blocks; a symbol if not given.
    #[schemars(example = 24)]
    pub depth: Option<Size>,
    /// Attention heads of a block; a symbol if not given. They must divide `width` unless `head_dim`
    /// is given.
    #[schemars(example = 16)]
    pub heads: Option<Size>,
    /// Heads of keys and values, each shared by a group of query heads (grouped-query attention);
    /// as many as `heads` if not given.
    #[schemars(example = 16)]
    pub kv_heads: Option<Size>,
    /// Values of a query, key or value in one head; `width` / `heads` if not given.
    #[schemars(example = 64)]
    pub head_dim: Option<Size>,
    /// Width inside the MLP of a block; a symbol if not given.
    #[schemars(example = 4096)]
    pub mlp_width: Option<Size>,
    /// Whether the MLP of a block is plain (2 matrices), as if not given, or gated (3), or a mixture of
    /// experts takes its place.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.stack.mlp.kind))]
    pub mlp: Choice<TowerFeedSpec>,
    /// Activation of the MLP; gelu if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.stack.mlp.activation))]
    pub activation: Choice<ActivationKind>,
    /// Normalisation of the blocks; LayerNorm if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.stack.norm))]
    pub norm: Choice<NormKind>,
    /// Which linear layers of the blocks have biases: one answer, or one for each kind. All have
    /// one if it is not given.
    pub bias: BiasSpec,
    /// Whether the patch convolution has a bias (SigLIP has, CLIP has not); true if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.patch_bias))]
    pub patch_bias: Choice<bool>,
    /// Whether the weight of the patch embedding is stored as a convolution's (`kernel`, as if not
    /// given) or as a linear layer's (`matrix`); it changes no count.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.patch_storage))]
    pub patch_storage: Choice<KernelStorage>,
    /// Whether the query, key and value projections are stored as three matrices or as one; it
    /// changes no count.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.stack.attention.qkv))]
    pub qkv: Choice<QkvStorage>,
    /// Normalisation of queries and keys before their product; none if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.stack.attention.qk_norm))]
    pub qk_norm: Choice<QkNorm>,
    /// 2: one norm before each branch, as if it is not given. 4: one after it too.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.norms_per_block))]
    pub norms_per_block: Choice<NormsPerBlock>,
    /// Where a branch has its norm: before it if not given; `branch` is after it, before it is added
    /// (EVA-02's enormous one), `sum` after the addition. It changes no count.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.norm_at))]
    pub norm_at: Choice<NormAt>,
    /// Whether attention and MLP read the same tokens and are added together (ViT-22B); false if
    /// not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.parallel))]
    pub parallel: Choice<bool>,
    /// Whether a norm stands within the attention, before its output projection (EVA-02); false if
    /// not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.stack.attention.inner_norm))]
    pub attention_norm: Choice<bool>,
    /// Whether a norm stands within the MLP, before its last layer (EVA-02); false if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = false))]
    pub mlp_norm: Choice<bool>,
    /// Whether each branch is scaled per channel before it is added back (LayerScale, InternViT);
    /// false if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.layer_scale))]
    pub layer_scale: Choice<bool>,
    /// Whether a class token (CLS) stands beside the patches: one more encoder-side token. False if
    /// not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.class_token))]
    pub class_token: Choice<bool>,
    /// Whether class and register tokens stand before the patches (`start`, as if not given) or after
    /// them (`end`, Llama 4); it changes no count.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.class_token_at))]
    pub class_token_at: Choice<End>,
    /// Whether the class token has a row of the position table; true if not given. Without one it
    /// joins the patches after they got theirs (timm's `no_embed_class`).
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.class_position))]
    pub class_position: Choice<bool>,
    /// Whether a mask token is stored, which training alone reads (DINOv2); false if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.mask_token))]
    pub mask_token: Choice<bool>,
    /// Register tokens, which stand beside the patches and carry no part of the image and no position
    /// (DINOv2); 0 if not given. RADIO's class tokens are stored with its registers and have no
    /// position either: they count here.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(example = 4)]
    #[schemars(extend("default" = PLAIN.registers))]
    pub registers: Choice<Amount>,
    /// How the encoder knows the order of its tokens: a learned table (if not given), rotary, both,
    /// or none.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.stack.position))]
    pub position: Choice<Position>,
    /// Whether a query is also compared with how far rows and columns stand apart, by two tables of
    /// each block (SAM); false if not given. Tables are as long as the windows need, and of blocks
    /// without windows as the grid of the position table, or else of the image.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.relative_positions))]
    pub relative_positions: Choice<bool>,
    /// Frequencies of rotary positions for rows and columns: the same (as if not given), or in turns;
    /// it changes no count.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.rotary_frequencies))]
    pub rotary_frequencies: Choice<RotaryFrequencies>,
    /// Side of the windows, in patches, in which the tokens of a block see each other; every token
    /// sees all if it is not given. The grid is cut into windows from its first row and column on,
    /// and what is left over at the other edges makes smaller ones (Qwen2.5-VL: 8).
    #[schemars(example = 8)]
    pub window: Option<Size>,
    /// What stands at the edges of a grid that windows do not fill: `smaller` windows, if not given,
    /// or windows `padded` with zeros, which see and are seen (SAM).
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = WindowEdges::Smaller))]
    pub window_edges: Choice<WindowEdges>,
    /// Among blocks with windows, those in which every token sees all, counted from 0 (Qwen2.5-VL:
    /// `[7, 15, 23, 31]`). If neither it nor `full_attention_every` is given, there are none.
    #[schemars(example = [7, 15, 23, 31])]
    pub full_attention: Option<Vec<Amount>>,
    /// Among blocks with windows, every n-th is one in which every token sees all; see
    /// `full_attention` if it is not given.
    #[schemars(example = 8)]
    pub full_attention_every: Option<Size>,
    /// Blocks in which a gated convolution over the patch grid takes the place of attention (LFM3-VL);
    /// none if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = serde_json::json!({"blocks": [0, 1, 3]}))]
    pub convolution: Option<GridMixSpec>,
    /// How class token and position table are stored; it changes no count.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.table_storage))]
    pub table_storage: Choice<TableStorage>,
    /// Whether a norm stands before the first block (CLIP); false if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.pre_norm))]
    pub pre_norm: Choice<bool>,
    /// Whether a norm follows the last block; true if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.post_norm))]
    pub post_norm: Choice<bool>,
    /// After which block the features are taken, counted as transformers' `hidden_states`: 0 is
    /// the input of the first block, -1 the output of the last one (before the post-norm), -2 the
    /// one before. If it is not given, the encoder's final output, after the post-norm. LLaVA takes
    /// -2: the last block then runs for nothing and is reported as unused. A list takes the features
    /// of several layers, `[-2, -5, -8, -11, 6]` (VipLLaVA).
    #[schemars(example = -2)]
    pub feature_layer: Option<FeatureLayers>,
    /// How the features of several layers become one: side by side in each token, if it is not given,
    /// or added.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.feature_join))]
    pub feature_join: Choice<FeatureJoin>,
    /// Which encoder-side tokens are handed to the bridge; the patches if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = PLAIN.feature_select))]
    pub feature_select: Choice<FeatureSelect>,
    /// Between two blocks, windows of tokens become one token each, and the blocks that follow run
    /// on fewer (MiniCPM-V 4.6); none if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = serde_json::json!({"after": 6}))]
    pub merge: Option<InnerMergeSpec>,
    /// Convolutions on the features, after which the bridge reads them (SAM); none if not given.
    #[schemars(example = serde_json::json!({"width": 256}))]
    pub neck: Option<Neck>,
    /// A head that is stored though no bridge reads it: `attention-pool`, `average-pool`,
    /// `query-pool`, `class-token`, each with a projection if it has one; none if not given.
    #[serde(skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = HeadSpec::None))]
    pub head: Choice<HeadSpec>,
    /// Whether the tiles of a picture see each other, as one sequence (Llama 3.2 Vision); each is
    /// encoded by itself if it is not given.
    pub joint_tiles: Option<JointTiles>,
}

/// An end of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Before the first patch.
    Start,
    /// After the last patch.
    End,
}

/// Which encoder-side tokens are handed to the bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeatureSelect {
    /// The patches; class and register tokens are dropped.
    #[default]
    #[serde(alias = "default")]
    #[schemars(extend("x-other-names" = ["default"]))]
    Patches,
    /// All tokens.
    #[serde(alias = "full")]
    #[schemars(extend("x-other-names" = ["full"]))]
    All,
}

/// A vision encoder, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoder {
    /// The size that it sees the picture in, if that is not the size of a view.
    pub image: Option<ImageSize>,
    /// Whether it reads what the tower before it made, in place of patches.
    pub behind: bool,
    /// Side of a square patch in pixels.
    pub patch: Option<Size>,
    /// Frames of a patch; none if images have no axis for them.
    pub temporal_patch: Option<Size>,
    /// The blocks of a ViT.
    pub stack: Stack,
    /// What a block does with each token; the shape of an MLP in it is that of the stack's.
    pub feed: Feed,
    /// Stages, in place of these.
    pub staged: Option<Staged>,
    /// Whether the patch convolution has a bias.
    pub patch_bias: bool,
    /// How the weight of the patch embedding is stored.
    pub patch_storage: KernelStorage,
    /// Norms of a block.
    pub norms_per_block: NormsPerBlock,
    /// Where a branch has its norm.
    pub norm_at: NormAt,
    /// Whether both branches read the same tokens.
    pub parallel: bool,
    /// Whether each branch is scaled per channel before it is added back.
    pub layer_scale: bool,
    /// Whether a class token stands beside the patches.
    pub class_token: bool,
    /// Where class and register tokens stand.
    pub class_token_at: End,
    /// Whether the class token has a row of the position table.
    pub class_position: bool,
    /// Whether a mask token is stored.
    pub mask_token: bool,
    /// Register tokens.
    pub registers: Amount,
    /// Whether queries are compared with how far rows and columns stand apart.
    pub relative_positions: bool,
    /// Frequencies of rotary positions.
    pub rotary_frequencies: RotaryFrequencies,
    /// Windows of the blocks, if they have any.
    pub windows: Option<WindowedBlocks>,
    /// Blocks with a convolution in place of attention.
    pub convolution: Option<GridMix>,
    /// How class token and position table are stored.
    pub table_storage: TableStorage,
    /// Whether a norm stands before the first block.
    pub pre_norm: bool,
    /// Whether a norm follows the last block.
    pub post_norm: bool,
    /// After which block the features are taken, as transformers counts `hidden_states`; none is
    /// the final output, after the post-norm.
    pub feature_layer: Option<FeatureLayers>,
    /// How the features of several layers become one.
    pub feature_join: FeatureJoin,
    /// Which tokens are handed to the bridge.
    pub feature_select: FeatureSelect,
    /// A merge of tokens between two blocks.
    pub merge: Option<InnerMerge>,
    /// Convolutions on the features.
    pub neck: Option<Neck>,
    /// A head that no bridge reads.
    pub head: Option<PooledHead>,
    /// How the tiles of a picture are one sequence, if they are.
    pub joint_tiles: Option<JointTiles>,
}

/// The plain ViT of the textbook: what an encoder is of which nothing is said.
const PLAIN: Encoder = Encoder {
    image: None,
    behind: false,
    patch: None,
    temporal_patch: None,
    stack: VIT,
    feed: Feed::Dense(VIT.mlp.kind),
    staged: None,
    patch_bias: true,
    patch_storage: KernelStorage::Kernel,
    norms_per_block: NormsPerBlock::Two,
    norm_at: NormAt::Before,
    parallel: false,
    layer_scale: false,
    class_token: false,
    class_token_at: End::Start,
    class_position: true,
    mask_token: false,
    registers: Amount::of(0),
    relative_positions: false,
    rotary_frequencies: RotaryFrequencies::Shared,
    windows: None,
    convolution: None,
    table_storage: TableStorage::Flat,
    pre_norm: false,
    post_norm: true,
    feature_layer: None,
    feature_join: FeatureJoin::Concat,
    feature_select: FeatureSelect::Patches,
    merge: None,
    neck: None,
    head: None,
    joint_tiles: None,
};
