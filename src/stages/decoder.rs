//! The decoder-only LLM (Llama, Vicuna, Mistral, OPT, Gemma 1 to 3, Qwen2, Qwen3).

use serde::Serialize;

use super::beside::{Asked, Beside};
use super::join;
use super::kinds::SIZES;
use super::llm::Llm;
use super::mixer::Mixer;
use super::mlp::linear;
use super::options::PositionTable;
use super::trunk::Trunk;
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, NodeId, ParamId, Role, Stored};
use crate::ops::{Embedding, Input, Layout, Linear, Shape, SideBySide, Slice};

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
    trunk: Trunk,
    /// What reads the prompt, where the blocks are a decoder that asks it.
    reader: Option<Trunk>,
}

impl<'a> Decoder<'a> {
    /// Declares the symbols of the LLM.
    pub fn declare(b: &mut Builder, llm: &'a Llm) -> Decoder<'a> {
        let stack = llm.stack();
        let width = stack.width(b, &SIZES);
        let vocab: Dim =
            b.size("vocab", "rows of the LLM's token embedding", "llm.vocab", llm.vocab).into();
        let meaning = "rows of the token embedding that the head does not score";
        let extra = b.unless(0, "vocab_x", meaning, "llm.extra_vocab", llm.extra_vocab);
        let rows = extra.map_or_else(|| vocab.clone(), |extra| &vocab + Dim::from(extra));
        let meaning = "tokens that embedding and head store apart";
        let added = llm
            .added_vocab
            .map(|count| b.size("vocab_a", meaning, "llm.added_vocab", Some(count)).into());
        let rows_of_positions = llm.position_table().map(|table| {
            b.size("R", "rows of the LLM's position table", "llm.position.learned.rows", table.rows)
                .into()
        });
        let trunk = Trunk::of_llm(b, llm, [&width, &vocab], rows_of_positions.clone());
        let reader = llm.encoder.as_ref();
        let reader =
            reader.map(|reader| Trunk::of_reader(b, llm, reader, &width, rows_of_positions));
        Decoder { llm, width, rows, vocab, added, trunk, reader }
    }

    /// Width of the tokens that layers with cross-attention ask; none where visual tokens stand in
    /// the sequence.
    pub fn asked_width(&self) -> Option<&Dim> {
        self.trunk.asked_width()
    }

    /// The words of a prompt, with its tables.
    pub fn words<'w>(&'w self, text: &'w Dim, structural: &'w Dim) -> join::Words<'w> {
        let (rows, added, width) = (&self.rows, self.added.as_ref(), &self.width);
        join::Words { text, structural, rows, added, width }
    }

    /// Requires that it has a position for each of so many tokens.
    pub fn require_positions(&self, b: &mut Builder, tokens: Dim) {
        let Some(rows) = &self.trunk.positions else { return };
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

    /// Whether an encoder reads the prompt, and the blocks begin with one token.
    pub fn has_encoder(&self) -> bool {
        self.reader.is_some()
    }

    /// Whether a decode step makes keys and values of visual tokens anew.
    pub fn asks_anew(&self) -> bool {
        let kinds = self.llm.layers.iter().flat_map(|layers| &layers.kinds);
        let layers = kinds.map(|kind| &kind.layer).chain([&self.llm.layer]);
        let mut mixers = layers.map(|layer| &layer.mixer);
        mixers.any(|mixer| matches!(mixer, Mixer::Cross(cross) if !cross.cached))
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
                most: self.trunk.depth.clone(),
                names: ("blocks after which `deepstack` adds features", "blocks of the LLM"),
                field: "deepstack.layers".into(),
                why: "each layer of it has a block of its own",
            });
        }
        let past = Some(Dim::zero());
        let x = match &self.reader {
            None => {
                let beside = Beside { past, asked, ids: Some(read.ids), ..Beside::default() };
                self.trunk.run(b, read.node, beside, deepstack)
            }
            Some(reader) => {
                let asked = b.scope(("encoder", ""), Role::Reader, |b| {
                    reader.run(b, read.node, Beside::default(), deepstack)
                });
                let asked = Asked::of(b, asked);
                let start = Shape::new([asked.batch.clone(), Dim::one()]);
                let start = self.start(b, start, read.words);
                let beside = Beside { past, asked: Some(asked), ..Beside::default() };
                self.trunk.run(b, start, beside, &[])
            }
        };
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
        let [read, ids] = join::embed(b, ("token_id", id), &self.rows, &self.width);
        let past = Some(past.clone());
        let beside = Beside { past, asked, ids: Some(ids), ..Beside::default() };
        let x = self.trunk.run(b, read, beside, &[]);
        self.head(b, x, b.param(read, 0))
    }

    /// The token that a decoder begins with, looked up among the words: `[B, 1, D]`.
    fn start(&self, b: &mut Builder, ids: Shape, words: ParamId) -> NodeId {
        b.scope(("start_token", ""), Role::TokenEmbedding, |b| {
            let ids = b.push("start_id", Input { shape: ids }, &[]);
            let table = Embedding { rows: self.rows.clone(), width: self.width.clone() };
            b.push_on(("embedding", ""), table, &[ids], &[words.into()])
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
        b.scope("lm_head", Role::Head, |b| {
            let logits = b.push_on(("lm_head", ""), head, &[x], tied.as_slice());
            let Some(added) = &self.added else { return logits };
            let more = linear(b, "additional_fc", x, &self.width, added, self.llm.head_bias);
            b.push("all", SideBySide, &[logits, more])
        })
    }
}
