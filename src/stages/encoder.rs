//! The vision encoder's part of the spec.

use serde::{Deserialize, Serialize};

use super::options::{
    BiasSpec, Biases, MlpKind, Position, PositionTable, QkNorm, QkvStorage, TableStorage,
};
use crate::ops::{ActivationKind, NormKind};
use crate::yaml::{Amount, Size};

/// The vision encoder. A size that is not given stays a symbol.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Encoder {
    /// Side of a patch in pixels.
    pub patch: Option<Size>,
    /// Width of a token.
    pub width: Option<Size>,
    /// Number of blocks.
    pub depth: Option<Size>,
    /// Attention heads.
    pub heads: Option<Size>,
    /// KV heads; as many as heads if not given.
    pub kv_heads: Option<Size>,
    /// Size of a head; width / heads if not given.
    pub head_dim: Option<Size>,
    /// Width inside the MLP.
    pub mlp_width: Option<Size>,
    /// Plain or gated MLP.
    pub mlp: MlpKind,
    /// Activation of the MLP.
    pub activation: ActivationKind,
    /// LayerNorm or RMSNorm.
    pub norm: NormKind,
    /// Which linear layers of the blocks have biases; all if not given.
    pub bias: BiasSpec,
    /// Whether the patch convolution has a bias (SigLIP has, CLIP has not).
    pub patch_bias: bool,
    /// Whether q, k and v are stored as one matrix.
    pub qkv: QkvStorage,
    /// Norms of queries and keys.
    pub qk_norm: QkNorm,
    /// Whether each branch is scaled per channel before it is added back.
    pub layer_scale: bool,
    /// Whether a class token (CLS) stands before the patches.
    pub class_token: bool,
    /// Register tokens before the patches.
    pub registers: Amount,
    /// Learned table, rotary, or none.
    pub position: Position,
    /// How class token and position table are stored.
    pub table_storage: TableStorage,
    /// Whether a norm stands before the first block (CLIP).
    pub pre_norm: bool,
    /// Whether a norm follows the last block.
    pub post_norm: bool,
    /// After which block the features are taken, counted as transformers' `hidden_states`: 0 is
    /// the input of the first block, -1 the output of the last one (before the post-norm), -2 the
    /// one before. If it is not given, the encoder's final output, after the post-norm.
    pub feature_layer: Option<i64>,
    /// Which tokens the bridge gets.
    pub feature_select: FeatureSelect,
}

/// Which encoder-side tokens are handed to the bridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeatureSelect {
    /// The patches; class and register tokens are dropped.
    #[default]
    #[serde(alias = "default")]
    Patches,
    /// All tokens.
    #[serde(alias = "full")]
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
