//! The decoder-only LLM (Llama, Vicuna, Mistral, OPT, Gemma 1 to 3, Qwen2, Qwen3).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::attention::{Attention, Heads, HeadsSpec, Past};
use super::block::{After, Block, norm};
use super::join;
use super::mlp::{self, Mlp};
use super::names;
use super::options::{BiasSpec, Biases, MlpKind, Position, QkNorm, QkvStorage};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, ParamId, Role, Stored, When};
use crate::ops::{ActivationKind, AddTable, Layout, Linear, NormKind, Shape, Slice};
use crate::units::Size;

/// Llama, Vicuna, Mistral, Qwen2 and Qwen3, Gemma 1 to 3, OPT and their like can be said with these
/// fields. A size that is not given stays a symbol.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "LLM")]
pub struct Llm {
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
    pub mlp: MlpKind,
    /// Activation of the MLP; silu if not given.
    pub activation: ActivationKind,
    /// Normalisation of the blocks; RMSNorm if not given.
    pub norm: NormKind,
    /// Which linear layers of the blocks have biases: one answer, or one for each kind. None has
    /// one if it is not given; Qwen2 has `{qkv: true}`.
    pub bias: BiasSpec,
    /// Whether the query, key and value projections are stored as three matrices or as one; it
    /// changes no count.
    pub qkv: QkvStorage,
    /// Normalisation of queries and keys before their product; none if not given.
    pub qk_norm: QkNorm,
    /// 2: one norm before each branch, as if it is not given. 4: one behind it too (Gemma 2 and 3).
    pub norms_per_block: NormsPerBlock,
    /// Whether a norm follows the last block; true if not given.
    pub final_norm: bool,
    /// Rows of the token embedding, and columns of the logits, padding included; a symbol if not
    /// given.
    #[schemars(example = 32064)]
    pub vocab: Option<Size>,
    /// Whether the head (`lm_head`) shares the embedding's matrix, which then is counted once; false
    /// if not given.
    pub tied: bool,
    /// Whether the head (`lm_head`) has a bias; false if not given.
    pub head_bias: bool,
    /// How the LLM knows the order of its tokens: rotary (if not given), a learned table, or none.
    pub position: Position,
    /// Tokens that fit the context; nothing is compared with it if not given. A longer sequence is a
    /// warning, and a learned position table has this many rows unless it says otherwise.
    #[schemars(example = 4096)]
    pub context: Option<Size>,
    /// Window of the layers with sliding-window attention, in tokens; no layer has one if it is not
    /// given. It bounds the KV cache and the decode step; the prefill is counted dense.
    #[schemars(example = 4096)]
    pub sliding_window: Option<Size>,
    /// Among layers with a sliding window, every n-th sees everything (Gemma 2: 2, Gemma 3: 6).
    /// If it is not given, all layers have the window.
    #[schemars(example = 6)]
    pub full_attention_every: Option<Size>,
}

/// Norms in a decoder block: a number in the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "u64", into = "u64")]
pub enum NormsPerBlock {
    /// Before each branch.
    Two,
    /// Before and behind each branch.
    Four,
}

impl JsonSchema for NormsPerBlock {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NormsPerBlock".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": [u64::from(NormsPerBlock::Two), u64::from(NormsPerBlock::Four)]})
    }
}

impl TryFrom<u64> for NormsPerBlock {
    type Error = &'static str;

    fn try_from(count: u64) -> Result<NormsPerBlock, Self::Error> {
        match count {
            2 => Ok(NormsPerBlock::Two),
            4 => Ok(NormsPerBlock::Four),
            _ => Err("a block has 2 or 4 norms; help: write 2 (Llama, Qwen) or 4 (Gemma 2 and 3)"),
        }
    }
}

impl From<NormsPerBlock> for u64 {
    fn from(norms: NormsPerBlock) -> u64 {
        match norms {
            NormsPerBlock::Two => 2,
            NormsPerBlock::Four => 4,
        }
    }
}

impl Default for Llm {
    /// Llama: RMSNorm, gated SiLU MLP, no biases, rotary positions, a head of its own.
    fn default() -> Llm {
        Llm {
            width: None,
            depth: None,
            heads: None,
            kv_heads: None,
            head_dim: None,
            mlp_width: None,
            mlp: MlpKind::Gated,
            activation: ActivationKind::Silu,
            norm: NormKind::RmsNorm,
            bias: BiasSpec::default(),
            qkv: QkvStorage::Separate,
            qk_norm: QkNorm::None,
            norms_per_block: NormsPerBlock::Two,
            final_norm: true,
            vocab: None,
            tied: false,
            head_bias: false,
            position: Position::Rotary,
            context: None,
            sliding_window: None,
            full_attention_every: None,
        }
    }
}

impl Llm {
    /// Which linear layers of the blocks have biases.
    pub fn biases(&self) -> Biases {
        self.bias.or(Biases::all(false))
    }
}

/// At which positions logits are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Logits {
    /// At every position, as the reference models do without `logits_to_keep`.
    #[default]
    All,
    /// At the last position only, as generation needs.
    Last,
}

impl Logits {
    /// Its name, as a plan says it.
    pub fn name(self) -> &'static str {
        match self {
            Logits::All => "all",
            Logits::Last => "last",
        }
    }
}

/// The LLM with its symbols declared.
pub struct Decoder<'a> {
    spec: &'a Llm,
    /// Width of a token, D.
    pub width: Dim,
    /// Rows of the embedding.
    pub vocab: Dim,
    depth: Dim,
    window: Option<Dim>,
    positions: Option<Dim>,
    block: Block,
}

impl<'a> Decoder<'a> {
    /// Declares the symbols of the LLM.
    pub fn declare(b: &mut Builder, spec: &'a Llm) -> Decoder<'a> {
        let width: Dim = b.size("D", "width of the LLM", spec.width).into();
        let depth = b.count("L", "blocks of the LLM", spec.depth).into();
        let vocab = b.size("vocab", "rows of the LLM's token embedding", spec.vocab).into();
        let window = spec.sliding_window.map(|window| {
            b.size("W_s", "sliding window of the LLM in tokens", Some(window)).into()
        });
        let positions = match spec.position {
            Position::Learned(table) => {
                let rows = table.rows.or(spec.context);
                Some(b.size("R", "rows of the LLM's position table", rows).into())
            }
            Position::Rotary | Position::None => None,
        };
        let block = block(b, spec, &width);
        Decoder { spec, width, vocab, depth, window, positions, block }
    }

    /// The pass over the whole prompt: `[B, S, D] → logits [B, S, vocab]` or `[B, 1, vocab]`.
    pub fn prefill(&self, b: &mut Builder, read: &join::Sequence, logits: Logits) -> NodeId {
        let x = self.body(b, read.node, &Dim::zero());
        let x = match logits {
            Logits::All => x,
            Logits::Last => b.scope("last_position", Role::Selection, |b| {
                b.push("last", Slice { length: Dim::one(), from_end: true }, &[x])
            }),
        };
        self.head(b, x, read.words)
    }

    /// One more token after `past` cached ones: id `[B, 1] → logits [B, 1, vocab]`.
    pub fn decode(&self, b: &mut Builder, batch: &Dim, past: &Dim) -> NodeId {
        let id = Shape::new([batch.clone(), Dim::one()]);
        let read = join::embed(b, ("token_id", id), &self.vocab, &self.width);
        let x = self.body(b, read, past);
        self.head(b, x, b.param(read, 0))
    }

    /// Positions, blocks and the final norm: `[B, N, D] → [B, N, D]`.
    fn body(&self, b: &mut Builder, mut x: NodeId, past: &Dim) -> NodeId {
        if let Some(rows) = &self.positions {
            let table = Shape::new([rows.clone(), self.width.clone()]);
            let name = ("embed_positions", "model.language_model.embed_positions");
            x = b.scope(name, Role::PositionEmbedding, |b| {
                b.push(("position", ""), AddTable { table, past: Some(past.clone()) }, &[x])
            });
        }
        let name = ("blocks", "model.language_model.layers");
        let x = b.repeat(name, Role::Blocks, self.depth.clone(), x, |b, x| self.round(b, x, past));
        if !self.spec.final_norm {
            return x;
        }
        b.scope(("final_norm", "model.language_model"), Role::Norm, |b| {
            norm(b, "norm", x, self.spec.norm, &self.width)
        })
    }

    /// One block, with a sliding window in those rounds in which the layer has one.
    fn round(&self, b: &mut Builder, x: NodeId, past: &Dim) -> NodeId {
        let seen = |window: Option<&Dim>| Past { tokens: past.clone(), window: window.cloned() };
        let (Some(window), Some(period)) = (&self.window, self.spec.full_attention_every) else {
            return self.block.build(b, x, Some(&seen(self.window.as_ref())));
        };
        let (period, offset) = (period.get(), period.get() - 1);
        let sliding = When::Except { period, offset };
        let x = b.when(("sliding", ""), Role::SlidingBlocks, sliding, x, |b, x| {
            self.block.build(b, x, Some(&seen(Some(window))))
        });
        let full = When::Every { period, offset };
        b.when(("full", ""), Role::FullBlocks, full, x, |b, x| {
            self.block.build(b, x, Some(&seen(None)))
        })
    }

    /// The head, with a matrix of its own or the one of the words.
    fn head(&self, b: &mut Builder, x: NodeId, words: ParamId) -> NodeId {
        let tied: Option<Stored> = self.spec.tied.then(|| words.into());
        let head = Linear {
            input: self.width.clone(),
            output: self.vocab.clone(),
            bias: self.spec.head_bias,
            layout: Layout::OutIn,
        };
        b.scope("lm_head", Role::Head, |b| b.push_on(("lm_head", ""), head, &[x], tied.as_slice()))
    }
}

fn block(b: &mut Builder, spec: &Llm, width: &Dim) -> Block {
    let heads = Heads::declare(
        b,
        width,
        &HeadsSpec {
            suffix: "",
            of: "LLM",
            fields: ["llm.heads", "llm.kv_heads", "llm.width"],
            has_head_dim: true,
            heads: spec.heads,
            kv_heads: spec.kv_heads,
            head_dim: spec.head_dim,
        },
    );
    let bias = spec.biases();
    let hidden = b.size("F", "MLP width of the LLM", spec.mlp_width).into();
    Block {
        width: width.clone(),
        norm: spec.norm,
        attention: Attention {
            width: width.clone(),
            context_width: width.clone(),
            heads,
            qkv_bias: bias.qkv,
            out_bias: bias.out,
            storage: spec.qkv,
            qk_norm: spec.qk_norm,
            norm: spec.norm,
            rotary: spec.position == Position::Rotary,
            names: &names::LLM.attention,
        },
        mlp: Mlp {
            input: width.clone(),
            hidden,
            output: width.clone(),
            kind: spec.mlp,
            activation: spec.activation,
            bias: bias.mlp,
            names: mlp::PLAIN,
        },
        after: match spec.norms_per_block {
            NormsPerBlock::Two => After::Nothing,
            NormsPerBlock::Four => After::Norm,
        },
        names: match spec.norms_per_block {
            NormsPerBlock::Two => &names::LLM,
            NormsPerBlock::Four => &names::LLM_OF_FOUR_NORMS,
        },
    }
}
