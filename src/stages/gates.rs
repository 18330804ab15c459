//! Gates of what attention mixed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attention::Attention;
use super::heads::Heads;
use super::mlp::linear;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::ops::{Activation, ActivationKind, Multiply, MultiplyEach, Reshape, Shape, Split};

/// What multiplies the result of attention before it is projected, through a sigmoid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// Nothing.
    #[default]
    None,
    /// A gate for each value, which the query projection makes too: it is twice as wide (Qwen3.5).
    Query,
    /// A gate for each value, from a matrix of its own (Muse).
    Own,
    /// A gate for each head, from a matrix of its own (LFM3).
    Heads,
}

impl Attention {
    /// Queries, and the gates of tokens `x` before their sigmoid, if there are any.
    pub(super) fn gate_of(
        &self,
        b: &mut Builder,
        x: NodeId,
        q: NodeId,
    ) -> (NodeId, Option<NodeId>) {
        let mut own = |name: &str, width: &Dim| {
            Some(linear(b, ("gate_proj", name), x, &self.width, width, false))
        };
        match self.gate {
            Gate::None => (q, None),
            Gate::Query => {
                let [q, gate] = self.halves(b, q);
                (q, Some(gate))
            }
            Gate::Own => (q, own("self_attn.gate_proj", &self.heads.query_width)),
            Gate::Heads => (q, own("self_attn.g_proj", &self.heads.query)),
        }
    }

    /// What was mixed, gated if there is a gate.
    pub(super) fn gated(&self, b: &mut Builder, mixed: NodeId, gate: Option<NodeId>) -> NodeId {
        let Some(gate) = gate else { return mixed };
        let gate = b.push("gate", Activation { kind: ActivationKind::Sigmoid }, &[gate]);
        match self.gate {
            Gate::Heads => self.each_head(b, mixed, gate),
            Gate::None | Gate::Query | Gate::Own => b.push("gated", Multiply, &[mixed, gate]),
        }
    }

    /// Queries and gates, which stand side by side in each head: `[B, N, 2·h·d]` to twice
    /// `[B, N, h·d]`.
    fn halves(&self, b: &mut Builder, both: NodeId) -> [NodeId; 2] {
        let Heads { query, query_width, .. } = &self.heads;
        let [batch, tokens] = [0, 1].map(|axis| b.axis(both, axis));
        let each = query_width.over(query);
        let of_heads = Shape::new([batch.clone(), &tokens * query, 2 * &each]);
        let by_head = b.push("by_head", Reshape { shape: of_heads }, &[both]);
        let joined = Shape::new([batch, tokens, query_width.clone()]);
        [("q_half", Dim::zero()), ("gate_half", each.clone())].map(|(name, offset)| {
            let half = b.push(name, Split { offset, width: each.clone() }, &[by_head]);
            b.push(&*format!("{name}_joined"), Reshape { shape: joined.clone() }, &[half])
        })
    }

    /// What each head mixed times a number of its own: `[B, N, h·d]` and `[B, N, h]`.
    fn each_head(&self, b: &mut Builder, mixed: NodeId, gates: NodeId) -> NodeId {
        let Heads { query, query_width, .. } = &self.heads;
        let [batch, tokens] = [0, 1].map(|axis| b.axis(mixed, axis));
        let rows = &tokens * query;
        let by_head = Shape::new([batch.clone(), rows.clone(), query_width.over(query)]);
        let by_head = b.push("by_head", Reshape { shape: by_head }, &[mixed]);
        let each = Shape::new([batch.clone(), rows, Dim::one()]);
        let each = b.push("gate_by_head", Reshape { shape: each }, &[gates]);
        let gated = b.push("gated", MultiplyEach, &[by_head, each]);
        let joined = Shape::new([batch, tokens, query_width.clone()]);
        b.push("gated_joined", Reshape { shape: joined }, &[gated])
    }
}
