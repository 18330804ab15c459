//! The decoder-only LLM (Llama, Vicuna, Mistral, OPT, Gemma 1 to 3, Qwen2, Qwen3).

use serde::Serialize;

use super::attention::Past;
use super::block::{After, Block, norm};
use super::join;
use super::llm::{Llm, Window};
use super::names;
use super::options::{NormsPerBlock, PositionTable};
use super::stack::SizeNames;
use crate::dim::{Dim, Field};
use crate::graph::{AtMost, Builder, NodeId, ParamId, Role, Stored, When};
use crate::ops::{AddFirst, AddTable, Layout, Linear, Shape, Slice};

/// Names of the LLM's sizes.
const SIZES: SizeNames = SizeNames {
    suffix: Field::Borrowed(""),
    of: Field::Borrowed("LLM"),
    width: Field::Borrowed("llm.width"),
    depth: Field::Borrowed("llm.depth"),
    mlp_width: Field::Borrowed("llm.mlp_width"),
    heads: Field::Borrowed("llm.heads"),
    kv_heads: Field::Borrowed("llm.kv_heads"),
    head_dim: Some(Field::Borrowed("llm.head_dim")),
    turned: 2,
};

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
    /// The name, as a plan says it.
    pub fn name(self) -> &'static str {
        match self {
            Logits::All => "all",
            Logits::Last => "last",
        }
    }
}

/// The LLM with its symbols declared.
pub struct Decoder<'a> {
    llm: &'a Llm,
    /// Width of a token, D.
    pub width: Dim,
    /// Rows of the embedding.
    pub rows: Dim,
    /// Tokens that the head scores: the first rows, or all.
    vocab: Dim,
    depth: Dim,
    window: Option<Dim>,
    positions: Option<Dim>,
    block: Block,
}

impl<'a> Decoder<'a> {
    /// Declares the symbols of the LLM.
    pub fn declare(b: &mut Builder, llm: &'a Llm) -> Decoder<'a> {
        let width = llm.stack.width(b, &SIZES);
        let depth = llm.stack.depth(b, &SIZES);
        let vocab: Dim =
            b.size("vocab", "rows of the LLM's token embedding", "llm.vocab", llm.vocab).into();
        let meaning = "rows of the token embedding that the head does not score";
        let extra = b.unless(0, "vocab_x", meaning, "llm.extra_vocab", llm.extra_vocab);
        let rows = extra.map_or_else(|| vocab.clone(), |extra| &vocab + Dim::from(extra));
        let window = llm.window.map(|Window { tokens, .. }| {
            b.size("W_s", "sliding window of the LLM in tokens", "llm.sliding_window", Some(tokens))
                .into()
        });
        let positions = llm.position_table().map(|table| {
            b.size("R", "rows of the LLM's position table", "llm.position.learned.rows", table.rows)
                .into()
        });
        let (after, names) = match llm.norms_per_block {
            NormsPerBlock::Two => (After::Nothing, &names::LLM),
            NormsPerBlock::Four => (After::Norm, &names::LLM_OF_FOUR_NORMS),
        };
        let block = llm.stack.block(b, &width, &SIZES, after, names);
        Decoder { llm, width, rows, vocab, depth, window, positions, block }
    }

    /// Requires that it has a position for each of so many tokens.
    pub fn require_positions(&self, b: &mut Builder, tokens: Dim) {
        let Some(rows) = &self.positions else { return };
        let field = match self.llm.stack.position.table() {
            Some(PositionTable { rows: Some(_), .. }) => "llm.position.learned.rows",
            _ => "llm.context",
        };
        b.require(AtMost {
            needed: tokens,
            most: rows.clone(),
            names: ("tokens that the LLM reads", "rows of its position table"),
            field: field.into(),
            why: "only a vision encoder interpolates its table",
        });
    }

    /// The pass over the whole prompt: `[B, S, D] → logits [B, S, vocab]` or `[B, 1, vocab]`. The
    /// values of `deepstack`, `[B, n_vis, D]` each, are added to the visual tokens after the first
    /// blocks, one after each.
    pub fn prefill(
        &self,
        b: &mut Builder,
        read: &join::Sequence,
        deepstack: &[NodeId],
        logits: Logits,
    ) -> NodeId {
        if !deepstack.is_empty() {
            b.require(AtMost {
                needed: Dim::from(deepstack.len() as u64),
                most: self.depth.clone(),
                names: ("blocks after which `deepstack` adds features", "blocks of the LLM"),
                field: "deepstack.layers".into(),
                why: "each layer of it has a block of its own",
            });
        }
        let x = self.body(b, read.node, &Dim::zero(), deepstack);
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
        let read = join::embed(b, ("token_id", id), &self.rows, &self.width);
        let x = self.body(b, read, past, &[]);
        self.head(b, x, b.param(read, 0))
    }

    /// Positions, blocks and the final norm: `[B, N, D] → [B, N, D]`.
    fn body(&self, b: &mut Builder, mut x: NodeId, past: &Dim, deepstack: &[NodeId]) -> NodeId {
        if let Some(rows) = &self.positions {
            let table = Shape::new([rows.clone(), self.width.clone()]);
            let name = ("embed_positions", "model.language_model.embed_positions");
            x = b.scope(name, Role::PositionEmbedding, |b| {
                b.push(("position", ""), AddTable { table, past: Some(past.clone()) }, &[x])
            });
        }
        let name = ("blocks", "model.language_model.layers");
        let x = b.repeat(name, Role::Blocks, self.depth.clone(), x, |b, x| {
            let x = self.round(b, x, past);
            deepstack.iter().enumerate().fold(x, |x, (at, features)| {
                let name = format!("deepstack_{at}");
                let after = When::Among([at as u64].into());
                b.when((&*name, ""), Role::DeepStack, after, x, |b, x| {
                    b.push("add_visual", AddFirst, &[x, *features])
                })
            })
        });
        if !self.llm.final_norm {
            return x;
        }
        b.scope(("final_norm", "model.language_model"), Role::Norm, |b| {
            norm(b, "norm", x, self.llm.stack.norm, &self.width)
        })
    }

    /// One block, with a sliding window in those rounds in which the layer has one.
    fn round(&self, b: &mut Builder, x: NodeId, past: &Dim) -> NodeId {
        let seen = |window: Option<&Dim>| Past { tokens: past.clone(), window: window.cloned() };
        let full_every = self.llm.window.and_then(|window| window.full_every);
        let (Some(window), Some(period)) = (&self.window, full_every) else {
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
        let offset = (self.rows != self.vocab).then(Dim::zero);
        let tied = self.llm.tied.then_some(Stored { param: words, offset });
        let head = Linear {
            input: self.width.clone(),
            output: self.vocab.clone(),
            bias: self.llm.head_bias,
            layout: Layout::OutIn,
        };
        b.scope("lm_head", Role::Head, |b| b.push_on(("lm_head", ""), head, &[x], tied.as_slice()))
    }
}
