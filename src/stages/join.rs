//! Where visual tokens meet text: one sequence for the LLM.

use crate::dim::Dim;
use crate::graph::{Builder, NodeId, ParamId, Role};
use crate::ops::{Concat, Embedding, Input, Shape};

/// The sequence that the LLM reads, `[B, S, D]`.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// The joined tokens.
    pub node: NodeId,
    /// S, the length.
    pub length: Dim,
    /// The table of words, `[vocab, D]`.
    pub words: ParamId,
    /// The ids of the words, `[B, text]`.
    pub ids: NodeId,
}

/// Words as vectors.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The vectors, `[B, N, D]`.
    pub node: NodeId,
    /// Their ids, `[B, N]`.
    pub ids: NodeId,
}

/// Looks up token ids: `[B, N] → [B, N, D]`.
pub fn embed(b: &mut Builder, ids: (&str, Shape), vocab: &Dim, width: &Dim) -> Words {
    b.scope(("embed_tokens", "model.language_model.embed_tokens"), Role::TokenEmbedding, |b| {
        let (name, shape) = ids;
        let ids = b.push(name, Input { shape }, &[]);
        let table = Embedding { rows: vocab.clone(), width: width.clone() };
        Words { node: b.push(("embedding", ""), table, &[ids]), ids }
    })
}

/// Looks up the words and puts them after the visual tokens:
/// `[B, V, D]` and ids `[B, text] → [B, S, D]`.
///
/// Where the visual tokens stand among the words changes no shape and no cost.
pub fn build(
    b: &mut Builder,
    visual: NodeId,
    words: &Dim,
    batch: &Dim,
    vocab: &Dim,
    width: &Dim,
) -> Sequence {
    let ids = Shape::new([batch.clone(), words.clone()]);
    let text = embed(b, ("token_ids", ids), vocab, width);
    let node = b.scope("join", Role::Join, |b| b.push("concat", Concat, &[visual, text.node]));
    b.name_axis(node, 1, "S", "tokens that the LLM reads");
    Sequence { node, length: b.axis(node, 1), words: b.param(text.node, 0), ids: text.ids }
}
