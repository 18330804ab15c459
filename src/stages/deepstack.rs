//! DeepStack: features of inner layers of the tower, added to the visual tokens in the first blocks
//! of the LLM.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bridge::{Bridge, BridgeSpec};
use super::faults::Faults;
use crate::diag::{Code, Diagnostic};
use crate::units::Amount;

/// More layers than this are surely a mistake.
const MOST_LAYERS: usize = 64;

/// Features of inner layers of the encoder, each through a bridge of its own, are added to the visual
/// tokens after the first blocks of the LLM, one layer after each (Qwen3-VL). The sequence stays as
/// long as it is.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DeepStack", title = "DeepStack")]
pub struct DeepStackSpec {
    /// The blocks of the encoder after which features are taken, counted from 0, as Qwen3-VL's
    /// `deepstack_visual_indexes` counts them. It must be given.
    #[schemars(example = [5, 11, 17])]
    pub layers: Vec<Amount>,
    /// What brings the features of a layer to the LLM: a kind of bridge, stored once for each layer.
    /// It must be given, and must make as many tokens as `bridge` does.
    pub bridge: BridgeSpec,
}

/// The same, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct DeepStack {
    /// The blocks of the encoder after which features are taken, counted from 0.
    pub layers: Vec<Amount>,
    /// The bridge of each of them.
    pub bridge: Bridge,
}

impl DeepStackSpec {
    /// What is described.
    pub fn design(&self, faults: &mut Faults) -> DeepStack {
        let mut layers = self.layers.clone();
        if layers.len() > MOST_LAYERS {
            let text =
                format!("{} layers of DeepStack; at most {MOST_LAYERS} are allowed", layers.len());
            let help = "Qwen3-VL has 3: `layers: [5, 11, 17]`";
            faults.add("layers", Diagnostic::error(Code::OutOfRange, text).help(help));
            layers.truncate(MOST_LAYERS);
        }
        DeepStack { layers, bridge: faults.within("bridge", |faults| self.bridge.design(faults)) }
    }
}

impl From<&DeepStack> for DeepStackSpec {
    /// The section that says it, every choice written.
    fn from(deepstack: &DeepStack) -> DeepStackSpec {
        DeepStackSpec { layers: deepstack.layers.clone(), bridge: (&deepstack.bridge).into() }
    }
}
