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

/// Looks up token ids, `[B, N] → [B, N, D]`; what is made, and the ids.
pub fn embed(b: &mut Builder, ids: (&str, Shape), vocab: &Dim, width: &Dim) -> [NodeId; 2] {
    b.scope(("embed_tokens", "model.language_model.embed_tokens"), Role::TokenEmbedding, |b| {
        let (name, shape) = ids;
        let ids = b.push(name, Input { shape }, &[]);
        let table = Embedding { rows: vocab.clone(), width: width.clone() };
        [b.push(("embedding", ""), table, &[ids]), ids]
    })
}

/// The words of a prompt, and the tables that they are looked up in.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    /// Words of the text.
    pub text: &'a Dim,
    /// Words around the images.
    pub structural: &'a Dim,
    /// Rows of the table.
    pub rows: &'a Dim,
    /// Rows of a second table, in which the words around images are looked up.
    pub added: Option<&'a Dim>,
    /// D, width of a token.
    pub width: &'a Dim,
}

/// Looks up the words and puts them after the visual tokens:
/// `[B, V, D]` and ids `[B, text] → [B, S, D]`.
///
/// Where the visual tokens stand among the words changes no shape and no cost. Without visual tokens
/// in it, the sequence is the words.
pub fn build(b: &mut Builder, visual: Option<NodeId>, words: &Words<'_>, batch: &Dim) -> Sequence {
    let Words { text, structural, rows, added, width } = *words;
    let all = if added.is_some() { text.clone() } else { text + structural };
    let ids = Shape::new([batch.clone(), all]);
    let [text, ids] = embed(b, ("token_ids", ids), rows, width);
    let table = b.param(text, 0);
    let text = match added {
        Some(added) => {
            let name = "model.language_model.embed_tokens.additional_embedding";
            let ids = Shape::new([batch.clone(), structural.clone()]);
            let other = b.scope(("added_tokens", name), Role::TokenEmbedding, |b| {
                let ids = b.push("added_ids", Input { shape: ids }, &[]);
                let table = Embedding { rows: added.clone(), width: width.clone() };
                b.push(("embedding", ""), table, &[ids])
            });
            b.push("words", Concat, &[text, other])
        }
        None => text,
    };
    let node = match visual {
        Some(visual) => b.scope("join", Role::Join, |b| b.push("concat", Concat, &[visual, text])),
        None => text,
    };
    b.name_axis(node, 1, "S", "tokens that the LLM reads");
    Sequence { node, length: b.axis(node, 1), words: table, ids }
}
