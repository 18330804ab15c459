//! The gated delta rule: a state that each token reads, corrects and lets decay.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first,
};
use crate::dim::{Dim, Symbols};

/// Queries and keys `[B, N, g·d]`, values `[B, N, h·e]`, decay and learning rate before their
/// activations `[B, N, h]` become `[B, N, h·e]`, through one state `[d, e]` for each value head.
///
/// Stored are `dt_bias [h]` and `A_log [h]`. A whole prompt is read in chunks of 64 tokens, the last
/// one padded, as the PyTorch code of transformers does it; a triangular system is solved in each,
/// whose FLOPs `FlopCounterMode` does not count: matmul FLOPs of a head and chunk of c tokens are
/// `4·c²·d + 2·c²·e + 6·c·d·e`. A decode step multiplies no matrices. Other FLOPs: of a step, and of
/// each token, `7·d·e` per head (decay, reading twice, correcting), and the triangular system's
/// `c·(c − 1)·(d + e)` per chunk. The state stays for the next step.
#[derive(Clone, Debug)]
pub struct DeltaRule {
    /// h, value heads.
    pub heads: Dim,
    /// g, query and key heads.
    pub key_heads: Dim,
    /// d, size of a query and a key.
    pub key_dim: Dim,
    /// e, size of a value.
    pub value_dim: Dim,
    /// Chunks of the sequence; none in a decode step.
    pub chunks: Option<Dim>,
}

/// Tokens of a chunk.
pub const CHUNK: u64 = 64;

impl DeltaRule {
    /// The chunks of so many tokens.
    pub fn chunks_of(symbols: &mut Symbols, tokens: &Dim) -> Dim {
        symbols.ceil_div(tokens, &CHUNK.into())
    }
}

impl Operation for DeltaRule {
    fn kind(&self) -> &'static str {
        "gated delta rule"
    }

    fn slots(&self) -> Slots {
        let shape = Shape::new([self.heads.clone()]);
        ["dt_bias", "A_log"].into_iter().map(|name| Slot::vector(name, shape.clone())).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let [q, k, v, a, b] = inputs else {
            return Err(Mismatch("takes q, k, v, decay and learning rate".into()));
        };
        let keys = &self.key_heads * &self.key_dim;
        let values = &self.heads * &self.value_dim;
        let fits = q.last() == keys && q == k && v.last() == values;
        if fits && a.last() == self.heads && a == b {
            Ok((*v).clone())
        } else {
            Err(Mismatch("q, k, v, decay and learning rate do not match the heads".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let (batch, tokens) = (&output.0[0], &output.0[1]);
        let (d, e) = (&self.key_dim, &self.value_dim);
        let states = batch * &self.heads;
        let steps = &states * tokens * 7 * d * e;
        let Some(chunks) = &self.chunks else { return Work::other(steps) };
        let c = Dim::from(CHUNK);
        let each = 4 * c.pow(2) * d + 2 * c.pow(2) * e + 6 * &c * d * e;
        let system = &c * (&c - Dim::one()) * (d + e);
        Work::products(&states * chunks * each, steps + states * chunks * system)
    }

    fn storage(&self, _: &[&Shape], output: &Shape) -> Storage {
        let elements = &output.0[0] * &self.heads * &self.key_dim * &self.value_dim;
        Storage::State { elements, wide: true }
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let [q, k, v, a, b] = std::array::from_fn(|_| first(&mut inputs));
        machine.delta_rule(self, [q, k, v, a, b])
    }
}
