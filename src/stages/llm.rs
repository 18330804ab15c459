//! The LLM: what a spec says of it, and what is designed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::faults::Faults;
use super::mlp::GateUpStorage;
use super::options::{
    BiasSpec, MlpKind, NormsPerBlock, Position, PositionTable, QkNorm, QkvStorage,
};
use super::stack::{LLAMA, Stack, say_stack, stack_of};
use crate::diag::{Code, Diagnostic};
use crate::ops::{ActivationKind, NormKind};
use crate::units::{Amount, Size};

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
    /// Whether the MLP of a block is plain (2 matrices) or gated (3); gated if not given.
    #[schemars(extend("default" = PLAIN.stack.mlp.kind))]
    pub mlp: Choice<MlpKind>,
    /// Whether gate and up of a gated MLP are stored as two matrices or as one (GLM-4, Phi-3); it
    /// changes no count.
    #[schemars(extend("default" = PLAIN.stack.mlp.gate_up))]
    pub gate_up: Choice<GateUpStorage>,
    /// Activation of the MLP; silu if not given.
    #[schemars(extend("default" = PLAIN.stack.mlp.activation))]
    pub activation: Choice<ActivationKind>,
    /// Normalisation of the blocks; RMSNorm if not given.
    #[schemars(extend("default" = PLAIN.stack.norm))]
    pub norm: Choice<NormKind>,
    /// Which linear layers of the blocks have biases: one answer, or one for each kind. None has
    /// one if it is not given; Qwen2 has `{qkv: true}`.
    pub bias: BiasSpec,
    /// Whether the query, key and value projections are stored as three matrices or as one; it
    /// changes no count.
    #[schemars(extend("default" = PLAIN.stack.attention.qkv))]
    pub qkv: Choice<QkvStorage>,
    /// Normalisation of queries and keys before their product; none if not given.
    #[schemars(extend("default" = PLAIN.stack.attention.qk_norm))]
    pub qk_norm: Choice<QkNorm>,
    /// 2: one norm before each branch, as if it is not given. 4: one after it too (Gemma 2 and 3).
    #[schemars(extend("default" = PLAIN.norms_per_block))]
    pub norms_per_block: Choice<NormsPerBlock>,
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
    /// Whether the head (`lm_head`) shares the embedding's matrix, which then is counted once; false
    /// if not given.
    #[schemars(extend("default" = PLAIN.tied))]
    pub tied: Choice<bool>,
    /// Whether the head (`lm_head`) has a bias; false if not given.
    #[schemars(extend("default" = PLAIN.head_bias))]
    pub head_bias: Choice<bool>,
    /// How the LLM knows the order of its tokens: rotary (if not given), a learned table, or none.
    #[schemars(extend("default" = PLAIN.stack.position))]
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
}

/// An LLM, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Llm {
    /// The blocks.
    pub stack: Stack,
    /// Norms of a block.
    pub norms_per_block: NormsPerBlock,
    /// Whether a norm follows the last block.
    pub final_norm: bool,
    /// Tokens that the head scores.
    pub vocab: Option<Size>,
    /// Rows of the token embedding beyond these.
    pub extra_vocab: Amount,
    /// Whether the head shares the embedding's matrix.
    pub tied: bool,
    /// Whether the head has a bias.
    pub head_bias: bool,
    /// Tokens that fit the context.
    pub context: Option<Size>,
    /// The window of the layers that have one; none if no layer has.
    pub window: Option<Window>,
}

/// The sliding window of an LLM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Tokens that a layer sees.
    pub tokens: Size,
    /// Every n-th layer sees everything; none if all have the window.
    pub full_every: Option<Size>,
}

/// A Llama with a head of its own: what an LLM is of which nothing is said.
const PLAIN: Llm = Llm {
    stack: LLAMA,
    norms_per_block: NormsPerBlock::Two,
    final_norm: true,
    vocab: None,
    extra_vocab: Amount::of(0),
    tied: false,
    head_bias: false,
    context: None,
    window: None,
};

impl Llm {
    /// The learned position table, if it has one: as long as the context unless it says otherwise.
    pub fn position_table(&self) -> Option<PositionTable> {
        let table = self.stack.position.table()?;
        Some(PositionTable { rows: table.rows.or(self.context), ..table })
    }
}

impl LlmSpec {
    /// The LLM that is described. What fields must hold together is checked where the choice that they
    /// make is read.
    pub fn design(&self, faults: &mut Faults) -> Llm {
        let position = self.position.unwrap_or(PLAIN.stack.position);
        let mut stack = Stack { position, ..stack_of!(self, PLAIN.stack) };
        stack.mlp.gate_up = self.gate_up.unwrap_or(PLAIN.stack.mlp.gate_up);
        Llm {
            stack,
            norms_per_block: self.norms_per_block.unwrap_or(PLAIN.norms_per_block),
            final_norm: self.final_norm.unwrap_or(PLAIN.final_norm),
            vocab: self.vocab,
            extra_vocab: self.extra_vocab.unwrap_or(PLAIN.extra_vocab),
            tied: self.tied.unwrap_or(PLAIN.tied),
            head_bias: self.head_bias.unwrap_or(PLAIN.head_bias),
            context: self.context,
            window: self.window(faults),
        }
    }

    /// The window, if there is one and it is not switched off.
    fn window(&self, faults: &mut Faults) -> Option<Window> {
        match (self.use_sliding_window.get(), self.sliding_window) {
            (Some(false), _) => None,
            (_, Some(tokens)) => Some(Window { tokens, full_every: self.full_attention_every }),
            (Some(true), None) => {
                let text = "`use_sliding_window` is true, but the window is not given";
                let help = "write its size: `sliding_window: 4096`";
                let problem = Diagnostic::error(Code::MissingField, text).help(help);
                faults.add("use_sliding_window", problem);
                None
            }
            (None, None) => {
                if self.full_attention_every.is_some() {
                    let text = "`full_attention_every` means nothing without `sliding_window`";
                    let help = "write the window of the other layers, `sliding_window: 1024`, or \
                                take `full_attention_every` out";
                    let problem = Diagnostic::error(Code::Mismatch, text).help(help);
                    faults.add("full_attention_every", problem);
                }
                None
            }
        }
    }
}

impl From<&Llm> for LlmSpec {
    /// The section that says an LLM, every choice written.
    fn from(llm: &Llm) -> LlmSpec {
        let mut section = LlmSpec {
            norms_per_block: llm.norms_per_block.into(),
            final_norm: llm.final_norm.into(),
            vocab: llm.vocab,
            extra_vocab: llm.extra_vocab.into(),
            gate_up: llm.stack.mlp.gate_up.into(),
            tied: llm.tied.into(),
            head_bias: llm.head_bias.into(),
            position: llm.stack.position.into(),
            context: llm.context,
            sliding_window: llm.window.map(|window| window.tokens),
            full_attention_every: llm.window.and_then(|window| window.full_every),
            ..LlmSpec::default()
        };
        say_stack!(section, llm.stack);
        section
    }
}
