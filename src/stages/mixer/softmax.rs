//! Multi-head attention, as most layers have it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Around, MixerStage};
use crate::diag::{Code, Diagnostic};
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
    /// The kind of layers whose keys and values it reads: those of the last such layer before it
    /// (Gemma 3n, Gemma 4 E2B). It has no projections for them and no cache, and what its kind does not
    /// say is as in that one. It has keys and values of its own if this is not given.
    #[schemars(example = &"sliding")]
    pub keys_of: Option<String>,
}

/// Attention by softmax, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Softmax {
    gate: bool,
    keys_as_values: bool,
    value_norm: bool,
    /// The kind of layers whose keys and values it reads.
    pub keys_of: Option<String>,
}

impl SoftmaxSpec {
    /// What is described.
    pub fn design(&self, faults: &mut Faults) -> Softmax {
        if self.keys_of.is_some() {
            let own = [("keys_as_values", &self.keys_as_values), ("value_norm", &self.value_norm)];
            for (field, _) in own.into_iter().filter(|(_, said)| said.get() == Some(&true)) {
                let text = format!("`{field}` means nothing in a layer without keys of its own");
                let help = "say it in the kind whose keys it reads, and take it out here";
                faults.add(field, Diagnostic::error(Code::Mismatch, text).help(help));
            }
        }
        Softmax {
            gate: self.gate.unwrap_or(Softmax::PLAIN.gate),
            keys_as_values: self.keys_as_values.unwrap_or(Softmax::PLAIN.keys_as_values),
            value_norm: self.value_norm.unwrap_or(Softmax::PLAIN.value_norm),
            keys_of: self.keys_of.clone(),
        }
    }
}

impl From<&Softmax> for SoftmaxSpec {
    fn from(softmax: &Softmax) -> SoftmaxSpec {
        let Softmax { gate, keys_as_values, value_norm, .. } = *softmax;
        SoftmaxSpec {
            gate: gate.into(),
            keys_as_values: keys_as_values.into(),
            value_norm: value_norm.into(),
            keys_of: softmax.keys_of.clone(),
        }
    }
}

impl Softmax {
    /// The name in a spec.
    pub const NAME: &'static str = "softmax";

    /// Attention without a gate, with values of its own.
    pub const PLAIN: Softmax =
        Softmax { gate: false, keys_as_values: false, value_norm: false, keys_of: None };
}

impl MixerStage for Softmax {
    fn in_brief(&self) -> String {
        match &self.keys_of {
            Some(kind) => format!("attention to the keys of {kind} layers"),
            None => "attention".to_owned(),
        }
    }

    fn declare(&self, b: &mut Builder, around: &Around<'_>) -> Arc<dyn Mixes> {
        let Around { layer, width, sizes, names } = *around;
        let mut attention = layer.stack.attention_turned(b, width, sizes, names, layer.rotary);
        if let Some(window) = layer.window {
            // The window of a layer that reads another's keys is the other's.
            let lender = sizes.inherited.as_deref().filter(|_| self.keys_of.is_some());
            let window = lender.unwrap_or(sizes).nested(
                b,
                ("W_s", "sliding window in tokens"),
                "sliding_window",
                Some(window),
            );
            attention.window = Some(window);
        }
        let Softmax { gate, keys_as_values, value_norm, .. } = *self;
        let borrows = self.keys_of.is_some();
        Arc::new(Attention { gate, keys_as_values, value_norm, borrows, ..attention })
    }
}
