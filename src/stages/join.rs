//! Where visual tokens meet text: one sequence for the LLM.

use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::ops::{Concat, Embedding, Input, Shape};

/// The sequence that the LLM reads, `[B, S, D]`.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// The joined tokens.
    pub node: NodeId,
    /// S, the length.
    pub length: Dim,
}

/// Looks up the words and puts them behind the visual tokens:
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
    let text = b.scope("embed_tokens", |b| {
        let ids = Shape::new([batch.clone(), words.clone()]);
        let ids = b.push("token_ids", Input { shape: ids }, &[]);
        let table = Embedding { rows: vocab.clone(), width: width.clone() };
        b.push("embedding", table, &[ids])
    });
    let node = b.scope("join", |b| b.push("concat", Concat, &[visual, text]));
    b.name_axis(node, 1, "S", "tokens that the LLM reads");
    Sequence { node, length: b.axis(node, 1) }
}
