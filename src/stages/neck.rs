//! What follows the last block of a tower on its grid: convolutions that make its tokens narrower
//! (SAM), and others that halve the grid (DeepSeek-VL, DeepSeek-OCR).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block::norm;
use super::bridge::Visual;
use super::tower::Place;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{Add, Gate, Grid, GridConv, Interpolate, NormKind};
use crate::units::{Amount, ImageSize, Size};

/// SAM's is `neck: {width: 256}`: a convolution of single tokens and one of 3 × 3, each with a norm
/// after it, none with a bias.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Neck")]
pub struct Neck {
    /// Width that goes out.
    #[schemars(example = 256)]
    pub width: Size,
    /// Rows and columns of tokens to which a bilinear interpolation brings the grid before it is halved
    /// (DeepSeek-VL: 96); it stays as it is if not given.
    #[serde(default)]
    #[schemars(example = 96)]
    pub resize: Option<ImageSize>,
    /// Widths of further convolutions of 3 × 3 tokens with a stride of 2, each of which halves the
    /// grid (DeepSeek-OCR: `[512, 1024]`); none if not given.
    #[serde(default)]
    #[schemars(example = [512, 1024])]
    pub halving: Vec<Size>,
    /// A layer whose features go through such convolutions of their own and the halving ones of all,
    /// and are added with a learned number as a factor (DeepSeek-VL: 3, those after three blocks);
    /// 0 is the input of the first block. None if not given.
    #[serde(default)]
    #[schemars(example = 3)]
    pub inner_layer: Option<Amount>,
}

impl Neck {
    /// The number of blocks before the features that stand beside those of the last one.
    pub fn beside(&self) -> Option<u64> {
        self.inner_layer.map(|layer| layer.get())
    }

    /// Wires it: `[B·images, N, D_v] → [B·images, M, D]`, with the features of an inner layer.
    ///
    /// DeepSeek-VL's stands in its `deepseek_vl/models/sam.py`, and in transformers'
    /// `models/deepseek_vl_hybrid/modeling_deepseek_vl_hybrid.py`.
    pub fn build(
        &self,
        b: &mut Builder,
        x: &Visual,
        inner: Option<&Visual>,
        place: Place,
    ) -> Visual {
        b.scope(("neck", "neck"), Role::Merge, |b| {
            let step = self.narrowed(b, x, place);
            let made = self.halved(b, "halving", step, place);
            let Some(inner) = inner else { return made.visual(x) };
            let step =
                b.scope(("inner", "inner"), Role::Features, |b| self.narrowed(b, inner, place));
            let other = b.again(|b| self.halved(b, "inner_halving", step, place));
            let scaled = b.push(("factor", "alpha"), Gate { tanh: false }, &[other.node]);
            let node = b.push("sum", Add, &[made.node, scaled]);
            Step { node, ..made }.visual(x)
        })
    }

    /// The convolutions of single tokens and of 3 × 3: `[B·images, N, D_v] → [B·images, N, D]`.
    fn narrowed(&self, b: &mut Builder, x: &Visual, place: Place) -> Step {
        let field = place.field("encoder.neck.width");
        let name = place.symbol("D_n");
        let width: Dim = b.size(&name, "width of the neck", field, Some(self.width)).into();
        let count = b.axis(x.node, 1);
        let mut step = Step { node: x.node, grid: x.grid.clone(), count, width: x.width.clone() };
        for (at, side) in [(1, 1), (2, 3)] {
            step.convolve(b, &format!("conv{at}"), [side, 1], &width);
            let names = (format!("norm{at}"), format!("layer_norm{at}"));
            let names = (&*names.0, &*names.1);
            step.node = norm(b, names, step.node, NormKind::LayerNorm, &width);
        }
        step
    }

    /// The tokens on the grid that is halved, and halved: `[B·images, N, D] → [B·images, M, D']`.
    fn halved(&self, b: &mut Builder, name: &str, mut step: Step, place: Place) -> Step {
        if let Some(size) = self.resize {
            step.resize(b, size, place);
        }
        if self.halving.is_empty() {
            return step;
        }
        b.scope((name, "halving"), Role::Merge, |b| {
            for (at, halved) in self.halving.iter().enumerate() {
                let name = place.symbol("D_n");
                let name = format!("{name}_{}", at + 2);
                let field = place.field("encoder.neck.halving");
                let meaning = "width of a halving convolution of the neck";
                let width: Dim = b.size(&name, meaning, field, Some(*halved)).into();
                step.convolve(b, &format!("halving_{}", at + 1), [3, 2], &width);
            }
            step
        })
    }
}

/// The tokens of a grid on their way through convolutions without biases, `[B·images, count, width]`.
struct Step {
    node: NodeId,
    grid: Grid,
    count: Dim,
    width: Dim,
}

impl Step {
    /// What goes on, of tokens that came in so.
    fn visual(self, x: &Visual) -> Visual {
        let Step { node, grid, width, .. } = self;
        Visual { node, grid, width, ..x.clone() }
    }

    /// The tokens read at the places of a grid of so many rows and columns.
    fn resize(&mut self, b: &mut Builder, size: ImageSize, place: Place) {
        let field = place.field("encoder.neck.resize");
        let mut side = |name: &str, what: &str, side: Size| -> Dim {
            let meaning = format!("{what} of the grid that the neck halves");
            b.size(&place.symbol(name), &meaning, field.clone(), Some(side)).into()
        };
        let sides = [side("r_n", "rows", size.height), side("c_n", "columns", size.width)];
        let [rows, columns] = sides;
        let to = Grid { rows, columns, patch: self.grid.patch.clone() };
        self.count = &to.rows * &to.columns;
        let from = std::mem::replace(&mut self.grid, to.clone());
        self.node = b.push("interpolate", Interpolate { from, to }, &[self.node]);
    }

    /// A convolution of `side`² tokens, of which every `stride`-th is taken, the edges padded.
    fn convolve(&mut self, b: &mut Builder, name: &str, [side, stride]: [i128; 2], width: &Dim) {
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
        self.node = b.push(name, conv, &[self.node]);
    }
}
