//! The block of ConvNeXt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wiring::Map;
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{ActivationKind, GridConv, NormKind, Scale};
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{activate, linear};
use crate::units::Size;

/// ConvNeXt's as published is `block: convnext`.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ConvNext")]
pub struct ConvNextSpec {
    /// Side of the convolution in tokens, an odd number; 7 if not given.
    #[schemars(extend("default" = KERNEL))]
    pub kernel: Choice<Size>,
    /// How many times as wide as a token the MLP is inside; 4 if not given.
    #[schemars(extend("default" = RATIO))]
    pub mlp_ratio: Choice<Size>,
    /// Whether the branch is scaled per channel before it is added; true if not given.
    #[schemars(extend("default" = true))]
    pub layer_scale: Choice<bool>,
}

/// Side of the convolution.
const KERNEL: Size = Size::of(7);
/// Width inside the MLP over that of a token.
const RATIO: Size = Size::of(4);

/// A block of ConvNeXt, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvNext {
    kernel: Size,
    mlp_ratio: Size,
    layer_scale: bool,
}

impl ConvNextSpec {
    /// The block that is described.
    pub fn design(&self, faults: &mut Faults) -> ConvNext {
        let kernel = self.kernel.unwrap_or(KERNEL);
        if kernel.get().is_multiple_of(2) {
            let text = format!("a convolution of {kernel} × {kernel} tokens has no middle");
            let help = format!("write an odd number, `kernel: {}`", kernel.get() + 1);
            faults.add("kernel", Diagnostic::error(Code::OutOfRange, text).help(help));
        }
        ConvNext {
            kernel,
            mlp_ratio: self.mlp_ratio.unwrap_or(RATIO),
            layer_scale: self.layer_scale.unwrap_or(true),
        }
    }
}

impl From<ConvNext> for ConvNextSpec {
    /// The fields that say a block, every choice written.
    fn from(block: ConvNext) -> ConvNextSpec {
        let ConvNext { kernel, mlp_ratio, layer_scale } = block;
        ConvNextSpec {
            kernel: kernel.into(),
            mlp_ratio: mlp_ratio.into(),
            layer_scale: layer_scale.into(),
        }
    }
}

impl ConvNext {
    /// Wires one block: `[B, N, D] → [B, N, D]`.
    pub(super) fn build(&self, b: &mut Builder, x: NodeId, map: &Map, kind: NormKind) -> NodeId {
        let width = &map.width;
        let kernel = Dim::from(i128::from(self.kernel));
        let hidden = width * i128::from(self.mlp_ratio);
        b.residual(x, |b, x| {
            let conv = GridConv {
                from: Box::new(map.grid.clone()),
                to: Box::new(map.grid.clone()),
                count: map.count.clone(),
                padding: (i128::from(self.kernel) / 2).into(),
                kernel,
                stride: Dim::one(),
                groups: width.clone(),
                input: width.clone(),
                output: width.clone(),
                bias: true,
            };
            let x = b.push(("conv", "conv_dw"), conv, &[x]);
            let x = norm(b, ("norm", "norm"), x, kind, width);
            let x = b.scope(("mlp", "mlp"), Role::Mlp, |b| {
                let x = linear(b, "fc1", x, width, &hidden, true);
                let x = activate(b, x, ActivationKind::Gelu);
                linear(b, "fc2", x, &hidden, width, true)
            });
            if !self.layer_scale {
                return x;
            }
            b.push(("layer_scale", "gamma"), Scale { width: width.clone() }, &[x])
        })
    }
}
