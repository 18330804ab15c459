//! A learned factor per channel.

use super::{Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight, first, only};
use crate::dim::Dim;

/// Each channel times a learned factor `[D]` (LayerScale).
#[derive(Clone, Debug)]
pub struct Scale {
    /// Channels.
    pub width: Dim,
}

impl Op for Scale {
    fn kind(&self) -> &'static str {
        "layer scale"
    }

    fn weights(&self) -> Vec<Weight> {
        vec![Weight::new("lambda", Shape::new([self.width.clone()]))]
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn matmul_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn other_flops(&self, _: &[&Shape], output: &Shape) -> Dim {
        output.elements()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.scale(self, first(&mut inputs))
    }
}
