//! The patch embedding: a convolution whose kernel and stride are one patch.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first,
    only,
};
use crate::dim::Dim;

/// `[B, C, H, W] → [B, N, D]`: each P×P×C patch becomes one token of width D, row by row. Of t
/// frames, `[B, C, t, H, W]`, a patch has the pixels of all.
///
/// Matmul FLOPs `2·B·N·C·t·P²·D`. Squares of k × k pixels around the patches may take their place
/// (DaViT), of which then k² pixels are multiplied. What a grid smaller than the image leaves over is
/// dropped, what a larger one lacks is padded; the grid is the caller's choice.
#[derive(Clone, Debug)]
pub struct PatchConv {
    /// Image channels.
    pub channels: Dim,
    /// Frames of a patch; none where an image has no axis for them.
    pub frames: Option<Dim>,
    /// Patch side in pixels.
    pub patch: Dim,
    /// k, side of the square around a patch that its token is made of, an odd number; none if that is
    /// the patch.
    pub window: Option<Dim>,
    /// How the weight is stored.
    pub storage: KernelStorage,
    /// Output width.
    pub width: Dim,
    /// The grid that the image is cut into; N = rows·columns.
    pub grid: Grid,
    /// Tokens to which its patches are padded, with patches of nothing; none if they are not.
    pub padded: Option<Dim>,
    /// Whether a bias `[D]` is stored and added.
    pub bias: bool,
}

/// How the weight of the patch embedding is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KernelStorage {
    /// As a convolution's, `[D, C, P, P]`, or `[D, C, t, P, P]` of patches of several frames.
    Kernel,
    /// As a linear layer's, `[D, C·t·P·P]`, its inputs in the order of the convolution's (SigLIP 2's
    /// NaFlex, Molmo 2, Gemma 4).
    Matrix,
}

impl PatchConv {
    /// Pixel values of a patch.
    pub fn inputs(&self) -> Dim {
        let frames = self.frames.as_ref().map_or_else(Dim::one, Dim::from);
        &self.channels * frames * self.side().pow(2)
    }

    /// Side of the square of pixels that a token is made of.
    pub fn side(&self) -> &Dim {
        self.window.as_ref().unwrap_or(&self.patch)
    }
}

impl Operation for PatchConv {
    fn kind(&self) -> &'static str {
        "patch convolution"
    }

    fn slots(&self) -> Slots {
        let [d, c, p] = [&self.width, &self.channels, self.side()].map(Dim::from);
        let kernel = match (self.storage, &self.frames) {
            (KernelStorage::Matrix, _) => Shape::new([d.clone(), self.inputs()]),
            (KernelStorage::Kernel, None) => Shape::new([d.clone(), c, p.clone(), p]),
            (KernelStorage::Kernel, Some(t)) => Shape::new([d.clone(), c, t.clone(), p.clone(), p]),
        };
        let bias = self.bias.then(|| Slot::bias(Shape::new([d.clone()])));
        [Slot::matrix(kernel)].into_iter().chain(bias).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let (batch, channels, frames) = match &only(inputs)?.0[..] {
            [batch, channels, _, _] => (batch, channels, None),
            [batch, channels, frames, _, _] => (batch, channels, Some(frames)),
            _ => return Err(Mismatch("expects an image [B, C, H, W]".into())),
        };
        if *channels != self.channels || frames != self.frames.as_ref() {
            return Err(Mismatch("the image has other channels or frames than a patch".into()));
        }
        let patches = || &self.grid.rows * &self.grid.columns;
        let tokens = self.padded.clone().unwrap_or_else(patches);
        Ok(Shape::new([batch.clone(), tokens, self.width.clone()]))
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let elements = output.elements();
        let matmul = 2 * &elements * self.inputs();
        Work::products(matmul, if self.bias { elements } else { Dim::zero() })
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.patch_conv(self, first(&mut inputs))
    }
}
