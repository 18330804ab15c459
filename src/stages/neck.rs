//! What follows the last block of a tower on its grid: convolutions that make its tokens narrower
//! (SAM), and others that halve the grid (DeepSeek-OCR).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block::norm;
use super::bridge::Visual;
use super::tower::Place;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{Grid, GridConv, NormKind};
use crate::units::Size;

/// SAM's is `neck: {width: 256}`: a convolution of single tokens and one of 3 × 3, each with a norm
/// after it, none with a bias.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Neck")]
pub struct Neck {
    /// Width that goes out.
    #[schemars(example = 256)]
    pub width: Size,
    /// Widths of further convolutions of 3 × 3 tokens with a stride of 2, each of which halves the
    /// grid (DeepSeek-OCR: `[512, 1024]`); none if not given.
    #[serde(default)]
    #[schemars(example = [512, 1024])]
    pub halving: Vec<Size>,
}

impl Neck {
    /// Wires it: `[B·images, N, D_v] → [B·images, M, D]`.
    pub fn build(&self, b: &mut Builder, x: &Visual, place: Place) -> Visual {
        b.scope(("neck", "neck"), Role::Merge, |b| {
            let field = place.field("encoder.neck.width");
            let name = place.symbol("D_n");
            let width: Dim = b.size(&name, "width of the neck", field, Some(self.width)).into();
            let kind = NormKind::LayerNorm;
            let tokens = b.axis(x.node, 1);
            let mut step = Step { grid: x.grid.clone(), count: tokens, width: x.width.clone() };
            let y = step.convolve(b, "conv1", x.node, [1, 1], &width);
            let y = norm(b, ("norm1", "layer_norm1"), y, kind, &width);
            let y = step.convolve(b, "conv2", y, [3, 1], &width);
            let mut node = norm(b, ("norm2", "layer_norm2"), y, kind, &width);
            for (at, halved) in self.halving.iter().enumerate() {
                let name = place.symbol("D_n");
                let name = format!("{name}_{}", at + 2);
                let field = place.field("encoder.neck.halving");
                let meaning = "width of a halving convolution of the neck";
                let width: Dim = b.size(&name, meaning, field, Some(*halved)).into();
                let name = format!("halving_{}", at + 1);
                node = step.convolve(b, &name, node, [3, 2], &width);
            }
            let Step { grid, width, .. } = step;
            Visual { node, grid, width, ..x.clone() }
        })
    }
}

/// The tokens of a grid on their way through convolutions without biases.
struct Step {
    grid: Grid,
    count: Dim,
    width: Dim,
}

impl Step {
    /// A convolution of `side`² tokens, of which every `stride`-th is taken, the edges padded.
    fn convolve(
        &mut self,
        b: &mut Builder,
        name: &str,
        x: NodeId,
        [side, stride]: [i128; 2],
        width: &Dim,
    ) -> NodeId {
        let from = self.grid.clone();
        if stride != 1 {
            // Of n tokens padded by one on each side, ⌈n / 2⌉ windows of 3 begin at every second.
            let stride = Dim::from(stride);
            self.grid = Grid {
                rows: b.symbols().ceil_div(&from.rows, &stride),
                columns: b.symbols().ceil_div(&from.columns, &stride),
                patch: &from.patch * &stride,
            };
            self.count = &self.grid.rows * &self.grid.columns;
        }
        let conv = GridConv {
            from: Box::new(from),
            to: Box::new(self.grid.clone()),
            count: self.count.clone(),
            kernel: side.into(),
            stride: stride.into(),
            padding: (side / 2).into(),
            groups: Dim::one(),
            input: std::mem::replace(&mut self.width, width.clone()),
            output: width.clone(),
            bias: false,
        };
        b.push(name, conv, &[x])
    }
}
