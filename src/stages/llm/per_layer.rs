//! Per-layer embeddings: each layer has a small vector for each token, from a table of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{Activation, ActivationKind, Add, Embedding, Multiply, NormKind, OfRound, PadIds};
use crate::stages::block::norm;
use crate::stages::mlp::linear;
use crate::stages::stack::Stack;
use crate::units::Size;

/// Per-layer embeddings (Gemma 3n, Gemma 4 E2B and E4B): a table has a small vector of each word for
/// each layer, to which a projection of what the LLM reads is added. A layer multiplies the vector with
/// a gate and adds what becomes of it to its tokens.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PerLayerEmbeddings")]
pub struct PerLayerSpec {
    /// Values that a layer has of each token.
    #[schemars(example = 256)]
    pub width: Size,
    /// Rows of the table; as many as `vocab` of the LLM if not given. What is no word, or none of
    /// these, has row 0.
    #[serde(default)]
    #[schemars(example = 262144)]
    pub vocab: Option<Size>,
}

/// Per-layer embeddings, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerLayer {
    width: Size,
    vocab: Option<Size>,
}

impl From<&PerLayerSpec> for PerLayer {
    fn from(spec: &PerLayerSpec) -> PerLayer {
        let PerLayerSpec { width, vocab } = *spec;
        PerLayer { width, vocab }
    }
}

impl From<&PerLayer> for PerLayerSpec {
    fn from(per_layer: &PerLayer) -> PerLayerSpec {
        let PerLayer { width, vocab } = *per_layer;
        PerLayerSpec { width, vocab }
    }
}

impl PerLayer {
    /// Its sizes declared, in an LLM of so many layers and words.
    pub fn declare(
        &self,
        b: &mut Builder,
        stack: &Stack,
        [width, depth, vocab]: [&Dim; 3],
    ) -> Wired {
        let (meaning, field) =
            ("values that a layer has of a token", "llm.per_layer_embeddings.width");
        let each = b.size("d_l", meaning, field, Some(self.width)).into();
        let rows = match self.vocab {
            None => vocab.clone(),
            Some(_) => {
                let (meaning, field) =
                    ("rows of the per-layer table", "llm.per_layer_embeddings.vocab");
                b.size("vocab_l", meaning, field, self.vocab).into()
            }
        };
        let (norm, activation) = (stack.norm, stack.mlp.activation);
        Wired { width: width.clone(), depth: depth.clone(), each, rows, norm, activation }
    }
}

/// Per-layer embeddings in an LLM.
#[derive(Debug)]
pub struct Wired {
    width: Dim,
    depth: Dim,
    each: Dim,
    rows: Dim,
    norm: NormKind,
    activation: ActivationKind,
}

impl Wired {
    /// What all layers have of the tokens `[B, N, D]`, of which the last have these ids:
    /// `[B, N, L·d_l]`.
    pub fn inputs(&self, b: &mut Builder, x: NodeId, ids: NodeId) -> NodeId {
        let all = &self.depth * &self.each;
        b.scope(("per_layer_inputs", ""), Role::PerLayerInputs, |b| {
            let of_all = PadIds { tokens: b.axis(x, 1), rows: self.rows.clone() };
            let ids = b.push("ids", of_all, &[ids]);
            let table = Embedding { rows: self.rows.clone(), width: all.clone() };
            let words = b.push(("embedding", "embed_tokens_per_layer"), table, &[ids]);
            let projection = ("projection", "per_layer_model_projection");
            let projected = linear(b, projection, x, &self.width, &all, false);
            let name = ("norm", "per_layer_projection_norm");
            let projected = norm(b, name, projected, self.norm, &self.each);
            b.push("sum", Add, &[projected, words])
        })
    }

    /// A layer's part of them on the tokens that leave it: `[B, N, D]` and `[B, N, L·d_l]` to
    /// `[B, N, D]`, which is to be added.
    pub fn branch(&self, b: &mut Builder, x: NodeId, inputs: NodeId) -> NodeId {
        let Wired { width, each, .. } = self;
        let own = b.push("own_part", OfRound { width: each.clone() }, &[inputs]);
        let gate = linear(b, ("gate", "per_layer_input_gate"), x, width, each, false);
        let gate = b.push("activation", Activation { kind: self.activation }, &[gate]);
        let gated = b.push("gated", Multiply, &[gate, own]);
        let made = linear(b, ("projection", "per_layer_projection"), gated, each, width, false);
        norm(b, ("norm", "post_per_layer_input_norm"), made, self.norm, width)
    }
}
