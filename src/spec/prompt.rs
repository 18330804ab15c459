//! What the model is asked, and in which number format it runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stages::choice::Choice;
use crate::units::{Amount, Size};

/// The sequence that the LLM reads is visual, structural and text tokens; the answer comes after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Prompt", title = "Prompt")]
pub struct PromptSpec {
    /// Prompts in a batch; 1 if not given.
    #[schemars(example = 8, extend("default" = PLAIN.batch))]
    pub batch: Choice<Size>,
    /// Images in a prompt; 1 if not given. An image that is cut into tiles is one image.
    #[schemars(example = 2, extend("default" = PLAIN.images))]
    pub images: Choice<Size>,
    /// Text of a prompt, in tokens of the LLM's tokenizer; a symbol if not given.
    #[schemars(example = 64)]
    pub text_tokens: Option<Amount>,
    /// Tokens around an image that are neither text nor image: its start and end, row breaks,
    /// tile tags. Counted per image; 0 if not given.
    #[schemars(example = 2, extend("default" = PLAIN.structural_tokens))]
    pub structural_tokens: Choice<Amount>,
    /// Tokens of the answer; 0 if not given. Each but the first is a decode step: the first comes
    /// out of the prefill.
    #[schemars(example = 256, extend("default" = PLAIN.generated_tokens))]
    pub generated_tokens: Choice<Amount>,
    /// Number format of weights, KV cache and activations; bf16 if not given. Activations of
    /// quantised weights have 16 bits.
    #[schemars(extend("default" = PLAIN.dtype))]
    pub dtype: Choice<Dtype>,
}

/// What the model is asked, every choice made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Prompts in a batch.
    pub batch: Size,
    /// Images in a prompt.
    pub images: Size,
    /// Text of a prompt, in tokens; a symbol if it is not known.
    pub text_tokens: Option<Amount>,
    /// Tokens around an image that are neither text nor image.
    pub structural_tokens: Amount,
    /// Tokens of the answer.
    pub generated_tokens: Amount,
    /// Number format of weights, KV cache and activations.
    pub dtype: Dtype,
}

/// One prompt with one image: what is asked where nothing is said of it.
const PLAIN: Prompt = Prompt {
    batch: Size::of(1),
    images: Size::of(1),
    text_tokens: None,
    structural_tokens: Amount::of(0),
    generated_tokens: Amount::of(0),
    dtype: Dtype::Bf16,
};

impl PromptSpec {
    /// What is asked.
    pub fn design(&self) -> Prompt {
        Prompt {
            batch: self.batch.unwrap_or(PLAIN.batch),
            images: self.images.unwrap_or(PLAIN.images),
            text_tokens: self.text_tokens,
            structural_tokens: self.structural_tokens.unwrap_or(PLAIN.structural_tokens),
            generated_tokens: self.generated_tokens.unwrap_or(PLAIN.generated_tokens),
            dtype: self.dtype.unwrap_or(PLAIN.dtype),
        }
    }
}

impl From<&Prompt> for PromptSpec {
    /// The section that says a prompt, every choice written.
    fn from(prompt: &Prompt) -> PromptSpec {
        PromptSpec {
            batch: prompt.batch.into(),
            images: prompt.images.into(),
            text_tokens: prompt.text_tokens,
            structural_tokens: prompt.structural_tokens.into(),
            generated_tokens: prompt.generated_tokens.into(),
            dtype: prompt.dtype.into(),
        }
    }
}

/// A number format.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// 32-bit floats.
    #[serde(alias = "float32", alias = "fp32")]
    #[schemars(extend("x-other-names" = ["float32", "fp32"]))]
    F32,
    /// 16-bit floats with 8 bits of exponent.
    #[serde(alias = "bfloat16")]
    #[schemars(extend("x-other-names" = ["bfloat16"]))]
    Bf16,
    /// 16-bit floats with 5 bits of exponent.
    #[serde(alias = "float16", alias = "fp16")]
    #[schemars(extend("x-other-names" = ["float16", "fp16"]))]
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
