//! Multi-head attention, as most layers have it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Around, MixerStage};
use crate::diag::{Code, Diagnostic};
use crate::dim::Field;
use crate::graph::{AtMost, Builder, Multiple};
use crate::stages::attention::Attention;
use crate::stages::block::Mixes;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::gates::Gate;
use crate::units::Size;

/// Attention by softmax: its heads are those of the layer.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "SoftmaxAttention")]
pub struct SoftmaxSpec {
    /// What multiplies what is mixed before it is projected; nothing if not given.
    #[schemars(extend("default" = Gate::None))]
    pub gate: Choice<Gate>,
    /// Values of a head that rotary positions turn (partial rotary: Phi-4, GLM-4.5); all if not
    /// given.
    #[schemars(example = 64)]
    pub rotary_dim: Option<Size>,
    /// Tokens of a chunk: a token sees those before it in its own chunk (Llama 4); all before it if
    /// not given. It bounds cache and decode step as a sliding window does.
    #[schemars(example = 8192)]
    pub chunk: Option<Size>,
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
    gate: Gate,
    rotary_dim: Option<Size>,
    chunk: Option<Size>,
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
            rotary_dim: self.rotary_dim,
            chunk: self.chunk,
            keys_as_values: self.keys_as_values.unwrap_or(Softmax::PLAIN.keys_as_values),
            value_norm: self.value_norm.unwrap_or(Softmax::PLAIN.value_norm),
            keys_of: self.keys_of.clone(),
        }
    }
}

impl From<&Softmax> for SoftmaxSpec {
    fn from(softmax: &Softmax) -> SoftmaxSpec {
        let Softmax { gate, rotary_dim, chunk, keys_as_values, value_norm, .. } = *softmax;
        SoftmaxSpec {
            gate: gate.into(),
            rotary_dim,
            chunk,
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
    pub const PLAIN: Softmax = Softmax {
        gate: Gate::None,
        rotary_dim: None,
        chunk: None,
        keys_as_values: false,
        value_norm: false,
        keys_of: None,
    };

    /// The same in a layer that reads the keys of one with such attention: of what is said of keys,
    /// what it does not say itself is the other's.
    #[must_use]
    pub fn borrowing(&self, lender: &Softmax) -> Softmax {
        Softmax {
            rotary_dim: self.rotary_dim.or(lender.rotary_dim),
            chunk: self.chunk.or(lender.chunk),
            ..self.clone()
        }
    }

    /// Whether keys of one are what queries of the other meet.
    pub fn has_keys_of(&self, lender: &Softmax) -> bool {
        (self.rotary_dim, self.chunk) == (lender.rotary_dim, lender.chunk)
    }
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
        // What is said of the keys that a layer reads is said of their own layers.
        let keys = sizes.inherited.as_deref().filter(|_| self.keys_of.is_some()).unwrap_or(sizes);
        if let Some(window) = layer.window {
            let window =
                keys.nested(b, ("W_s", "sliding window in tokens"), "sliding_window", Some(window));
            attention.window = Some(window);
        }
        let Softmax { gate, keys_as_values, value_norm, .. } = *self;
        attention.turned = self.rotary_dim.map(|turned| {
            let what = ("d_t", "values of a head that are turned");
            keys.nested(b, what, "attention.softmax.rotary_dim", Some(turned))
        });
        if let Some(turned) = &attention.turned {
            let field: Field = format!("{}.attention.softmax.rotary_dim", keys.section).into();
            b.require(Multiple {
                dividend: turned.clone(),
                divisor: 2.into(),
                names: ("values that are turned", "values that rotary positions turn together"),
                fields: [field.clone(), field.clone()],
                pixels: None,
                squared: None,
                way_out: None,
            });
            b.require(AtMost {
                needed: turned.clone(),
                most: attention.heads.size.clone(),
                names: ("values that are turned", "values of a head"),
                field,
                why: "they are the first values of a head",
            });
        }
        if let Some(chunk) = self.chunk {
            let what = ("W_c", "tokens of a chunk");
            let chunk = keys.nested(b, what, "attention.softmax.chunk", Some(chunk));
            attention.window = Some(chunk.clone());
            attention.chunk = Some(chunk);
        }
        let borrows = self.keys_of.is_some();
        Arc::new(Attention { gate, keys_as_values, value_norm, borrows, ..attention })
    }
}
