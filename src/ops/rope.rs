//! Rotary position embedding.

use super::{Mismatch, Op, Shape, Storage, Weight, only};
use crate::dim::Dim;

/// Rotates pairs of channels of queries or keys; the shape stays and nothing is stored. Other FLOPs:
/// 3 per element (two products and a sum).
#[derive(Clone, Debug)]
pub struct Rope;

impl Op for Rope {
    fn kind(&self) -> &'static str {
        "rotary"
    }

    fn weights(&self) -> Vec<Weight> {
        Vec::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn matmul_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn other_flops(&self, _: &[&Shape], output: &Shape) -> Dim {
        3 * output.elements()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }
}
