//! Attention of one query for each block of tokens.

use super::{
    Blocks, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first,
};
use crate::dim::Dim;

/// `softmax(q·Kᵀ/√d)·V` over heads, where each query asks the tokens of its own block.
///
/// Inputs `q [B, M, h·d]`, `k [B, M·k², h·d]` and `v` alike, the tokens of a block one after the
/// other; output `[B, M, h·d]`. Matmul FLOPs `4·B·M·k²·h·d`, dense: a token that the grid lacks is
/// multiplied and then not seen. Other FLOPs: 6 per score, as in other attention.
#[derive(Clone, Debug)]
pub struct BlockAttention {
    /// The blocks.
    pub blocks: Blocks,
    /// Heads.
    pub heads: Dim,
    /// Size of a head.
    pub head_dim: Dim,
}

impl Operation for BlockAttention {
    fn kind(&self) -> &'static str {
        "attention in blocks"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let [q, k, v] = inputs else {
            return Err(Mismatch("takes q, k and v".into()));
        };
        let width = &self.heads * &self.head_dim;
        let fits = q.last() == width && k.last() == width && k == v;
        if fits && q.elements() * self.blocks.tokens() == k.elements() {
            Ok((*q).clone())
        } else {
            Err(Mismatch("q, k and v do not match the blocks".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let tokens = self.blocks.tokens();
        let matmul = 4 * output.elements() * &tokens;
        Work::products(matmul, 6 * output.rows() * &self.heads * tokens)
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let [q, k, v] = std::array::from_fn(|_| first(&mut inputs));
        machine.block_attention(self, q, k, v)
    }
}
