//! Stored tensors as an operation reads them.

use super::weights::tensor_id;
use crate::kernels::Tensor;
use crate::ops::ParamRole;

/// A stored tensor that the current operation reads.
#[derive(Clone, Debug)]
pub struct Held {
    /// The path, the numbers of the rounds in it.
    pub path: String,
    /// The axes as stored.
    pub shape: Vec<usize>,
    /// Rows before those that are read.
    pub first: usize,
    /// What it is for.
    pub role: ParamRole,
}

impl Held {
    /// The tensor as a matrix `[rows, columns]`, a vector as one row, of random values around
    /// `mean`.
    pub fn tensor(&self, mean: f32) -> Tensor {
        let columns = self.shape.last().copied().unwrap_or(1);
        let rows = self.shape.iter().rev().skip(1).product();
        // Words are as large as what the blocks add to them.
        let std = if self.role == ParamRole::Words { 1.0 } else { 0.02 };
        Tensor { id: tensor_id(&self.path), rows, columns, mean, std }
    }

    /// The tensor of a product with so many inputs: its values keep their size from layer to layer.
    pub fn matrix(&self, inputs: usize) -> Tensor {
        #[expect(clippy::cast_precision_loss, reason = "a width is far below 2^24")]
        let spread = 1.0 / (inputs.max(1) as f32).sqrt();
        let tensor = self.tensor(0.0);
        if self.role == ParamRole::Matrix { Tensor { std: spread, ..tensor } } else { tensor }
    }
}
