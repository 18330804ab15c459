//! The blocks of a Q-Former, in which queries, and perhaps the words of an instruction, look at each
//! other and at the image.

use super::super::{Target, Visual};
use super::{QFormer, QFormerText, SIZES};
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, NodeId, Role, When};
use crate::ops::{AddTable, Concat, Embedding, Input, Learned, Shape, Slice, TableRows};
use crate::stages::attention::Attention;
use crate::stages::beside::Beside;
use crate::stages::block::norm;
use crate::stages::mlp::Mlp;
use crate::stages::names;

/// Wires queries and blocks: `[B·images, N, D_v] → [B·images, Q, D_q]`, and D_q.
pub(super) fn build(qformer: &QFormer, b: &mut Builder, x: &Visual, to: &Target) -> (NodeId, Dim) {
    let stack = Declared::new(b, qformer);
    let tokens = b.scope(("queries", ""), Role::Learned, |b| stack.embed(b, x, to));
    let name = ("blocks", "qformer.encoder.layer");
    let tokens = b.repeat(name, Role::Blocks, stack.depth.clone(), tokens, |b, tokens| {
        stack.block(b, tokens, x)
    });
    (stack.queries_of(b, tokens), stack.width)
}

/// The stack with its symbols declared.
struct Declared<'a> {
    qformer: &'a QFormer,
    queries: Dim,
    width: Dim,
    depth: Dim,
    mlp: Mlp,
    attention: Attention,
}

impl<'a> Declared<'a> {
    fn new(b: &mut Builder, qformer: &'a QFormer) -> Declared<'a> {
        let queries =
            b.size("Q", "learned queries", "bridge.qformer.queries", Some(qformer.queries)).into();
        let width = qformer.stack.width(b, &SIZES);
        let depth = qformer.stack.depth(b, &SIZES);
        let mlp = qformer.stack.mlp(b, &width, &SIZES);
        let attention = qformer.stack.attention(b, &width, &SIZES, &names::BERT);
        Declared { qformer, queries, width, depth, mlp, attention }
    }

    /// The queries, with the embedded instruction after them if there is one:
    /// `[B·images, Q, D_q]` or `[B·images, Q + T_q, D_q]`.
    fn embed(&self, b: &mut Builder, x: &Visual, to: &Target) -> NodeId {
        let (batch, rows, width) = (x.images.clone(), self.queries.clone(), self.width.clone());
        let weight = Shape::new([Dim::one(), rows.clone(), width.clone()]);
        let mut tokens = b.push("query_tokens", Learned { weight, batch, rows, width }, &[]);
        if let Some(text) = &self.qformer.text {
            let words = self.embed_text(b, text, x, to);
            tokens = b.push("concat", Concat, &[tokens, words]);
            b.name_axis(tokens, 1, "N_q", "tokens in the Q-Former's self-attention");
        }
        norm(b, ("norm", "qformer.layernorm"), tokens, self.qformer.stack.norm, &self.width)
    }

    /// Words and positions: `[B·images, T_q, D_q]`.
    fn embed_text(&self, b: &mut Builder, text: &QFormerText, x: &Visual, to: &Target) -> NodeId {
        let length: Dim = match text.tokens {
            None => to.text.clone(),
            Some(count) => {
                let meaning = "instruction tokens of the Q-Former";
                b.size("T_q", meaning, "bridge.qformer.text.tokens", Some(count)).into()
            }
        };
        let vocab = b
            .size(
                "vocab_q",
                "rows of the Q-Former's word table",
                "bridge.qformer.text.vocab",
                Some(text.vocab),
            )
            .into();
        let rows: Dim = b
            .size(
                "R_q",
                "rows of the Q-Former's position table",
                "bridge.qformer.text.positions",
                Some(text.positions),
            )
            .into();
        let ids = Input { shape: Shape::new([x.images.clone(), length.clone()]) };
        let ids = b.push("text_ids", ids, &[]);
        b.require(AtMost {
            needed: length.clone(),
            most: rows.clone(),
            names: ("tokens of the Q-Former's text", "rows of its position table"),
            field: "bridge.qformer.text.positions".into(),
            why: "only a vision encoder interpolates its table",
        });
        let words = Embedding { rows: vocab, width: self.width.clone() };
        let words =
            b.push(("word_embeddings", "qformer.embeddings.word_embeddings"), words, &[ids]);
        let table = Shape::new([rows, self.width.clone()]);
        let name = ("position_embeddings", "qformer.embeddings.position_embeddings");
        b.push(name, AddTable { table, rows: TableRows::After(Dim::zero()) }, &[words])
    }

    /// A BERT block: each branch is added back and then normed.
    fn block(&self, b: &mut Builder, tokens: NodeId, x: &Visual) -> NodeId {
        let tokens = b.scope("attention", Role::Attention, |b| {
            self.post_norm(b, "output.LayerNorm", tokens, |b, tokens| {
                let attention = Attention { causal: self.qformer.causal, ..self.attention.clone() };
                attention.over_itself(b, tokens, &Beside::default())
            })
        });
        let period = self.qformer.cross_attention_every.get();
        let asks = When::Every { period, offset: 0 };
        let tokens = b.when(
            ("cross_attention", "crossattention"),
            Role::CrossAttention,
            asks,
            tokens,
            |b, tokens| {
                let across = Attention { context_width: x.width.clone(), ..self.attention.clone() };
                self.on_queries(b, tokens, |b, queries| {
                    self.post_norm(b, "output.LayerNorm", queries, |b, queries| {
                        across.over(b, queries, x.node, x.node)
                    })
                })
            },
        );
        b.scope(("mlp", ""), Role::Mlp, |b| self.mlps(b, tokens))
    }

    /// One MLP for the queries, another for the text.
    fn mlps(&self, b: &mut Builder, tokens: NodeId) -> NodeId {
        let mlp = |names| Mlp { names, ..self.mlp.clone() };
        let queries = self.queries_of(b, tokens);
        let of_queries = mlp(["intermediate_query.dense", "output_query.dense"]);
        let norm = "output_query.LayerNorm";
        let queries = self.post_norm(b, norm, queries, |b, queries| of_queries.build(b, queries));
        let Some(text) = self.text_of(b, tokens) else {
            return queries;
        };
        let of_text = mlp(["intermediate.dense", "output.dense"]);
        let text = b.scope(("text", ""), Role::Mlp, |b| {
            self.post_norm(b, "output.LayerNorm", text, |b, text| of_text.build(b, text))
        });
        self.rejoin(b, queries, text, tokens)
    }

    /// Changes the queries and leaves the text as it is.
    fn on_queries(
        &self,
        b: &mut Builder,
        tokens: NodeId,
        change: impl FnOnce(&mut Builder, NodeId) -> NodeId,
    ) -> NodeId {
        let queries = self.queries_of(b, tokens);
        let changed = change(b, queries);
        match self.text_of(b, tokens) {
            None => changed,
            Some(text) => self.rejoin(b, changed, text, tokens),
        }
    }

    fn queries_of(&self, b: &mut Builder, tokens: NodeId) -> NodeId {
        if self.qformer.text.is_none() {
            return tokens;
        }
        let slice = Slice { length: self.queries.clone(), from_end: false };
        b.push("queries", slice, &[tokens])
    }

    fn text_of(&self, b: &mut Builder, tokens: NodeId) -> Option<NodeId> {
        self.qformer.text.as_ref()?;
        let all = b.axis(tokens, 1);
        let length = b.symbols().expand(&all) - &self.queries;
        Some(b.push("text", Slice { length, from_end: true }, &[tokens]))
    }

    /// Queries and text as one sequence again, as long as `before`.
    fn rejoin(&self, b: &mut Builder, queries: NodeId, text: NodeId, before: NodeId) -> NodeId {
        let tokens = b.push("concat", Concat, &[queries, text]);
        let length = b.axis(before, 1);
        b.rename_axis(tokens, 1, &length);
        tokens
    }

    fn post_norm(
        &self,
        b: &mut Builder,
        module: &str,
        x: NodeId,
        branch: impl FnOnce(&mut Builder, NodeId) -> NodeId,
    ) -> NodeId {
        let x = b.residual(x, branch);
        norm(b, ("norm", module), x, self.qformer.stack.norm, &self.width)
    }
}
