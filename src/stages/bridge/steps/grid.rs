//! Steps that make other tokens of neighbours on the grid.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow, width};
use super::super::fold::Fold;
use super::super::pool::Pool;
use super::super::rounding::{Divisor, Rounding, cut};
use super::super::{NotSuited, Target};
use crate::dim::Dim;
use crate::graph::Builder;
use crate::ops::{GridConv, Interpolate};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// `{fold: 2}` makes one token of four, four times as wide.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FoldStep")]
pub struct FoldSpec {
    /// Side r of a folded block in tokens: r² tokens become one. It may stand alone.
    #[schemars(example = 2)]
    pub factor: Size,
    /// What becomes of rows and columns that fill no block; an error if not given.
    #[serde(default)]
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
}

impl From<Size> for FoldSpec {
    fn from(factor: Size) -> FoldSpec {
        FoldSpec { factor, rounding: Choice::default() }
    }
}

impl FoldSpec {
    /// The step that is described.
    pub fn design(&self) -> Fold {
        Fold { factor: self.factor, rounding: self.rounding.unwrap_or_default() }
    }
}

impl From<&Fold> for FoldSpec {
    fn from(fold: &Fold) -> FoldSpec {
        FoldSpec { factor: fold.factor, rounding: fold.rounding.into() }
    }
}

/// `{pool: 2}` averages blocks of 2×2 tokens; `{pool: {tokens: 256}}` leaves so many.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "PoolStep", extend("x-exactly-one" = ["kernel", "tokens"]))]
pub struct PoolSpec {
    /// Side of an averaged block in tokens. It may stand alone.
    #[schemars(example = 2)]
    pub kernel: Option<Size>,
    /// Tokens that stay of an image, a square number; the side of a block follows from it.
    #[schemars(example = 256)]
    pub tokens: Option<Size>,
    /// What becomes of rows and columns that fill no block; an error if not given. Only beside
    /// `kernel`.
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
}

impl From<Size> for PoolSpec {
    fn from(kernel: Size) -> PoolSpec {
        PoolSpec { kernel: Some(kernel), ..PoolSpec::default() }
    }
}

impl PoolSpec {
    /// The step that is described.
    pub fn design(&self, faults: &mut Faults) -> Pool {
        Pool::read("pool", (self.kernel, self.tokens), self.rounding.unwrap_or_default(), faults)
    }
}

impl From<&Pool> for PoolSpec {
    fn from(pool: &Pool) -> PoolSpec {
        let (kernel, tokens) = pool.said();
        PoolSpec { kernel, tokens, rounding: pool.rounding.into() }
    }
}

/// A convolution whose stride is its kernel (GLM-4.1V).
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConvStep")]
pub struct ConvSpec {
    /// Side of a block in tokens, which is kernel and stride.
    #[schemars(example = 2)]
    pub kernel: Size,
    /// Width that it makes; the LLM's if not given.
    #[serde(default)]
    #[schemars(example = 4096)]
    pub width: Option<Size>,
    /// Whether it has a bias; true if not given.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub bias: Choice<bool>,
    /// What becomes of rows and columns that fill no block; an error if not given.
    #[serde(default)]
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
}

/// A convolution whose stride is its kernel, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv {
    /// Side of a block in tokens.
    pub kernel: Size,
    width: Option<Size>,
    bias: bool,
    /// What becomes of rows and columns that fill no block.
    pub rounding: Rounding,
}

impl ConvSpec {
    /// The step that is described.
    pub fn design(&self) -> Conv {
        let ConvSpec { kernel, width, .. } = *self;
        let (bias, rounding) = (self.bias.unwrap_or(true), self.rounding.unwrap_or_default());
        Conv { kernel, width, bias, rounding }
    }
}

impl From<&Conv> for ConvSpec {
    fn from(conv: &Conv) -> ConvSpec {
        let Conv { kernel, width, bias, rounding } = *conv;
        ConvSpec { kernel, width, bias: bias.into(), rounding: rounding.into() }
    }
}

impl Conv {
    /// Wires it: `[B, N, D] → [B, M, width]`.
    pub fn wire(
        &self,
        b: &mut Builder,
        x: Flow,
        to: &Target,
        at: &At<'_>,
    ) -> Result<Flow, NotSuited> {
        let grid = x.grid("conv")?;
        let kernel = at.size(b, ("k", "side of a convolved block in tokens"), self.kernel);
        let name = "kernel of the convolution";
        let divisor = Divisor { name, field: at.field, squared: None, rounds: true };
        let tokens = b.axis(x.node, 1);
        let blocks = cut(b, grid, &kernel, &tokens, self.rounding, divisor);
        let output = width(b, self.width, to, at);
        let conv = GridConv {
            from: blocks.grid.clone(),
            to: blocks.as_grid(),
            count: blocks.count.clone(),
            kernel: kernel.clone(),
            stride: kernel,
            padding: Dim::zero(),
            groups: Dim::one(),
            input: x.width.clone(),
            output: output.clone(),
            bias: self.bias,
        };
        let node = b.push((&*at.name("conv"), at.module), conv, &[x.node]);
        Ok(x.merged(node, output, &blocks))
    }
}

/// The grid of tokens read at the places of another, bilinear (LLaVA-OneVision's video frames).
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "InterpolateStep")]
pub struct InterpolateSpec {
    /// By what rows and columns are divided. It may stand alone.
    #[schemars(example = 2)]
    pub factor: Size,
    /// What becomes of a remainder: with `ceil`, 27 rows are 14; an error if not given.
    #[serde(default)]
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
}

impl From<Size> for InterpolateSpec {
    fn from(factor: Size) -> InterpolateSpec {
        InterpolateSpec { factor, rounding: Choice::default() }
    }
}

/// An interpolation, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interpolation {
    /// By what rows and columns are divided.
    pub factor: Size,
    rounding: Rounding,
}

impl InterpolateSpec {
    /// The step that is described.
    pub fn design(&self) -> Interpolation {
        Interpolation { factor: self.factor, rounding: self.rounding.unwrap_or_default() }
    }
}

impl From<&Interpolation> for InterpolateSpec {
    fn from(step: &Interpolation) -> InterpolateSpec {
        InterpolateSpec { factor: step.factor, rounding: step.rounding.into() }
    }
}

impl Interpolation {
    /// Wires it: `[B, N, D] → [B, M, D]`.
    pub fn wire(&self, b: &mut Builder, x: Flow, at: &At<'_>) -> Result<Flow, NotSuited> {
        let from = x.grid("interpolate")?;
        let factor = at.size(b, ("q", "by what the sides of the grid are divided"), self.factor);
        let name = "factor of the interpolation";
        let divisor = Divisor { name, field: at.field, squared: None, rounds: true };
        let tokens = b.axis(x.node, 1);
        let to = cut(b, from.clone(), &factor, &tokens, self.rounding, divisor).as_grid();
        let op = Interpolate { from, to: to.clone() };
        let node = b.push(&*at.name("interpolate"), op, &[x.node]);
        let width = x.width.clone();
        Ok(x.on_grid(node, width, to))
    }
}
