//! The attention core with learned biases by distance (T5).

use super::{
    Machine, Mismatch, Operation, ParamRole, Shape, Shared, Slot, Slots, Storage, Value, Work,
    first,
};
use crate::dim::Dim;

/// `softmax(Q·Kᵀ + bias)·V` over heads, where the bias of a query and a key is a learned number for
/// the head and the distance between them, far distances together in buckets.
///
/// Inputs `q [B, N, h·d]`, `k` and `v` `[B, M, h·d]`; output `[B, N, h·d]`. It reads a table
/// `[buckets, h]`, which all layers of a stack share. Matmul FLOPs `4·B·N·M·h·d`, dense; other FLOPs 6
/// per score: the bias stands in the place of the scale, which T5 does not have.
#[derive(Clone, Debug)]
pub struct RelativeAttention {
    /// Heads.
    pub heads: Dim,
    /// Width of all queries, of all keys and of all values.
    pub width: Dim,
    /// Buckets of distances.
    pub buckets: Dim,
    /// Whether a query sees no later key; the last keys are the queries' own places.
    pub causal: bool,
}

impl Operation for RelativeAttention {
    fn kind(&self) -> &'static str {
        if self.causal {
            "causal attention with relative biases"
        } else {
            "attention with relative biases"
        }
    }

    fn slots(&self) -> Slots {
        let shape = Shape::new([self.buckets.clone(), self.heads.clone()]);
        [Slot::table(shape, ParamRole::Positions)].into_iter().collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        match inputs {
            [q, k, v] if q.last() == self.width && k.last() == self.width && k == v => {
                Ok((*q).clone())
            }
            _ => Err(Mismatch("q, k and v do not match the heads".into())),
        }
    }

    fn work(&self, inputs: &[&Shape], output: &Shape) -> Work {
        let keys = inputs.get(1).and_then(|k| k.0.get(1)).cloned().unwrap_or_default();
        let pairs = output.rows() * keys;
        Work::products(4 * &pairs * &self.width, 6 * pairs * &self.heads)
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let qkv = std::array::from_fn(|_| first(&mut inputs));
        machine.relative_attention(self, qkv)
    }
}
