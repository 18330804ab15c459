//! The patch embedding: a convolution whose kernel and stride are one patch.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first,
    only,
};
use crate::dim::Dim;

/// `[B, C, H, W] → [B, N, D]`: each P×P×C patch becomes one token of width D, row by row.
///
/// Matmul FLOPs `2·B·N·C·P²·D`. What a grid smaller than the image leaves over is
/// dropped, what a larger one lacks is padded; the grid is the caller's choice.
#[derive(Clone, Debug)]
pub struct PatchConv {
    /// Image channels.
    pub channels: Dim,
    /// Patch side in pixels.
    pub patch: Dim,
    /// Output width.
    pub width: Dim,
    /// The grid that the image is cut into; N = rows·columns.
    pub grid: Grid,
    /// Whether a bias `[D]` is stored and added.
    pub bias: bool,
}

impl Operation for PatchConv {
    fn kind(&self) -> &'static str {
        "patch convolution"
    }

    fn slots(&self) -> Slots {
        let (d, c, p) = (&self.width, &self.channels, &self.patch);
        let kernel = Shape::new([d.clone(), c.clone(), p.clone(), p.clone()]);
        let bias = self.bias.then(|| Slot::bias(Shape::new([d.clone()])));
        [Slot::matrix(kernel)].into_iter().chain(bias).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        match &only(inputs)?.0[..] {
            [batch, channels, _, _] if *channels == self.channels => {
                let patches = &self.grid.rows * &self.grid.columns;
                Ok(Shape::new([batch.clone(), patches, self.width.clone()]))
            }
            _ => Err(Mismatch("expects an image [B, C, H, W]".into())),
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let elements = output.elements();
        let matmul = 2 * &elements * &self.channels * self.patch.pow(2);
        Work { matmul, other: if self.bias { elements } else { Dim::zero() } }
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.patch_conv(self, first(&mut inputs))
    }
}
