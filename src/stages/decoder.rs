//! The decoder-only LLM (Llama, Vicuna, Mistral, OPT, Gemma 1 to 3, Qwen2, Qwen3).

use serde::Serialize;

use super::beside::{Asked, Beside};
use super::block::norm;
use super::join;
use super::kinds::{Kinds, SIZES};
use super::llm::Llm;
use super::llm::{altup, per_layer};
use super::mlp::linear;
use super::options::PositionTable;
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, NodeId, ParamId, Role, Stored, When};
use crate::ops::{AddFirst, AddTable, Layout, Linear, Shape, SideBySide, Slice};

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
    /// Tokens whose rows embedding and head store apart.
    added: Option<Dim>,
    depth: Dim,
    positions: Option<Dim>,
    kinds: Kinds<'a>,
    per_layer: Option<per_layer::Wired>,
    altup: Option<altup::Wired>,
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
        let meaning = "tokens that embedding and head store apart";
        let added = llm
            .added_vocab
            .map(|count| b.size("vocab_a", meaning, "llm.added_vocab", Some(count)).into());
        let positions = llm.position_table().map(|table| {
            b.size("R", "rows of the LLM's position table", "llm.position.learned.rows", table.rows)
                .into()
        });
        let kinds = Kinds::declare(b, llm, [&width, &depth]);
        let inputs = llm.per_layer.as_ref();
        let per_layer = inputs.map(|inputs| inputs.declare(b, stack, [&width, &depth, &vocab]));
        let altup = llm.altup.map(|altup| altup.declare(&width, stack.norm));
        Decoder { llm, width, rows, vocab, added, depth, positions, kinds, per_layer, altup }
    }

    /// Width of the tokens that layers with cross-attention ask; none where visual tokens stand in
    /// the sequence.
    pub fn asked_width(&self) -> Option<&Dim> {
        self.kinds.asked_width.as_ref()
    }

    /// The words of a prompt, with its tables.
    pub fn words<'w>(&'w self, text: &'w Dim, structural: &'w Dim) -> join::Words<'w> {
        let (rows, added, width) = (&self.rows, self.added.as_ref(), &self.width);
        join::Words { text, structural, rows, added, width }
    }

    /// Requires that it has a position for each of so many tokens.
    pub fn require_positions(&self, b: &mut Builder, tokens: Dim) {
        let Some(rows) = &self.positions else { return };
        let field = match self.llm.stack().position.table() {
            Some(PositionTable { rows: Some(_) }) => "llm.position.learned.rows",
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
        asked: Option<Asked>,
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
        let beside = Beside { past: Some(Dim::zero()), asked, ..Beside::default() };
        let x = self.body(b, [read.node, read.ids], &beside, deepstack);
        let x = match logits {
            Logits::All => x,
            Logits::Last => b.scope("last_position", Role::Selection, |b| {
                b.push("last", Slice { length: Dim::one(), from_end: true }, &[x])
            }),
        };
        self.head(b, x, read.words)
    }

    /// One more token after `past` cached ones: id `[B, 1] → logits [B, 1, vocab]`.
    pub fn decode(&self, b: &mut Builder, batch: &Dim, past: &Dim, asked: Option<Asked>) -> NodeId {
        let id = Shape::new([batch.clone(), Dim::one()]);
        let read = join::embed(b, ("token_id", id), &self.rows, &self.width);
        let beside = Beside { past: Some(past.clone()), asked, ..Beside::default() };
        let x = self.body(b, read, &beside, &[]);
        self.head(b, x, b.param(read[0], 0))
    }

    /// Positions, blocks and the final norm: `[B, N, D] → [B, N, D]`, of which the last are words
    /// with these ids.
    fn body(
        &self,
        b: &mut Builder,
        [mut x, ids]: [NodeId; 2],
        beside: &Beside,
        deepstack: &[NodeId],
    ) -> NodeId {
        let inputs = self.per_layer.as_ref().map(|wired| (wired, wired.inputs(b, x, ids)));
        if let Some(rows) = &self.positions {
            let table = Shape::new([rows.clone(), self.width.clone()]);
            let name = ("embed_positions", "model.language_model.embed_positions");
            x = b.scope(name, Role::PositionEmbedding, |b| {
                b.push(("position", ""), AddTable { table, past: beside.past.clone() }, &[x])
            });
        }
        if let Some(streams) = &self.altup {
            x = streams.begin(b, x);
        }
        let name = ("blocks", "model.language_model.layers");
        let x = b.repeat(name, Role::Blocks, self.depth.clone(), x, |b, x| {
            let x = self.layer(b, x, beside, inputs);
            deepstack.iter().enumerate().fold(x, |x, (at, features)| {
                let name = format!("deepstack_{at}");
                let after = When::Among([at as u64].into());
                b.when((&*name, ""), Role::DeepStack, after, x, |b, x| {
                    b.push("add_visual", AddFirst, &[x, *features])
                })
            })
        });
        let x = match &self.altup {
            Some(streams) => streams.end(b, x),
            None => x,
        };
        if !self.llm.final_norm {
            return x;
        }
        b.scope(("final_norm", "model.language_model"), Role::Norm, |b| {
            norm(b, "norm", x, self.llm.stack().norm, &self.width)
        })
    }

    /// A block, and what the layer has for itself of the tokens, of the inputs of all layers.
    fn layer(
        &self,
        b: &mut Builder,
        x: NodeId,
        beside: &Beside,
        inputs: Option<(&per_layer::Wired, NodeId)>,
    ) -> NodeId {
        let own = inputs
            .map(|(wired, inputs)| move |b: &mut Builder, x: NodeId| wired.branch(b, x, inputs));
        let block = |b: &mut Builder, x: NodeId| self.kinds.round(b, x, beside);
        if let Some(streams) = &self.altup {
            return streams.layer(b, x, block, own);
        }
        let x = block(b, x);
        match own {
            Some(own) => b.scope(("per_layer", ""), Role::PerLayer, |b| b.residual(x, own)),
            None => x,
        }
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
        b.scope("lm_head", Role::Head, |b| {
            let logits = b.push_on(("lm_head", ""), head, &[x], tied.as_slice());
            let Some(added) = &self.added else { return logits };
            let more = linear(b, "additional_fc", x, &self.width, added, self.llm.head_bias);
            b.push("all", SideBySide, &[logits, more])
        })
    }
}
