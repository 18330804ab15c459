//! A convolution between two gates, in place of attention: along a sequence (LFM2) or over a grid
//! (LFM3-VL).

use super::beside::Beside;
use super::block::Mixes;
use super::mlp::linear;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{CausalConv, Grid, GridConv, Multiply, Split};

/// `out(gate · conv(gate · value))`, both gates and the value projections of the token.
#[derive(Debug)]
pub struct GatedConv {
    /// Width of the tokens.
    pub width: Dim,
    /// Tokens that the convolution sees, along a sequence or on a side.
    pub kernel: Dim,
    /// Whether projections and convolution have biases.
    pub bias: bool,
    /// The grid that the tokens form, and how many they are; none along a sequence.
    pub grid: Option<(Grid, Dim)>,
}

impl Mixes for GatedConv {
    fn part(&self) -> (&'static str, Role) {
        match self.grid {
            None => ("short_conv", Role::Convolution),
            Some(_) => ("grid_conv", Role::Convolution),
        }
    }

    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let GatedConv { width, bias, .. } = self;
        b.module("conv", |b| {
            let all = linear(b, "in_proj", x, width, &(3 * width), *bias);
            let parts = [("gate_in", 0u64), ("gate_out", 1), ("value", 2)];
            let [gate_in, gate_out, value] = parts.map(|(name, at)| {
                b.push(name, Split { offset: width * at, width: width.clone() }, &[all])
            });
            let x = b.push("gated_in", Multiply, &[gate_in, value]);
            let x = self.convolve(b, x, beside);
            let x = b.push("gated_out", Multiply, &[gate_out, x]);
            linear(b, "out_proj", x, width, width, *bias)
        })
    }
}

impl GatedConv {
    /// The convolution of each channel by itself: `[B, N, D] → [B, N, D]`.
    fn convolve(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let GatedConv { width, kernel, bias, grid } = self;
        let Some((grid, count)) = grid else {
            let conv = CausalConv {
                channels: width.clone(),
                kernel: kernel.clone(),
                bias: *bias,
                continues: beside.continues(),
            };
            return b.push("conv", conv, &[x]);
        };
        let conv = GridConv {
            from: Box::new(grid.clone()),
            to: Box::new(grid.clone()),
            count: count.clone(),
            kernel: kernel.clone(),
            stride: Dim::one(),
            // A window has a middle: its side is odd.
            padding: b.symbols().floor_div(kernel, &Dim::from(2)),
            groups: width.clone(),
            input: width.clone(),
            output: width.clone(),
            bias: *bias,
        };
        b.push(("conv", "spatial_conv"), conv, &[x])
    }
}
