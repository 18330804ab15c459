//! A linear layer, `y = x·Wᵀ + b`.

use super::{Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight, first, only};
use crate::dim::Dim;

/// How the weight matrix is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `[out, in]`, as `torch.nn.Linear`.
    OutIn,
    /// `[in, out]`, as Gemma 3's `mm_input_projection_weight`.
    InOut,
    /// The first rows of a stored `[rows, in]` matrix, whose other rows later layers use
    /// (`torch.nn.MultiheadAttention`'s `in_proj`).
    First(Dim),
    /// Later rows of a matrix that a [`Layout::First`] in the same scope stores, bias included.
    Later {
        /// The operation that stores it.
        of: &'static str,
        /// Rows of the stored matrix.
        rows: Dim,
        /// Rows before this layer's.
        offset: Dim,
    },
    /// The matrix of the token embedding at this path: only a bias is stored here.
    Tied(&'static str),
}

/// `[.., in] → [.., out]`. Matmul FLOPs `2·rows·in·out`; a bias adds one addition per output.
#[derive(Clone, Debug)]
pub struct Linear {
    /// Input width.
    pub input: Dim,
    /// Output width.
    pub output: Dim,
    /// Whether a bias `[out]` is stored and added.
    pub bias: bool,
    /// How the matrix is stored.
    pub layout: Layout,
}

impl Op for Linear {
    fn kind(&self) -> &'static str {
        "linear"
    }

    fn weights(&self) -> Vec<Weight> {
        let (input, output) = (self.input.clone(), self.output.clone());
        let (matrix, rows) = match &self.layout {
            Layout::OutIn => (Some([output.clone(), input]), output),
            Layout::InOut => (Some([input, output.clone()]), output),
            Layout::First(rows) => (Some([rows.clone(), input]), rows.clone()),
            Layout::Later { .. } => return Vec::new(),
            Layout::Tied(_) => (None, output),
        };
        let matrix = matrix.map(|axes| Weight::new("weight", Shape::new(axes)));
        let bias = self.bias.then(|| Weight::new("bias", Shape::new([rows])));
        matrix.into_iter().chain(bias).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        if x.last() == self.input {
            Ok(x.with_last(self.output.clone()))
        } else {
            Err(Mismatch("the input's width is not the layer's".into()))
        }
    }

    fn matmul_flops(&self, _: &[&Shape], output: &Shape) -> Dim {
        2 * output.elements() * &self.input
    }

    fn other_flops(&self, _: &[&Shape], output: &Shape) -> Dim {
        if self.bias { output.elements() } else { Dim::zero() }
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.linear(self, first(&mut inputs))
    }
}
