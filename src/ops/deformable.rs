//! Attention to a few places of a grid, which the queries choose.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first,
};
use crate::dim::Dim;

/// A weighted sum of values read between the tokens of a grid (Deformable DETR).
///
/// Inputs: values `[B, N, h·d]`; offsets `[B, Q, h·p·2]` (column, then row) and scores `[B, Q, h·p]` of
/// each query, head and point; places of the queries `[B, Q, 2]` (column, then row, from 0 to 1).
/// Output `[B, Q, h·d]`. Each point is read at the query's place and its offset in tokens, bilinear,
/// zeros beyond the grid; the shares of the p points of a head are the softmax of their scores. No
/// matmul FLOPs, as PyTorch's `grid_sample` has none. Other FLOPs: 9 per value of a point that is read
/// (7 to interpolate, 2 to weigh and sum) and 5 per score.
#[derive(Clone, Debug)]
pub struct Deformable {
    /// The grid that the values form; N = rows·columns.
    pub grid: Grid,
    /// Heads, h.
    pub heads: Dim,
    /// Points of a head, p.
    pub points: Dim,
}

impl Operation for Deformable {
    fn kind(&self) -> &'static str {
        "deformable attention"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let [values, offsets, scores, places] = inputs else {
            return Err(Mismatch("takes values, offsets, scores and places".into()));
        };
        let points = &self.heads * &self.points;
        let fits = offsets.last() == 2 * &points && scores.last() == points;
        if fits && places.last() == Dim::from(2) && places.rows() == scores.rows() {
            Ok(scores.with_last(values.last()))
        } else {
            Err(Mismatch("offsets, scores and places do not match the points".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let read = 9 * output.elements() * &self.points;
        Work::other(read + 5 * output.rows() * &self.heads * &self.points)
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let read = std::array::from_fn(|_| first(&mut inputs));
        machine.deformable(self, read)
    }
}
