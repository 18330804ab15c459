//! Multi-head attention, as most layers have it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Around, MixerStage};
use crate::graph::Builder;
use crate::stages::attention::Attention;
use crate::stages::block::Mixes;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;

/// Attention by softmax: its heads are those of the layer.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "SoftmaxAttention")]
pub struct SoftmaxSpec {
    /// Whether what is mixed is multiplied with a gate of its own, which the query projection makes
    /// too (Qwen3.5); false if not given.
    #[schemars(extend("default" = false))]
    pub gate: Choice<bool>,
    /// Whether keys serve as values too, without a projection of their own (Gemma 4); false if not
    /// given.
    #[schemars(extend("default" = false))]
    pub keys_as_values: Choice<bool>,
    /// Whether the values of each head are normalised, by a norm that stores nothing (Gemma 4); false
    /// if not given.
    #[schemars(extend("default" = false))]
    pub value_norm: Choice<bool>,
}

/// Attention by softmax, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Softmax {
    gate: bool,
    keys_as_values: bool,
    value_norm: bool,
}

impl SoftmaxSpec {
    /// What is described.
    pub fn design(&self, _: &mut Faults) -> Softmax {
        Softmax {
            gate: self.gate.unwrap_or(Softmax::PLAIN.gate),
            keys_as_values: self.keys_as_values.unwrap_or(Softmax::PLAIN.keys_as_values),
            value_norm: self.value_norm.unwrap_or(Softmax::PLAIN.value_norm),
        }
    }
}

impl From<&Softmax> for SoftmaxSpec {
    fn from(softmax: &Softmax) -> SoftmaxSpec {
        let Softmax { gate, keys_as_values, value_norm } = *softmax;
        SoftmaxSpec {
            gate: gate.into(),
            keys_as_values: keys_as_values.into(),
            value_norm: value_norm.into(),
        }
    }
}

impl Softmax {
    /// The name in a spec.
    pub const NAME: &'static str = "softmax";

    /// Attention without a gate, with values of its own.
    pub const PLAIN: Softmax = Softmax { gate: false, keys_as_values: false, value_norm: false };
}

impl MixerStage for Softmax {
    fn in_brief(&self) -> String {
        "attention".to_owned()
    }

    fn declare(&self, b: &mut Builder, around: &Around<'_>) -> Arc<dyn Mixes> {
        let Around { layer, width, sizes, names } = *around;
        let mut attention = layer.stack.attention_turned(b, width, sizes, names, layer.rotary);
        if let Some(window) = layer.window {
            let window = sizes.nested(
                b,
                ("W_s", "sliding window in tokens"),
                "sliding_window",
                Some(window),
            );
            attention.window = Some(window);
        }
        let Softmax { gate, keys_as_values, value_norm } = *self;
        Arc::new(Attention { gate, keys_as_values, value_norm, ..attention })
    }
}
