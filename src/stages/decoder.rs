//! The decoder-only LLM (Llama, Vicuna, Mistral, OPT, Gemma 1 to 3, Qwen2, Qwen3).

use serde::Serialize;

use super::beside::Beside;
use super::block::{Block, norm};
use super::join;
use super::llm::layer::Layer;
use super::llm::{Llm, Window};
use super::mixer::Around;
use super::names;
use super::options::{NormsPerBlock, PositionTable};
use super::stack::SizeNames;
use crate::dim::{Dim, Field};
use crate::graph::{AtMost, Builder, NodeId, ParamId, Role, Stored, When};
use crate::ops::{AddFirst, AddTable, Layout, Linear, Shape, Slice};
use crate::units::Size;

/// Names of the LLM's sizes.
const SIZES: SizeNames = SizeNames {
    section: Field::Borrowed("llm"),
    inherited: None,
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
    positions: Option<Dim>,
    kinds: Vec<KindOfBlock>,
}

/// Blocks of one kind.
struct KindOfBlock {
    name: String,
    role: Role,
    /// In which rounds one runs; in all if nothing is said.
    when: Option<When>,
    block: Block,
}

impl<'a> Decoder<'a> {
    /// Declares the symbols of the LLM.
    pub fn declare(b: &mut Builder, llm: &'a Llm) -> Decoder<'a> {
        let stack = llm.stack();
        let width = stack.width(b, &SIZES);
        let depth = stack.depth(b, &SIZES);
        let vocab: Dim =
            b.size("vocab", "rows of the LLM's token embedding", "llm.vocab", llm.vocab).into();
        let meaning = "rows of the token embedding that the head does not score";
        let extra = b.unless(0, "vocab_x", meaning, "llm.extra_vocab", llm.extra_vocab);
        let rows = extra.map_or_else(|| vocab.clone(), |extra| &vocab + Dim::from(extra));
        let positions = llm.position_table().map(|table| {
            b.size("R", "rows of the LLM's position table", "llm.position.learned.rows", table.rows)
                .into()
        });
        let kinds = kinds(b, llm, &width, &depth);
        Decoder { llm, width, rows, vocab, depth, positions, kinds }
    }

    /// Requires that it has a position for each of so many tokens.
    pub fn require_positions(&self, b: &mut Builder, tokens: Dim) {
        let Some(rows) = &self.positions else { return };
        let field = match self.llm.stack().position.table() {
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
        let beside = Beside::after(past);
        let name = ("blocks", "model.language_model.layers");
        let x = b.repeat(name, Role::Blocks, self.depth.clone(), x, |b, x| {
            let x = self.round(b, x, &beside);
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
            norm(b, "norm", x, self.llm.stack().norm, &self.width)
        })
    }

    /// One block: of the kind that stands in a round.
    fn round(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        self.kinds.iter().fold(x, |x, kind| match &kind.when {
            None => kind.block.build(b, x, beside),
            Some(when) => b.when((&*kind.name, ""), kind.role, when.clone(), x, |b, x| {
                kind.block.build(b, x, beside)
            }),
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

/// The kinds of blocks of an LLM, their sizes declared.
fn kinds(b: &mut Builder, llm: &Llm, width: &Dim, depth: &Dim) -> Vec<KindOfBlock> {
    let of = |b: &mut Builder, layer: &Layer, sizes: [&SizeNames; 2]| block(b, layer, width, sizes);
    let alone =
        |block: Block| KindOfBlock { name: String::new(), role: Role::Blocks, when: None, block };
    match (&llm.layers, &llm.window) {
        (Some(layers), _) => {
            let mut kinds = Vec::new();
            if let Some(listed) = layers.listed() {
                // The numbers of the rounds are those of this depth.
                b.is(depth, i128::from(listed));
            }
            for kind in &layers.kinds {
                let sizes = SIZES.of_kind(&kind.name, &kind.layer, &llm.layer);
                let inherits = kind.layer.feed == llm.layer.feed;
                let feed = if inherits { &SIZES } else { &sizes };
                let block = of(b, &kind.layer, [&sizes, feed]);
                let (name, when) = (kind.name.clone(), Some(kind.when.clone()));
                kinds.push(KindOfBlock { name, role: Role::KindOfBlocks, when, block });
            }
            kinds
        }
        (None, Some(Window { tokens, full_every })) => {
            let windowed = Layer { window: Some(*tokens), ..llm.layer.clone() };
            let sliding = of(b, &windowed, [&SIZES, &SIZES]);
            let Some(period) = full_every.map(Size::get) else { return vec![alone(sliding)] };
            let full = of(b, &llm.layer, [&SIZES, &SIZES]);
            let offset = period - 1;
            let kind = |name: &str, role, when, block| KindOfBlock {
                name: name.to_owned(),
                role,
                when: Some(when),
                block,
            };
            vec![
                kind("sliding", Role::SlidingBlocks, When::Except { period, offset }, sliding),
                kind("full", Role::FullBlocks, When::Every { period, offset }, full),
            ]
        }
        (None, None) => vec![alone(of(b, &llm.layer, [&SIZES, &SIZES]))],
    }
}

/// A block of a layer, whose sizes are called by the first names, and those of what it does with each
/// token by the second.
fn block(b: &mut Builder, layer: &Layer, width: &Dim, [sizes, feed]: [&SizeNames; 2]) -> Block {
    let names = match layer.norms_per_block {
        NormsPerBlock::One | NormsPerBlock::Two => &names::LLM,
        NormsPerBlock::Four => &names::LLM_OF_FOUR_NORMS,
    };
    let around = Around { layer, width, sizes, names: &names.attention };
    let mixer = layer.mixer.stage().declare(b, &around);
    let feed = layer.feed.declare(b, layer, width, feed);
    let wiring = layer.wiring();
    Block { wiring, ..layer.stack.block_of(width, mixer, feed, layer.after(), names) }
}
