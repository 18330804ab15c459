//! A gated short convolution along the sequence (LFM2).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Around, MixerStage};
use crate::graph::Builder;
use crate::stages::block::Mixes;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::gated_conv::GatedConv;
use crate::units::Size;

/// A short convolution between two gates: `attention: {short-conv: {kernel: 3}}`. Its state does not
/// grow with the sequence.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ShortConv")]
pub struct ShortConvSpec {
    /// Tokens that the convolution sees: its own and those before it.
    #[schemars(example = 3)]
    pub kernel: Size,
    /// Whether projections and convolution have biases; false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub bias: Choice<bool>,
}

/// A short convolution, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct ShortConv {
    kernel: Size,
    bias: bool,
}

impl ShortConvSpec {
    /// What is described.
    pub fn design(&self, _: &mut Faults) -> ShortConv {
        ShortConv { kernel: self.kernel, bias: self.bias.unwrap_or(false) }
    }
}

impl From<&ShortConv> for ShortConvSpec {
    fn from(conv: &ShortConv) -> ShortConvSpec {
        ShortConvSpec { kernel: conv.kernel, bias: conv.bias.into() }
    }
}

impl ShortConv {
    /// The name in a spec.
    pub const NAME: &'static str = "short-conv";
}

impl MixerStage for ShortConv {
    fn in_brief(&self) -> String {
        format!("a short convolution over {} tokens", self.kernel)
    }

    fn declare(&self, b: &mut Builder, around: &Around<'_>) -> Arc<dyn Mixes> {
        let key = "attention.short-conv.kernel";
        let what = ("K_c", "tokens that the convolution sees");
        let kernel = around.sizes.nested(b, what, key, Some(self.kernel));
        Arc::new(GatedConv { width: around.width.clone(), kernel, bias: self.bias, grid: None })
    }
}
