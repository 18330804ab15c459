//! The attention core with decomposed relative positions.

use super::{
    Machine, Mismatch, Operation, ParamRole, Shape, Shared, Slot, Slots, Storage, Value, Work,
    first,
};
use crate::dim::Dim;

/// `softmax(Q·Kᵀ/√d + Q·Rᵀ)·V` over heads, for tokens of an r×c grid (SAM): a query is compared with
/// each key, and with the rows of two stored tables that say how far rows and columns stand apart.
///
/// Inputs `q`, `k` and `v` `[B, N, h·d]`, N = r·c; output alike; tables `[R, d]` and `[C, d]`, which are
/// read between their rows where they were made for a grid of another size than R = 2·r − 1 and C =
/// 2·c − 1. Matmul FLOPs `4·B·N²·h·d + 2·B·N·(r + c)·h·d`. Other FLOPs: 8 per score (two sums beside those
/// of other attention).
#[derive(Clone, Debug)]
pub struct GridAttention {
    /// Heads.
    pub heads: Dim,
    /// Size of a head.
    pub head_dim: Dim,
    /// r and c.
    pub sides: (Dim, Dim),
    /// R and C, the rows of the tables.
    pub tables: (Dim, Dim),
}

impl GridAttention {
    /// Width of all heads.
    fn width(&self) -> Dim {
        &self.heads * &self.head_dim
    }
}

impl Operation for GridAttention {
    fn kind(&self) -> &'static str {
        "attention with relative positions"
    }

    fn slots(&self) -> Slots {
        let table = |name, rows: &Dim| Slot {
            name,
            ..Slot::table(Shape::new([rows.clone(), self.head_dim.clone()]), ParamRole::Positions)
        };
        let (rows, columns) = &self.tables;
        [table("rel_pos_h", rows), table("rel_pos_w", columns)].into_iter().collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let [q, k, v] = inputs else {
            return Err(Mismatch("takes q, k and v".into()));
        };
        match &q.0[..] {
            [_, _, _] if q == k && k == v => Ok((*q).clone()),
            _ => Err(Mismatch("q, k and v differ".into())),
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let tokens = &self.sides.0 * &self.sides.1;
        let each = 2 * &tokens + &self.sides.0 + &self.sides.1;
        let matmul = 2 * output.rows() * each * self.width();
        Work::products(matmul, 8 * output.rows() * &self.heads * tokens)
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let read = std::array::from_fn(|_| first(&mut inputs));
        machine.grid_attention(self, read)
    }
}
