//! How attention makes queries, keys and values of tokens.

use super::attention::{Attention, Gate};
use super::heads::Heads;
use super::mlp::linear;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, ParamId, Stored};
use crate::ops::{Layout, Linear, ParamRole, Reshape, Shape, Split};

impl Attention {
    /// The projection of queries, and of gates if it makes them too.
    pub(super) fn queries(&self, b: &mut Builder, x: NodeId) -> NodeId {
        let q = &self.heads.query_width;
        let made = if self.gate == Gate::Query { 2 * q } else { q.clone() };
        linear(b, ("q_proj", self.names.projections[0]), x, &self.width, &made, self.qkv_bias)
    }

    /// Queries, as they were projected of tokens, and what they mix is multiplied with, if anything.
    pub(super) fn gated(&self, b: &mut Builder, x: NodeId, q: NodeId) -> (NodeId, Option<NodeId>) {
        let own = |b: &mut Builder, module: &str, all: &Dim| {
            linear(b, ("gate_proj", module), x, &self.width, all, false)
        };
        match self.gate {
            Gate::None => (q, None),
            Gate::Query => {
                let [q, gate] = self.halves(b, q);
                (q, Some(gate))
            }
            Gate::Own => (q, Some(own(b, "self_attn.gate_proj", &self.heads.query_width))),
            Gate::Heads => (q, Some(own(b, "self_attn.g_proj", &self.heads.query))),
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

    /// Three matrices, of which keys and values may share one.
    pub(super) fn project(
        &self,
        b: &mut Builder,
        x: NodeId,
        keys: NodeId,
        values: NodeId,
    ) -> [NodeId; 3] {
        let kv = self.heads.kv_width.clone();
        let [_, key, value] = self.names.projections;
        let q = self.queries(b, x);
        let k = linear(b, ("k_proj", key), keys, &self.context_width, &kv, self.qkv_bias);
        if self.keys_as_values {
            return [q, k, k];
        }
        let v = linear(b, ("v_proj", value), values, &self.context_width, &kv, self.qkv_bias);
        [q, k, v]
    }

    /// One product with a stored matrix, whose result is split.
    pub(super) fn project_fused(&self, b: &mut Builder, x: NodeId) -> [NodeId; 3] {
        let (q, kv) = (self.heads.query_width.clone(), self.heads.kv_width.clone());
        let all = &q + &kv + &kv;
        let qkv = linear(b, ("qkv", self.names.fused), x, &self.width, &all, self.qkv_bias);
        let k_at = q.clone();
        let v_at = &q + &kv;
        [("q", Dim::zero(), q), ("k", k_at, kv.clone()), ("v", v_at, kv)]
            .map(|(name, offset, width)| b.push(name, Split { offset, width }, &[qkv]))
    }

    /// Three products, each with some rows of one stored matrix.
    pub(super) fn project_in_parts(&self, b: &mut Builder, from: [NodeId; 3]) -> [NodeId; 3] {
        let (q, kv) = (self.heads.query_width.clone(), self.heads.kv_width.clone());
        let rows = &q + &kv + &kv;
        let shape = Shape::new([rows.clone(), self.width.clone()]);
        let [weight, bias] = ["_weight", "_bias"].map(|end| self.names.fused.to_owned() + end);
        let mut stored = vec![b.store(("in_proj.weight", &*weight), shape, ParamRole::Matrix)];
        if self.qkv_bias {
            let shape = Shape::new([rows]);
            stored.push(b.store(("in_proj.bias", &*bias), shape, ParamRole::Bias));
        }
        let (k_at, v_at) = (q.clone(), &q + &kv);
        let parts =
            [("q_proj", Dim::zero(), q), ("k_proj", k_at, kv.clone()), ("v_proj", v_at, kv)];
        let mut from = from.into_iter();
        parts.map(|(name, offset, output)| {
            let rows = |param: &ParamId| Stored { param: *param, offset: Some(offset.clone()) };
            let stored: Vec<Stored> = stored.iter().map(rows).collect();
            let (input, bias) = (self.width.clone(), self.qkv_bias);
            let layer = Linear { input, output, bias, layout: Layout::OutIn };
            b.push_on(name, layer, from.next().as_slice(), &stored)
        })
    }

    /// Keys and values of other tokens, by two matrices or by one: `[B, M, D_x]` to twice
    /// `[B, M, g·d]`.
    pub fn keys_and_values(&self, b: &mut Builder, asked: NodeId, is_one: bool) -> [NodeId; 2] {
        let (width, kv) = (&self.context_width, &self.heads.kv_width);
        let [_, key, value] = self.names.projections;
        let [k, v] = if is_one {
            let both = linear(b, ("kv_proj", "kv_proj"), asked, width, &(2 * kv), self.qkv_bias);
            [("k", Dim::zero()), ("v", kv.clone())]
                .map(|(name, offset)| b.push(name, Split { offset, width: kv.clone() }, &[both]))
        } else {
            let k = linear(b, ("k_proj", key), asked, width, kv, self.qkv_bias);
            [k, linear(b, ("v_proj", value), asked, width, kv, self.qkv_bias)]
        };
        [self.prepare(b, "k", k, kv, &Dim::zero()), v]
    }
}
