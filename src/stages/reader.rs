//! The encoder of an encoder-decoder LLM: it reads the prompt, and the decoder asks what it made.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::faults::Faults;
use super::llm::layer::{Layer, LayerSpec};
use crate::units::Size;

/// The encoder of an encoder-decoder LLM (T5, BART): `encoder: {depth: 24}`. It reads visual tokens
/// and text, each token all others; the LLM's own layers are the decoder, which asks it between
/// attention and MLP, and begins with one token.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "LlmEncoder", title = "LLM encoder")]
pub struct ReaderSpec {
    /// Number of blocks; as many as the decoder has if not given.
    #[schemars(example = 24)]
    pub depth: Option<Size>,
    /// What its layers have; as the LLM's layers if not given.
    pub layer: LayerSpec,
    /// Whether a norm follows the last block; as in the LLM if not given.
    pub final_norm: Choice<bool>,
}

/// The encoder of an encoder-decoder LLM, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    /// Number of blocks.
    pub depth: Option<Size>,
    /// Its layers.
    pub layer: Layer,
    /// Whether a norm follows the last block.
    pub final_norm: bool,
}

impl ReaderSpec {
    /// What is described, beside a decoder of this depth, layer and final norm.
    pub fn design(
        &self,
        (depth, layer, final_norm): (Option<Size>, &Layer, bool),
        faults: &mut Faults,
    ) -> Reader {
        Reader {
            depth: self.depth.or(depth),
            layer: faults.within("layer", |faults| self.layer.design(layer, faults)),
            final_norm: self.final_norm.unwrap_or(final_norm),
        }
    }
}

impl From<&Reader> for ReaderSpec {
    /// The section that says it, every choice written.
    fn from(reader: &Reader) -> ReaderSpec {
        ReaderSpec {
            depth: reader.depth,
            layer: (&reader.layer).into(),
            final_norm: reader.final_norm.into(),
        }
    }
}
