//! How attention makes queries, keys and values of tokens.

use super::attention::Attention;
use super::gates::Gate;
use super::mlp::linear;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::ops::Split;

impl Attention {
    /// The projection of queries, and of gates if it makes them too.
    pub(super) fn queries(&self, b: &mut Builder, x: NodeId) -> NodeId {
        let q = &self.heads.query_width;
        let made = if self.gate == Gate::Query { 2 * q } else { q.clone() };
        linear(b, ("q_proj", self.names.projections[0]), x, &self.width, &made, self.qkv_bias)
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
        let key_bias = self.qkv_bias && self.key_bias;
        let k = linear(b, ("k_proj", key), keys, &self.context_width, &kv, key_bias);
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
