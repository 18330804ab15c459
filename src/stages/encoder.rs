//! The vision encoder: what a spec says of it, and what is designed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::faults::Faults;
use super::features::{FeatureJoin, FeatureLayers};
use super::joint_tiles::JointTiles;
use super::options::{
    BiasSpec, MlpKind, NormsPerBlock, Position, QkNorm, QkvStorage, RotaryFrequencies, TableStorage,
};
use super::stack::{Stack, VIT, say_stack, stack_of};
use super::windows::{self, FullBlocks, WindowedBlocks};
use crate::diag::{Code, Diagnostic};
use crate::ops::{ActivationKind, KernelStorage, NormKind};
use crate::units::{Amount, Size};

/// A vision transformer (ViT), its fields named as timm and open_clip name them. A size that is not
/// given stays a symbol.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Encoder", title = "Vision encoder")]
pub struct EncoderSpec {
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
    /// Whether the MLP of a block is plain (2 matrices) or gated (3); plain if not given.
    #[schemars(extend("default" = PLAIN.stack.mlp.kind))]
    pub mlp: Choice<MlpKind>,
    /// Activation of the MLP; gelu if not given.
    #[schemars(extend("default" = PLAIN.stack.mlp.activation))]
    pub activation: Choice<ActivationKind>,
    /// Normalisation of the blocks; LayerNorm if not given.
    #[schemars(extend("default" = PLAIN.stack.norm))]
    pub norm: Choice<NormKind>,
    /// Which linear layers of the blocks have biases: one answer, or one for each kind. All have
    /// one if it is not given.
    pub bias: BiasSpec,
    /// Whether the patch convolution has a bias (SigLIP has, CLIP has not); true if not given.
    #[schemars(extend("default" = PLAIN.patch_bias))]
    pub patch_bias: Choice<bool>,
    /// Whether the weight of the patch embedding is stored as a convolution's (`kernel`, as if not
    /// given) or as a linear layer's (`matrix`); it changes no count.
    #[schemars(extend("default" = PLAIN.patch_storage))]
    pub patch_storage: Choice<KernelStorage>,
    /// Whether the query, key and value projections are stored as three matrices or as one; it
    /// changes no count.
    #[schemars(extend("default" = PLAIN.stack.attention.qkv))]
    pub qkv: Choice<QkvStorage>,
    /// Normalisation of queries and keys before their product; none if not given.
    #[schemars(extend("default" = PLAIN.stack.attention.qk_norm))]
    pub qk_norm: Choice<QkNorm>,
    /// 2: one norm before each branch, as if it is not given. 4: one after it too.
    #[schemars(extend("default" = PLAIN.norms_per_block))]
    pub norms_per_block: Choice<NormsPerBlock>,
    /// Whether each branch is scaled per channel before it is added back (LayerScale, InternViT);
    /// false if not given.
    #[schemars(extend("default" = PLAIN.layer_scale))]
    pub layer_scale: Choice<bool>,
    /// Whether a class token (CLS) stands beside the patches: one more encoder-side token. False if
    /// not given.
    #[schemars(extend("default" = PLAIN.class_token))]
    pub class_token: Choice<bool>,
    /// Whether class and register tokens stand before the patches (`start`, as if not given) or after
    /// them (`end`, Llama 4); it changes no count.
    #[schemars(extend("default" = PLAIN.class_token_at))]
    pub class_token_at: Choice<End>,
    /// Register tokens, which stand beside the patches and carry no part of the image and no position
    /// (DINOv2); 0 if not given.
    #[schemars(example = 4)]
    #[schemars(extend("default" = PLAIN.registers))]
    pub registers: Choice<Amount>,
    /// How the encoder knows the order of its tokens: a learned table (if not given), rotary, both,
    /// or none.
    #[schemars(extend("default" = PLAIN.stack.position))]
    pub position: Choice<Position>,
    /// Frequencies of rotary positions for rows and columns: the same (as if not given), or in turns;
    /// it changes no count.
    #[schemars(extend("default" = PLAIN.rotary_frequencies))]
    pub rotary_frequencies: Choice<RotaryFrequencies>,
    /// Side of the windows, in patches, in which the tokens of a block see each other; every token
    /// sees all if it is not given. The grid is cut into windows from its first row and column on,
    /// and what is left over at the other edges makes smaller ones (Qwen2.5-VL: 8).
    #[schemars(example = 8)]
    pub window: Option<Size>,
    /// Among blocks with windows, those in which every token sees all, counted from 0 (Qwen2.5-VL:
    /// `[7, 15, 23, 31]`). If neither it nor `full_attention_every` is given, there are none.
    #[schemars(example = [7, 15, 23, 31])]
    pub full_attention: Option<Vec<Amount>>,
    /// Among blocks with windows, every n-th is one in which every token sees all; see
    /// `full_attention` if it is not given.
    #[schemars(example = 8)]
    pub full_attention_every: Option<Size>,
    /// How class token and position table are stored; it changes no count.
    #[schemars(extend("default" = PLAIN.table_storage))]
    pub table_storage: Choice<TableStorage>,
    /// Whether a norm stands before the first block (CLIP); false if not given.
    #[schemars(extend("default" = PLAIN.pre_norm))]
    pub pre_norm: Choice<bool>,
    /// Whether a norm follows the last block; true if not given.
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
    #[schemars(extend("default" = PLAIN.feature_join))]
    pub feature_join: Choice<FeatureJoin>,
    /// Which encoder-side tokens are handed to the bridge; the patches if not given.
    #[schemars(extend("default" = PLAIN.feature_select))]
    pub feature_select: Choice<FeatureSelect>,
    /// A head that is stored and runs though no bridge reads it; none if not given.
    #[schemars(extend("default" = PLAIN.head))]
    pub head: Choice<PooledHead>,
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

/// A head of the encoder beside the tokens that the bridge gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PooledHead {
    /// None.
    None,
    /// A learned vector asks the tokens, and an MLP follows (SigLIP with `vision_use_head`).
    AttentionPool,
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
    /// Side of a square patch in pixels.
    pub patch: Option<Size>,
    /// Frames of a patch; none if images have no axis for them.
    pub temporal_patch: Option<Size>,
    /// The blocks.
    pub stack: Stack,
    /// Whether the patch convolution has a bias.
    pub patch_bias: bool,
    /// How the weight of the patch embedding is stored.
    pub patch_storage: KernelStorage,
    /// Norms of a block.
    pub norms_per_block: NormsPerBlock,
    /// Whether each branch is scaled per channel before it is added back.
    pub layer_scale: bool,
    /// Whether a class token stands beside the patches.
    pub class_token: bool,
    /// Where class and register tokens stand.
    pub class_token_at: End,
    /// Register tokens.
    pub registers: Amount,
    /// Frequencies of rotary positions.
    pub rotary_frequencies: RotaryFrequencies,
    /// Windows of the blocks, if they have any.
    pub windows: Option<WindowedBlocks>,
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
    /// A head that no bridge reads.
    pub head: PooledHead,
    /// How the tiles of a picture are one sequence, if they are.
    pub joint_tiles: Option<JointTiles>,
}

/// The plain ViT of the textbook: what an encoder is of which nothing is said.
const PLAIN: Encoder = Encoder {
    patch: None,
    temporal_patch: None,
    stack: VIT,
    patch_bias: true,
    patch_storage: KernelStorage::Kernel,
    norms_per_block: NormsPerBlock::Two,
    layer_scale: false,
    class_token: false,
    class_token_at: End::Start,
    registers: Amount::of(0),
    rotary_frequencies: RotaryFrequencies::Shared,
    windows: None,
    table_storage: TableStorage::Flat,
    pre_norm: false,
    post_norm: true,
    feature_layer: None,
    feature_join: FeatureJoin::Concat,
    feature_select: FeatureSelect::Patches,
    head: PooledHead::None,
    joint_tiles: None,
};

impl EncoderSpec {
    /// The encoder that is described.
    pub fn design(&self, faults: &mut Faults) -> Encoder {
        let position = self.position(faults);
        Encoder {
            patch: self.patch,
            temporal_patch: self.temporal_patch,
            stack: Stack { position, ..stack_of!(self, PLAIN.stack) },
            patch_bias: self.patch_bias.unwrap_or(PLAIN.patch_bias),
            patch_storage: self.patch_storage.unwrap_or(PLAIN.patch_storage),
            norms_per_block: self.norms_per_block(faults),
            layer_scale: self.layer_scale.unwrap_or(PLAIN.layer_scale),
            class_token: self.class_token.unwrap_or(PLAIN.class_token),
            class_token_at: self.class_token_at.unwrap_or(PLAIN.class_token_at),
            rotary_frequencies: self.rotary_frequencies.unwrap_or(PLAIN.rotary_frequencies),
            windows: self.windows(faults),
            registers: self.registers.unwrap_or(PLAIN.registers),
            table_storage: self.table_storage.unwrap_or(PLAIN.table_storage),
            pre_norm: self.pre_norm.unwrap_or(PLAIN.pre_norm),
            post_norm: self.post_norm.unwrap_or(PLAIN.post_norm),
            feature_layer: self
                .feature_layer
                .as_ref()
                .map(|layers| layers.design(self.depth, faults)),
            feature_join: self.feature_join.unwrap_or(PLAIN.feature_join),
            feature_select: self.feature_select.unwrap_or(PLAIN.feature_select),
            head: self.head.unwrap_or(PLAIN.head),
            joint_tiles: self.joint_tiles(faults),
        }
    }

    /// How tiles are one sequence: whole, with learned positions.
    fn joint_tiles(&self, faults: &mut Faults) -> Option<JointTiles> {
        let joint = self.joint_tiles.clone()?;
        let mut fault = |text: String, help: &str| {
            faults.add("joint_tiles", Diagnostic::error(Code::Mismatch, text).help(help));
        };
        let has_table = self.position.unwrap_or(PLAIN.stack.position).table();
        let others = [
            ("window", self.window.is_some()),
            ("feature_layer", self.feature_layer.is_some()),
            ("registers", self.registers.unwrap_or(PLAIN.registers).get() > 0),
            ("head", self.head.unwrap_or(PLAIN.head) != PLAIN.head),
            ("position", has_table.is_none_or(|table| table.rows.is_some() || table.by_axis)),
        ];
        if let Some((field, _)) = others.iter().find(|(_, is_there)| *is_there) {
            let text = format!("`joint_tiles` has no room for `{field}`");
            let help = "take one of them out: layers beside the final features are its own field \
                        `beside`, its positions are learned, one for each token of a tile";
            fault(text, help);
            return None;
        }
        let deepest = joint.beside.iter().map(|layer| layer.get()).max();
        if let (Some(layer), Some(depth)) = (deepest, self.depth)
            && layer > depth.get()
        {
            let text = format!("an encoder of {depth} blocks has no layer {layer}");
            fault(text, "write layers from 0, the input of the first block, to their number");
            return None;
        }
        Some(joint)
    }

    /// The positions; a table by axis has no rows for tokens beside the patches.
    fn position(&self, faults: &mut Faults) -> Position {
        let position = self.position.unwrap_or(PLAIN.stack.position);
        let Some(table) = position.table().filter(|table| table.by_axis) else { return position };
        let mut fault = |code, text: &str, help: &str| {
            faults.add("position", Diagnostic::error(code, text).help(help));
        };
        if table.rows.is_none() {
            let text = "the rows of the tables by axis are not given";
            fault(Code::MissingField, text, "write `rows: 10240` beside `by_axis`, as Gemma 4");
        }
        let registers = self.registers.unwrap_or(PLAIN.registers).get();
        if self.class_token.unwrap_or(PLAIN.class_token) || registers > 0 {
            let text = "class and register tokens have no row and no column";
            fault(Code::Mismatch, text, "take `by_axis` out, or `class_token` and `registers`");
        }
        position
    }

    /// Norms of a block, which scaled branches have no room for.
    fn norms_per_block(&self, faults: &mut Faults) -> NormsPerBlock {
        let norms = self.norms_per_block.unwrap_or(PLAIN.norms_per_block);
        if norms == NormsPerBlock::One {
            let text = "1 norm per block is for two branches that read the same tokens";
            let help = "write 2, one norm before each branch, or 4, one after it too";
            faults.add("norms_per_block", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        if norms == NormsPerBlock::Four && self.layer_scale.unwrap_or(PLAIN.layer_scale) {
            let text = "4 norms per block and a layer scale both follow a branch";
            let help = "take one of them out: `norms_per_block: 2` or `layer_scale: false`";
            faults.add("norms_per_block", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        norms
    }

    /// The windows, in which no token stands beside the patches.
    fn windows(&self, faults: &mut Faults) -> Option<WindowedBlocks> {
        let said = windows::Said {
            side: self.window,
            full: self.full_attention.as_deref(),
            full_every: self.full_attention_every,
            depth: self.depth,
        };
        let windows = said.design(faults)?;
        let registers = self.registers.unwrap_or(PLAIN.registers).get();
        if self.class_token.unwrap_or(PLAIN.class_token) || registers > 0 {
            let text = "class and register tokens stand in no window of the patch grid";
            let help = "take `window` out, or `class_token` and `registers`";
            faults.add("window", Diagnostic::error(Code::Mismatch, text).help(help));
            return None;
        }
        let ends_early =
            self.feature_layer.as_ref().is_some_and(|layers| layers.single() != Some(-1));
        if self.depth.is_none() && ends_early && windows.full != FullBlocks::None {
            let text = "which of the blocks after the features have windows is not known";
            let help = "give `depth` beside `window` and `feature_layer`";
            faults.add("feature_layer", Diagnostic::error(Code::MissingField, text).help(help));
            return None;
        }
        Some(windows)
    }
}

impl From<&Encoder> for EncoderSpec {
    /// The section that says an encoder, every choice written.
    fn from(encoder: &Encoder) -> EncoderSpec {
        let mut section = EncoderSpec {
            patch: encoder.patch,
            temporal_patch: encoder.temporal_patch,
            patch_bias: encoder.patch_bias.into(),
            patch_storage: encoder.patch_storage.into(),
            norms_per_block: encoder.norms_per_block.into(),
            layer_scale: encoder.layer_scale.into(),
            class_token: encoder.class_token.into(),
            class_token_at: encoder.class_token_at.into(),
            registers: encoder.registers.into(),
            position: encoder.stack.position.into(),
            rotary_frequencies: encoder.rotary_frequencies.into(),
            window: encoder.windows.as_ref().map(|windows| windows.side),
            full_attention: encoder.windows.as_ref().and_then(|windows| match &windows.full {
                FullBlocks::Listed(numbers) => Some(numbers.clone()),
                FullBlocks::None | FullBlocks::Every(_) => None,
            }),
            full_attention_every: encoder.windows.as_ref().and_then(|windows| match windows.full {
                FullBlocks::Every(period) => Some(period),
                FullBlocks::None | FullBlocks::Listed(_) => None,
            }),
            table_storage: encoder.table_storage.into(),
            pre_norm: encoder.pre_norm.into(),
            post_norm: encoder.post_norm.into(),
            feature_layer: encoder.feature_layer.clone(),
            feature_join: encoder.feature_join.into(),
            feature_select: encoder.feature_select.into(),
            head: encoder.head.into(),
            joint_tiles: encoder.joint_tiles.clone(),
            ..EncoderSpec::default()
        };
        say_stack!(section, encoder.stack);
        section
    }
}
