//! The vision encoder's part of the spec.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::options::{
    BiasSpec, Biases, MlpKind, Position, PositionTable, QkNorm, QkvStorage, TableStorage,
};
use crate::ops::{ActivationKind, NormKind};
use crate::units::{Amount, Size};

/// A vision transformer (ViT), its fields named as timm and open_clip name them. A size that is not
/// given stays a symbol.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "Vision encoder")]
pub struct Encoder {
    /// Side of a square patch in pixels; a symbol if not given. The image's height and width must be multiples of it, or
    /// `image.remainder` says what happens to the rest.
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
    pub mlp: MlpKind,
    /// Activation of the MLP; gelu if not given.
    pub activation: ActivationKind,
    /// Normalisation of the blocks; LayerNorm if not given.
    pub norm: NormKind,
    /// Which linear layers of the blocks have biases: one answer, or one for each kind. All have
    /// one if it is not given.
    pub bias: BiasSpec,
    /// Whether the patch convolution has a bias (SigLIP has, CLIP has not); true if not given.
    pub patch_bias: bool,
    /// Whether the query, key and value projections are stored as three matrices or as one; it
    /// changes no count.
    pub qkv: QkvStorage,
    /// Normalisation of queries and keys before their product; none if not given.
    pub qk_norm: QkNorm,
    /// Whether each branch is scaled per channel before it is added back (LayerScale, InternViT);
    /// false if not given.
    pub layer_scale: bool,
    /// Whether a class token (CLS) stands before the patches: one more encoder-side token. False if
    /// not given.
    pub class_token: bool,
    /// Register tokens, which stand beside the patches and carry no part of the image (DINOv2); 0 if
    /// not given.
    #[schemars(example = 4)]
    pub registers: Amount,
    /// How the encoder knows the order of its tokens: a learned table (if not given), rotary, or
    /// none.
    pub position: Position,
    /// How class token and position table are stored; it changes no count.
    pub table_storage: TableStorage,
    /// Whether a norm stands before the first block (CLIP); false if not given.
    pub pre_norm: bool,
    /// Whether a norm follows the last block; true if not given.
    pub post_norm: bool,
    /// After which block the features are taken, counted as transformers' `hidden_states`: 0 is
    /// the input of the first block, -1 the output of the last one (before the post-norm), -2 the
    /// one before. If it is not given, the encoder's final output, after the post-norm. LLaVA takes
    /// -2: the last block then runs for nothing and is reported as unused.
    #[schemars(example = -2)]
    pub feature_layer: Option<i64>,
    /// Which encoder-side tokens are handed to the bridge; the patches if not given.
    pub feature_select: FeatureSelect,
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

impl Encoder {
    /// Which linear layers of the blocks have biases.
    pub fn biases(&self) -> Biases {
        self.bias.or(Biases::all(true))
    }
}

impl Default for Encoder {
    /// The plain ViT of the textbook: patches only, LayerNorm, biases, a learned position table.
    fn default() -> Encoder {
        Encoder {
            patch: None,
            width: None,
            depth: None,
            heads: None,
            kv_heads: None,
            head_dim: None,
            mlp_width: None,
            mlp: MlpKind::Plain,
            activation: ActivationKind::Gelu,
            norm: NormKind::LayerNorm,
            bias: BiasSpec::default(),
            patch_bias: true,
            qkv: QkvStorage::Separate,
            qk_norm: QkNorm::None,
            layer_scale: false,
            class_token: false,
            registers: Amount::default(),
            position: Position::Learned(PositionTable::default()),
            table_storage: TableStorage::Flat,
            pre_norm: false,
            post_norm: true,
            feature_layer: None,
            feature_select: FeatureSelect::Patches,
        }
    }
}
