//! What the model is asked, and in which number format it runs.

use serde::{Deserialize, Serialize};

use crate::yaml::{Amount, Size};

/// The prompt. Text tokens that are not given stay a symbol.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Prompt {
    /// Prompts in a batch.
    pub batch: Size,
    /// Images in a prompt.
    pub images: Size,
    /// Words of a prompt, in tokens.
    pub text_tokens: Option<Amount>,
    /// Tokens around an image that are neither text nor image: its start and end, row breaks,
    /// tile tags. Counted per image.
    pub structural_tokens: Amount,
    /// Tokens of the answer.
    pub generated_tokens: Amount,
    /// Number format of weights, KV cache and activations.
    pub dtype: Dtype,
}

impl Default for Prompt {
    fn default() -> Prompt {
        Prompt {
            batch: Size::of(1),
            images: Size::of(1),
            text_tokens: None,
            structural_tokens: Amount::default(),
            generated_tokens: Amount::default(),
            dtype: Dtype::Bf16,
        }
    }
}

/// A number format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// 32-bit floats.
    #[serde(alias = "float32", alias = "fp32")]
    F32,
    /// 16-bit floats with 8 bits of exponent.
    #[serde(alias = "bfloat16")]
    Bf16,
    /// 16-bit floats with 5 bits of exponent.
    #[serde(alias = "float16", alias = "fp16")]
    F16,
    /// 8-bit integers.
    Int8,
    /// 4-bit integers, two in a byte.
    Int4,
}

impl Dtype {
    /// Bits of a stored weight or KV entry. Scales of quantised blocks are not counted.
    pub fn bits(self) -> u32 {
        match self {
            Dtype::F32 => 32,
            Dtype::Bf16 | Dtype::F16 => 16,
            Dtype::Int8 => 8,
            Dtype::Int4 => 4,
        }
    }

    /// Bits of an activation: quantised weights are multiplied with 16-bit activations.
    pub fn activation_bits(self) -> u32 {
        self.bits().max(16)
    }

    /// Its name in a spec.
    pub fn name(self) -> &'static str {
        match self {
            Dtype::F32 => "f32",
            Dtype::Bf16 => "bf16",
            Dtype::F16 => "f16",
            Dtype::Int8 => "int8",
            Dtype::Int4 => "int4",
        }
    }
}
