//! The LLM: what a spec says of it, and what is designed.

pub mod altup;
pub mod laurel;
pub mod layer;
pub mod layers;
mod lent;
pub mod per_layer;
mod window;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::faults::Faults;
use super::feed::{Feed, FeedSpec};
use super::mixer::{Mixer, MixerSpec};
use super::mlp::GateUpStorage;
use super::options::{
    BiasSpec, NormAt, NormsPerBlock, Position, PositionTable, QkNorm, QkvStorage,
};
use super::reader::{Reader, ReaderSpec};
use super::stack::{LLAMA, Stack};
use crate::diag::{Code, Diagnostic};
use crate::ops::{ActivationKind, NormKind};
use crate::units::{Amount, Size};

use altup::{AltUp, AltUpSpec};
use laurel::LaurelSpec;
use layer::{Layer, LayerSpec};
use layers::{Layers, LayersSpec};
use per_layer::{PerLayer, PerLayerSpec};

pub use window::Window;

/// Llama, Vicuna, Mistral, Qwen2 and Qwen3, Gemma 1 to 3, OPT and their like can be said with these
/// fields. A size that is not given stays a symbol.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Llm", title = "LLM")]
pub struct LlmSpec {
    /// Width of a token: the values that each has between blocks; a symbol if not given. The bridge
    /// projects to it.
    #[schemars(example = 4096)]
    pub width: Option<Size>,
    /// Number of blocks; a symbol if not given.
    #[schemars(example = 32)]
    pub depth: Option<Size>,
    /// Attention heads of a block; a symbol if not given. They must divide `width` unless `head_dim`
    /// is given.
    #[schemars(example = 32)]
    pub heads: Option<Size>,
    /// Heads of keys and values, each shared by a group of query heads (grouped-query attention);
    /// as many as `heads` if not given. The KV cache grows with them.
    #[schemars(example = 8)]
    pub kv_heads: Option<Size>,
    /// Values of a query, key or value in one head; `width` / `heads` if not given.
    #[schemars(example = 128)]
    pub head_dim: Option<Size>,
    /// Width inside the MLP of a block; a symbol if not given.
    #[schemars(example = 11008)]
    pub mlp_width: Option<Size>,
    /// What a block does with each token: an MLP that is plain (2 matrices) or gated (3), a mixture
    /// of experts, or nothing; gated if not given.
    #[schemars(extend("default" = LLAMA.mlp.kind))]
    pub mlp: Choice<FeedSpec>,
    /// How tokens of a block look at each other; softmax attention with the heads above if not given.
    pub attention: Choice<MixerSpec>,
    /// Whether gate and up of a gated MLP are stored as two matrices or as one (GLM-4, Phi-3); it
    /// changes no count.
    #[schemars(extend("default" = LLAMA.mlp.gate_up))]
    pub gate_up: Choice<GateUpStorage>,
    /// Activation of the MLP; silu if not given.
    #[schemars(extend("default" = LLAMA.mlp.activation))]
    pub activation: Choice<ActivationKind>,
    /// Normalisation of the blocks; RMSNorm if not given.
    #[schemars(extend("default" = LLAMA.norm))]
    pub norm: Choice<NormKind>,
    /// Which linear layers of the blocks have biases: one answer, or one for each kind. None has
    /// one if it is not given; Qwen2 has `{qkv: true}`.
    pub bias: BiasSpec,
    /// Whether the query, key and value projections are stored as three matrices or as one; it
    /// changes no count.
    #[schemars(extend("default" = LLAMA.attention.qkv))]
    pub qkv: Choice<QkvStorage>,
    /// Normalisation of queries and keys before their product; none if not given.
    #[schemars(extend("default" = LLAMA.attention.qk_norm))]
    pub qk_norm: Choice<QkNorm>,
    /// 2: one norm before each branch, as if it is not given. 4: one after it too (Gemma 2 and 3). 1:
    /// one for both branches of a parallel block, as if it is not given there.
    #[schemars(extend("default" = NormsPerBlock::Two))]
    pub norms_per_block: Choice<NormsPerBlock>,
    /// Where a branch has its norm: before it, if not given, after it (OLMo 2), or after the addition
    /// (BERT, BART).
    #[schemars(extend("default" = NormAt::Before))]
    pub norm_at: Choice<NormAt>,
    /// Whether attention and MLP read the same tokens and are added together (Cohere, GPT-NeoX,
    /// Falcon), not one after the other; false if not given.
    #[schemars(extend("default" = false))]
    pub parallel: Choice<bool>,
    /// Whether a norm follows the last block; true if not given.
    #[schemars(extend("default" = PLAIN.final_norm))]
    pub final_norm: Choice<bool>,
    /// Rows of the token embedding, and columns of the logits, padding included; a symbol if not
    /// given. The embedding may have more: `extra_vocab`.
    #[schemars(example = 32064)]
    pub vocab: Option<Size>,
    /// Rows of the token embedding beyond those of `vocab`, which the head does not score (Molmo 2,
    /// Llama 3.2 Vision); 0 if not given.
    #[schemars(example = 128)]
    #[schemars(extend("default" = PLAIN.extra_vocab))]
    pub extra_vocab: Choice<Amount>,
    /// Tokens beside those of `vocab` whose rows the embedding and the head store apart, as tensors of
    /// their own (IDEFICS); none if not given.
    #[schemars(example = 2)]
    pub added_vocab: Option<Size>,
    /// Whether the head (`lm_head`) shares the embedding's matrix, which then is counted once; false
    /// if not given.
    #[schemars(extend("default" = PLAIN.tied))]
    pub tied: Choice<bool>,
    /// Whether the head (`lm_head`) has a bias; false if not given.
    #[schemars(extend("default" = PLAIN.head_bias))]
    pub head_bias: Choice<bool>,
    /// How the LLM knows the order of its tokens: rotary (if not given), a learned table, or none.
    #[schemars(extend("default" = LLAMA.position))]
    pub position: Choice<Position>,
    /// Tokens that fit the context; nothing is compared with it if not given. A longer sequence is a
    /// warning, and a learned position table has this many rows unless it says otherwise.
    #[schemars(example = 4096)]
    pub context: Option<Size>,
    /// Window of the layers with sliding-window attention, in tokens; no layer has one if it is not
    /// given. It bounds the KV cache and the decode step; the prefill is counted dense.
    #[schemars(example = 4096)]
    pub sliding_window: Option<Size>,
    /// Whether `sliding_window` holds, as Qwen2's files say it; true if not given. Without it, no
    /// layer has a window.
    #[serde(skip_serializing)]
    #[schemars(extend("default" = true))]
    pub use_sliding_window: Choice<bool>,
    /// Among layers with a sliding window, which must be given, every n-th sees everything (Gemma 2:
    /// 2, Gemma 3: 6). If it is not given, all layers have the window.
    #[schemars(example = 6)]
    pub full_attention_every: Option<Size>,
    /// Buckets of distances for which attention has a learned bias in each head, one table for a stack
    /// (T5); none if not given.
    #[schemars(example = 32)]
    pub relative_bias: Option<Size>,
    /// Whether the embedded tokens are normalised before the first block (GIT, BART); false if not
    /// given.
    #[schemars(extend("default" = false))]
    pub embedding_norm: Choice<bool>,
    /// What reads the prompt, where the LLM is an encoder-decoder (T5, BART): its layers then are the
    /// decoder. The LLM is a decoder alone if it is not given.
    pub encoder: Option<ReaderSpec>,
    /// Layers of several kinds, and in which order they stand; all are alike if not given. The fields
    /// above say what all kinds have in common.
    pub layers: Option<LayersSpec>,
    /// Per-layer embeddings: what each layer reads of each token beside the token itself; nothing if
    /// not given.
    pub per_layer_embeddings: Option<PerLayerSpec>,
    /// A low-rank path beside the attention of each layer; none if not given.
    pub laurel: Option<LaurelSpec>,
    /// Several streams of each token, of which the blocks see one; one stream if not given.
    pub altup: Option<AltUpSpec>,
}

/// An LLM, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Llm {
    /// A layer, of which kinds of layers have what they do not say themselves. The stack's width and
    /// depth, and its position table, are the LLM's.
    pub layer: Layer,
    /// Buckets of distances for which attention has a bias.
    pub relative_bias: Option<Size>,
    /// Whether the embedded tokens are normalised.
    pub embedding_norm: bool,
    /// What reads the prompt, if the layers are a decoder that asks it.
    pub encoder: Option<Reader>,
    /// Layers of several kinds; none if all are alike.
    pub layers: Option<Layers>,
    /// Whether a norm follows the last block.
    pub final_norm: bool,
    /// Tokens that the head scores.
    pub vocab: Option<Size>,
    /// Rows of the token embedding beyond these.
    pub extra_vocab: Amount,
    /// Tokens whose rows are stored apart.
    pub added_vocab: Option<Size>,
    /// Whether the head shares the embedding's matrix.
    pub tied: bool,
    /// Whether the head has a bias.
    pub head_bias: bool,
    /// Tokens that fit the context.
    pub context: Option<Size>,
    /// The window of the layers that have one, where all are of one kind but for that; none if no
    /// layer has.
    pub window: Option<Window>,
    /// What each layer reads of each token beside the token itself.
    pub per_layer: Option<PerLayer>,
    /// Several streams of each token.
    pub altup: Option<AltUp>,
}

/// A layer of a Llama.
const LAYER: Layer = Layer {
    stack: LLAMA,
    mixer: Mixer::PLAIN,
    feed: Feed::Dense(LLAMA.mlp.kind),
    norms_per_block: NormsPerBlock::Two,
    norm_at: NormAt::Before,
    parallel: false,
    gates: false,
    rotary: true,
    window: None,
    laurel: None,
};

/// A Llama with a head of its own: what an LLM is of which nothing is said.
const PLAIN: Llm = Llm {
    layer: LAYER,
    relative_bias: None,
    embedding_norm: false,
    encoder: None,
    layers: None,
    final_norm: true,
    vocab: None,
    extra_vocab: Amount::of(0),
    added_vocab: None,
    tied: false,
    head_bias: false,
    context: None,
    window: None,
    per_layer: None,
    altup: None,
};

impl Llm {
    /// Whether its blocks are all alike but for a window, each of softmax attention and an MLP.
    pub fn is_plain(&self) -> bool {
        let Llm { layer, relative_bias, encoder, layers, added_vocab, per_layer, altup, .. } = self;
        let is_dense = matches!(layer.feed, Feed::Dense(_)) && layer.mixer == Mixer::PLAIN;
        let has_more = relative_bias.is_some() || added_vocab.is_some() || layer.laurel.is_some();
        let is_more = encoder.is_some() || layers.is_some() || per_layer.is_some();
        is_dense && !has_more && !is_more && altup.is_none()
    }

    /// What every stack of blocks has: the sizes and choices that its kinds of layers share.
    pub fn stack(&self) -> &Stack {
        &self.layer.stack
    }

    /// The learned position table, if it has one: as long as the context unless it says otherwise.
    pub fn position_table(&self) -> Option<PositionTable> {
        let table = self.layer.stack.position.table()?;
        Some(PositionTable { rows: table.rows.or(self.context), ..table })
    }
}

impl LlmSpec {
    /// The LLM that is described. What fields must hold together is checked where the choice that they
    /// make is read.
    pub fn design(&self, faults: &mut Faults) -> Llm {
        let position = self.position.unwrap_or(PLAIN.layer.stack.position);
        if position
            .table()
            .is_some_and(|table| table.by_axis || table.grid.is_some() || table.fixed)
        {
            let text = "the position table of an LLM belongs to no grid of patches";
            let help = "take `by_axis`, `grid` and `fixed` out: its `rows` are the most tokens that it has places for";
            faults.add("position", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        let (width, depth) = (self.width, self.depth);
        let laurel = self.laurel.as_ref().map(|laurel| laurel.rank);
        let plain = Layer { rotary: position.is_rotary(), laurel, ..LAYER };
        let mut layer = self.layer().design(&plain, faults);
        layer.stack = Stack { width, depth, position, ..layer.stack };
        let layers = self.layers.as_ref().and_then(|layers| {
            faults.within("layers", |faults| layers.design(&layer, depth, faults))
        });
        let layers = layers.map(|(layers, depth)| {
            layer.stack.depth = depth;
            layers
        });
        let final_norm = self.final_norm.unwrap_or(PLAIN.final_norm);
        let encoder = self.encoder.as_ref().map(|encoder| {
            let decoder = (layer.stack.depth, &layer, final_norm);
            faults.within("encoder", |faults| encoder.design(decoder, faults))
        });
        self.refuse_in_decoder(faults);
        Llm {
            relative_bias: self.relative_bias,
            embedding_norm: self.embedding_norm.unwrap_or(PLAIN.embedding_norm),
            encoder,
            window: self.window(faults),
            layer,
            layers,
            final_norm,
            vocab: self.vocab,
            extra_vocab: self.extra_vocab.unwrap_or(PLAIN.extra_vocab),
            added_vocab: self.added_vocab,
            tied: self.tied.unwrap_or(PLAIN.tied),
            head_bias: self.head_bias.unwrap_or(PLAIN.head_bias),
            context: self.context,
            per_layer: self.per_layer_embeddings.as_ref().map(PerLayer::from),
            altup: self
                .altup
                .as_ref()
                .and_then(|altup| faults.within("altup", |faults| altup.design(faults))),
        }
    }

    /// Refuses what is made of a prompt, in a decoder that begins with one token.
    fn refuse_in_decoder(&self, faults: &mut Faults) {
        let said = [
            ("per_layer_embeddings", self.per_layer_embeddings.is_some()),
            ("altup", self.altup.is_some()),
        ];
        for (field, _) in said.into_iter().filter(|(_, is_said)| *is_said && self.encoder.is_some())
        {
            let text = format!("`{field}` is not known of an LLM with an `encoder`");
            let help = format!("take `{field}` out, or `encoder`");
            faults.add(field, Diagnostic::error(Code::Mismatch, text).help(help));
        }
    }

    /// What is said of all layers.
    fn layer(&self) -> LayerSpec {
        LayerSpec {
            heads: self.heads,
            kv_heads: self.kv_heads,
            head_dim: self.head_dim,
            mlp_width: self.mlp_width,
            attention: self.attention.clone(),
            mlp: self.mlp.clone(),
            gate_up: self.gate_up,
            activation: self.activation,
            norm: self.norm,
            bias: self.bias,
            qkv: self.qkv,
            qk_norm: self.qk_norm,
            norms_per_block: self.norms_per_block,
            norm_at: self.norm_at,
            parallel: self.parallel,
            gates: Choice::default(),
            rotary: Choice::default(),
            sliding_window: None,
        }
    }
}

impl From<&Llm> for LlmSpec {
    /// The section that says an LLM, every choice written.
    fn from(llm: &Llm) -> LlmSpec {
        let layer = LayerSpec::from(&llm.layer);
        LlmSpec {
            width: llm.layer.stack.width,
            depth: llm.layer.stack.depth,
            heads: layer.heads,
            kv_heads: layer.kv_heads,
            head_dim: layer.head_dim,
            mlp_width: layer.mlp_width,
            attention: layer.attention,
            mlp: layer.mlp,
            gate_up: layer.gate_up,
            activation: layer.activation,
            norm: layer.norm,
            bias: layer.bias,
            qkv: layer.qkv,
            qk_norm: layer.qk_norm,
            norms_per_block: layer.norms_per_block,
            norm_at: layer.norm_at,
            parallel: layer.parallel,
            final_norm: llm.final_norm.into(),
            vocab: llm.vocab,
            extra_vocab: llm.extra_vocab.into(),
            added_vocab: llm.added_vocab,
            tied: llm.tied.into(),
            head_bias: llm.head_bias.into(),
            position: llm.layer.stack.position.into(),
            context: llm.context,
            sliding_window: llm.window.map(|window| window.tokens),
            use_sliding_window: Choice::default(),
            full_attention_every: llm.window.and_then(|window| window.full_every),
            relative_bias: llm.relative_bias,
            embedding_norm: llm.embedding_norm.into(),
            encoder: llm.encoder.as_ref().map(ReaderSpec::from),
            layers: llm.layers.as_ref().map(LayersSpec::from),
            laurel: llm.layer.laurel.map(|rank| LaurelSpec { rank }),
            altup: llm.altup.map(|AltUp { streams }| AltUpSpec { streams }),
            per_layer_embeddings: llm.per_layer.as_ref().map(PerLayerSpec::from),
        }
    }
}
