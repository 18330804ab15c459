//! What the model is asked, and in which number format it runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::formats::{Dtype, Formats, FormatsSpec};
use super::images::Images;
use crate::media::clip::ClipSpec;
use crate::stages::choice::Choice;
use crate::units::{Amount, Size};

/// The sequence that the LLM reads is visual, structural and text tokens; the answer comes after it.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Prompt", title = "Prompt")]
pub struct PromptSpec {
    /// Prompts in a batch; 1 if not given.
    #[schemars(example = 8, extend("default" = PLAIN.batch))]
    pub batch: Choice<Size>,
    /// Images in a prompt, all of the size of `image`, or a list of sizes in its place: `[480x640,
    /// 1080x1920]`; 1 if not given, 0 for text alone. An image that is cut into tiles is one image.
    #[schemars(example = 2, extend("default" = PLAIN.images))]
    pub images: Choice<Images>,
    /// A clip in a prompt: `{size: 480x640, frames: 16}`, or `{size: 480x640, seconds: 10, fps:
    /// 24}`. A prompt with a clip has no images unless `images` says so. No clip if not given.
    #[schemars(example = serde_json::json!({"size": "480x640", "frames": 16}))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<ClipSpec>,
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
    /// Number format of weights, KV cache and activations, or a map of what is in which:
    /// `{weights: int4, kv: fp8}`; bf16 if not given. An integer format is that of the weights:
    /// cache and activations keep 16 bits.
    #[schemars(extend("default" = Dtype::Bf16))]
    pub dtype: Choice<FormatsSpec>,
}

/// What the model is asked, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Prompts in a batch.
    pub batch: Size,
    /// Images in a prompt.
    pub images: Images,
    /// A clip in a prompt.
    pub video: Option<ClipSpec>,
    /// Text of a prompt, in tokens; a symbol if it is not known.
    pub text_tokens: Option<Amount>,
    /// Tokens around an image that are neither text nor image.
    pub structural_tokens: Amount,
    /// Tokens of the answer.
    pub generated_tokens: Amount,
    /// Number formats.
    pub formats: Formats,
}

/// One prompt with one image: what is asked where nothing is said of it.
const PLAIN: Prompt = Prompt {
    batch: Size::of(1),
    images: Images::Alike(Amount::of(1)),
    video: None,
    text_tokens: None,
    structural_tokens: Amount::of(0),
    generated_tokens: Amount::of(0),
    formats: Formats::of(Dtype::Bf16),
};

impl PromptSpec {
    /// What is asked.
    pub fn design(&self) -> Prompt {
        Prompt {
            batch: self.batch.unwrap_or(PLAIN.batch),
            images: self.images.clone().unwrap_or(match self.video {
                None => PLAIN.images,
                Some(_) => Images::Alike(Amount::of(0)),
            }),
            video: self.video.clone(),
            text_tokens: self.text_tokens,
            structural_tokens: self.structural_tokens.unwrap_or(PLAIN.structural_tokens),
            generated_tokens: self.generated_tokens.unwrap_or(PLAIN.generated_tokens),
            formats: self.dtype.get().map_or(PLAIN.formats, FormatsSpec::design),
        }
    }
}

impl From<&Prompt> for PromptSpec {
    /// The section that says a prompt, every choice written.
    fn from(prompt: &Prompt) -> PromptSpec {
        PromptSpec {
            batch: prompt.batch.into(),
            images: prompt.images.clone().into(),
            video: prompt.video.clone(),
            text_tokens: prompt.text_tokens,
            structural_tokens: prompt.structural_tokens.into(),
            generated_tokens: prompt.generated_tokens.into(),
            dtype: FormatsSpec::from(prompt.formats).into(),
        }
    }
}
