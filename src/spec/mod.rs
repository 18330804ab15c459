//! The pipeline spec: what a YAML file says, typed, and the design that it describes.
//!
//! A [`Spec`] is as it is written: a choice may be left open, and fields may contradict each other.
//! A [`Design`] is what it means: every choice is made, and what is built reads nothing else. Both
//! types of a section stand with the code that wires it; this module collects them.

mod aliases;
mod converted;
mod design;
mod expect;
mod flags;
mod foreign;
mod formats;
mod image;
mod images;
pub mod line;
mod load;
mod policy;
pub mod presets;
mod prompt;
mod template;

pub use aliases::{all as other_names, once as other_names_once};
pub use converted::{CONVERTED, Converted, Kind as ConvertedKind, by_own_names};
pub use design::{Design, VisualTokens};
pub use expect::{Axis, Bound, Expectation, Requirement, Severity};
pub use flags::Overrides;
pub use formats::{Dtype, Formats, FormatsSpec};
pub use images::Images;
pub use line::is_line;
pub use load::{
    Failure, Loaded, canonical_path, default_name, load, load_text, read, unknown_preset,
};
pub use policy::{Match, OneOf, POLICY_FILE, Pattern, Policy, Scalar, Wanted};
pub use prompt::{Prompt, PromptSpec};
pub use template::Template;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::Processor;
use crate::media::clip::VideoProcessor;
use crate::stages::audio::AudioSpec;
use crate::stages::bridge::BridgeSpec;
use crate::stages::deepstack::DeepStackSpec;
use crate::stages::encoder::EncoderSpec;
use crate::stages::image::ImageSpec;
use crate::stages::llm::LlmSpec;
use crate::units::Size;

/// A vision-language pipeline for `vlmcalc`: an image, a vision encoder, a bridge and an LLM. Only
/// `bridge` is needed, or `visual_tokens`; a size that is not given stays a symbol, with formulas
/// for what depends on it.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(
    title = "vlmcalc spec",
    extend("x-at-least-one" = ["bridge", "visual_tokens"])
)]
pub struct Spec {
    /// A name for headings; the file's name if not given.
    #[schemars(example = "my-vlm")]
    #[serde(default)]
    pub name: Option<String>,
    /// The image that the encoder sees, after the processor's resizing, in pixels, height × width:
    /// `336`, `480x640`, `[480, 640]` or a map with more settings. If it is not given, height and
    /// width stay symbols.
    #[serde(default)]
    #[schemars(example = 224, example = "480x640")]
    pub image: ImageSpec,
    /// What the processor does to a picture before the encoder sees it: a rule, such as
    /// `{smart-resize: {factor: 28}}`. `image` then is the size on disk. If it is not given, `image`
    /// is the size after the processor.
    #[schemars(example = serde_json::json!({"smart-resize": {"factor": 28}}))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor: Option<Processor>,
    /// What the processor does to a clip: which frames it keeps, what each is resized to, and how
    /// their tokens join. If it is not given, the frames of `prompt.video` are as the encoder sees
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_processor: Option<VideoProcessor>,
    /// The vision encoder: a ViT that turns patches into encoder-side tokens. If it is not given,
    /// a plain ViT whose sizes are symbols.
    #[serde(default)]
    pub encoder: EncoderSpec,
    /// What turns encoder-side tokens into the LLM's visual tokens. It must be given, unless
    /// `visual_tokens` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bridge: Option<BridgeSpec>,
    /// Features of inner layers of the encoder that are added within the LLM (Qwen3-VL); none if not
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deepstack: Option<DeepStackSpec>,
    /// LLM-side visual tokens of an image, said outright. Without a bridge nothing is asked of image
    /// and encoder; with one they are counted as they are, and the LLM reads this many tokens in
    /// place of those that the bridge makes, as where some are pruned.
    #[schemars(example = 192)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visual_tokens: Option<Size>,
    /// The decoder-only LLM that reads visual and text tokens. If it is not given, a Llama whose
    /// sizes are symbols.
    #[serde(default)]
    pub llm: LlmSpec,
    /// What the model stores for audio, a component of its own that does not run; nothing if not
    /// given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioSpec>,
    /// What the model is asked: batch, images, text and answer, and the number format. If it is not
    /// given, one prompt with one image in bf16, and text tokens as a symbol.
    #[serde(default)]
    pub prompt: PromptSpec,
    /// What must hold of the plan: paths of the JSON output (at the depth that it has without
    /// `--depth`) to values or bounds, such as `tokens.visual: 576` or
    /// `params.total: {max: 7.1B}`, and stages to shapes. Items of lists are named by their index.
    /// `vlmcalc check` fails where one does not hold.
    #[schemars(example = serde_json::json!({"tokens.visual": 576}))]
    #[schemars(example = serde_json::json!({"bridge.output": [1, 576, 4096]}))]
    #[serde(default, skip_serializing)]
    pub expect: BTreeMap<String, Expectation>,
}
