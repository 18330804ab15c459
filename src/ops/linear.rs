//! A linear layer, `y = x·Wᵀ + b`.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// Which axis of the stored matrix is the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[out, in]`, as `torch.nn.Linear`.
    OutIn,
    /// `[in, out]`, as Gemma 3's `mm_input_projection_weight`.
    InOut,
}

/// `[.., in] → [.., out]`. Matmul FLOPs `2·rows·in·out`; a bias adds one addition per output.
#[derive(Clone, Debug)]
pub struct Linear {
    /// Input width.
    pub input: Dim,
    /// Output width.
    pub output: Dim,
    /// Whether a bias `[out]` is read and added.
    pub bias: bool,
    /// How the matrix is stored.
    pub layout: Layout,
}

impl Operation for Linear {
    fn kind(&self) -> &'static str {
        "linear"
    }

    fn slots(&self) -> Slots {
        let matrix = match self.layout {
            Layout::OutIn => Shape::new([self.output.clone(), self.input.clone()]),
            Layout::InOut => Shape::new([self.input.clone(), self.output.clone()]),
        };
        let bias = self.bias.then(|| Slot::bias(Shape::new([self.output.clone()])));
        [Slot::matrix(matrix)].into_iter().chain(bias).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        if x.last() == self.input {
            Ok(x.with_last(self.output.clone()))
        } else {
            Err(Mismatch("the input's width is not the layer's".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let elements = output.elements();
        let matmul = 2 * &elements * &self.input;
        Work::products(matmul, if self.bias { elements } else { Dim::zero() })
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.linear(self, first(&mut inputs))
    }
}
