//! The vision encoder: what a spec says of it, and what is designed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::faults::Faults;
use super::options::{BiasSpec, MlpKind, Position, QkNorm, QkvStorage, TableStorage};
use super::stack::{Stack, VIT, say_stack, stack_of};
use crate::diag::{Code, Diagnostic};
use crate::ops::{ActivationKind, NormKind};
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
    /// Whether the query, key and value projections are stored as three matrices or as one; it
    /// changes no count.
    #[schemars(extend("default" = PLAIN.stack.attention.qkv))]
    pub qkv: Choice<QkvStorage>,
    /// Normalisation of queries and keys before their product; none if not given.
    #[schemars(extend("default" = PLAIN.stack.attention.qk_norm))]
    pub qk_norm: Choice<QkNorm>,
    /// Whether each branch is scaled per channel before it is added back (LayerScale, InternViT);
    /// false if not given.
    #[schemars(extend("default" = PLAIN.layer_scale))]
    pub layer_scale: Choice<bool>,
    /// Whether a class token (CLS) stands before the patches: one more encoder-side token. False if
    /// not given.
    #[schemars(extend("default" = PLAIN.class_token))]
    pub class_token: Choice<bool>,
    /// Register tokens, which stand beside the patches and carry no part of the image and no position
    /// (DINOv2); 0 if not given.
    #[schemars(example = 4)]
    #[schemars(extend("default" = PLAIN.registers))]
    pub registers: Choice<Amount>,
    /// How the encoder knows the order of its tokens: a learned table (if not given), rotary, or
    /// none.
    #[schemars(extend("default" = PLAIN.stack.position))]
    pub position: Choice<Position>,
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
    /// -2: the last block then runs for nothing and is reported as unused.
    #[schemars(example = -2)]
    pub feature_layer: Option<i64>,
    /// Which encoder-side tokens are handed to the bridge; the patches if not given.
    #[schemars(extend("default" = PLAIN.feature_select))]
    pub feature_select: Choice<FeatureSelect>,
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
    /// The blocks.
    pub stack: Stack,
    /// Whether the patch convolution has a bias.
    pub patch_bias: bool,
    /// Whether each branch is scaled per channel before it is added back.
    pub layer_scale: bool,
    /// Whether a class token stands before the patches.
    pub class_token: bool,
    /// Register tokens.
    pub registers: Amount,
    /// How class token and position table are stored.
    pub table_storage: TableStorage,
    /// Whether a norm stands before the first block.
    pub pre_norm: bool,
    /// Whether a norm follows the last block.
    pub post_norm: bool,
    /// After which block the features are taken, as transformers counts `hidden_states`; none is
    /// the final output, after the post-norm.
    pub feature_layer: Option<i64>,
    /// Which tokens are handed to the bridge.
    pub feature_select: FeatureSelect,
}

/// The plain ViT of the textbook: what an encoder is of which nothing is said.
const PLAIN: Encoder = Encoder {
    patch: None,
    stack: VIT,
    patch_bias: true,
    layer_scale: false,
    class_token: false,
    registers: Amount::of(0),
    table_storage: TableStorage::Flat,
    pre_norm: false,
    post_norm: true,
    feature_layer: None,
    feature_select: FeatureSelect::Patches,
};

impl EncoderSpec {
    /// The encoder that is described.
    pub fn design(&self, faults: &mut Faults) -> Encoder {
        let position = self.position.unwrap_or(PLAIN.stack.position);
        Encoder {
            patch: self.patch,
            stack: Stack { position, ..stack_of!(self, PLAIN.stack) },
            patch_bias: self.patch_bias.unwrap_or(PLAIN.patch_bias),
            layer_scale: self.layer_scale.unwrap_or(PLAIN.layer_scale),
            class_token: self.class_token.unwrap_or(PLAIN.class_token),
            registers: self.registers.unwrap_or(PLAIN.registers),
            table_storage: self.table_storage.unwrap_or(PLAIN.table_storage),
            pre_norm: self.pre_norm.unwrap_or(PLAIN.pre_norm),
            post_norm: self.post_norm.unwrap_or(PLAIN.post_norm),
            feature_layer: self.feature_layer(faults),
            feature_select: self.feature_select.unwrap_or(PLAIN.feature_select),
        }
    }

    /// The selected feature layer, which must be one of the encoder's.
    fn feature_layer(&self, faults: &mut Faults) -> Option<i64> {
        let (layer, Some(depth)) = (self.feature_layer?, self.depth) else {
            return self.feature_layer;
        };
        let depth = i128::from(depth);
        if (-depth - 1..=depth).contains(&layer.into()) {
            return Some(layer);
        }
        let message = format!("an encoder of {depth} blocks has no feature layer {layer}");
        let diagnostic = Diagnostic::error(Code::OutOfRange, message).help(format!(
            "write -1 (after the last block) to -{}, or 0 (before the first) to {depth}",
            depth + 1
        ));
        faults.add("feature_layer", diagnostic);
        None
    }
}

impl From<&Encoder> for EncoderSpec {
    /// The section that says an encoder, every choice written.
    fn from(encoder: &Encoder) -> EncoderSpec {
        let mut section = EncoderSpec {
            patch: encoder.patch,
            patch_bias: encoder.patch_bias.into(),
            layer_scale: encoder.layer_scale.into(),
            class_token: encoder.class_token.into(),
            registers: encoder.registers.into(),
            position: encoder.stack.position.into(),
            table_storage: encoder.table_storage.into(),
            pre_norm: encoder.pre_norm.into(),
            post_norm: encoder.post_norm.into(),
            feature_layer: encoder.feature_layer,
            feature_select: encoder.feature_select.into(),
            ..EncoderSpec::default()
        };
        say_stack!(section, encoder.stack);
        section
    }
}
