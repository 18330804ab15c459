//! The attention core: scores, softmax, weighted sum.

use super::{Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first};
use crate::dim::Dim;

/// `softmax(Q·Kᵀ/√d)·V` over heads, after the projections.
///
/// Inputs `q [B, N, h·d]`, `k [B, M, h_kv·d]`, `v [B, M, h_kv·d]`; output `[B, N, h·d]`. Several
/// query heads may share a key head; that saves projections and cache, not products: matmul FLOPs
/// are `4·B·h·d·N·M`, dense, with no discount for a mask. Other FLOPs: 6 per score (scale, and
/// softmax's maximum, subtraction, exponential, sum, division). The scores are never stored whole.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Query heads.
    pub heads: Dim,
    /// Key and value heads.
    pub kv_heads: Dim,
    /// Size of a head.
    pub head_dim: Dim,
    /// Width of all queries.
    pub width: Dim,
    /// Width of all keys, and of all values.
    pub kv_width: Dim,
    /// Whether a query sees only keys at or before its own position.
    pub causal: bool,
    /// In a causal attention, how many keys a query sees at most.
    pub window: Option<Dim>,
}

impl Attention {
    /// The shapes within: queries, keys and values by heads, and the scores.
    pub fn inside(&self, inputs: &[&Shape]) -> [(&'static str, Shape); 4] {
        let axis = |of: usize, at: usize| {
            inputs.get(of).and_then(|shape| shape.0.get(at)).cloned().unwrap_or_default()
        };
        let (batch, queries, keys) = (axis(0, 0), axis(0, 1), axis(1, 1));
        let heads = |count: &Dim, tokens: &Dim| {
            Shape::new([batch.clone(), count.clone(), tokens.clone(), self.head_dim.clone()])
        };
        let scores = [batch.clone(), self.heads.clone(), queries.clone(), keys.clone()];
        [
            ("queries", heads(&self.heads, &queries)),
            ("keys", heads(&self.kv_heads, &keys)),
            ("values", heads(&self.kv_heads, &keys)),
            ("scores (not stored)", Shape::new(scores)),
        ]
    }
}

impl Operation for Attention {
    fn kind(&self) -> &'static str {
        if self.causal { "causal attention" } else { "attention" }
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let [q, k, v] = inputs else {
            return Err(Mismatch("takes q, k and v".into()));
        };
        let fits = q.last() == self.width && k.last() == self.kv_width && k == v;
        if fits && q.0.len() == 3 && k.0.len() == 3 && q.0[0] == k.0[0] {
            Ok((*q).clone())
        } else {
            Err(Mismatch("q, k and v do not match the heads".into()))
        }
    }

    fn work(&self, inputs: &[&Shape], output: &Shape) -> Work {
        let keys = keys(inputs);
        let matmul = 4 * output.elements() * &keys;
        Work { matmul, other: 6 * output.rows() * &self.heads * keys }
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let [q, k, v] = std::array::from_fn(|_| first(&mut inputs));
        machine.attention(self, q, k, v)
    }
}

/// M, the number of keys.
fn keys(inputs: &[&Shape]) -> Dim {
    inputs.get(1).and_then(|k| k.0.get(1)).cloned().unwrap_or_default()
}
