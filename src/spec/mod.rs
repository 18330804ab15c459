//! The pipeline spec: what a YAML file says, typed.
//!
//! Each section's struct stands with the code that reads it; this module collects them.

mod aliases;
mod expect;
mod foreign;
mod image;
mod load;
mod policy;
pub mod presets;
mod prompt;

pub use aliases::all as other_names;
pub use expect::{Axis, Bound, Expectation, Requirement, Severity};
pub use load::{
    Failure, Loaded, Overrides, canonical_path, default_name, load, load_text, read, unknown_preset,
};
pub use policy::{BridgeName, Match, OneOf, POLICY_FILE, Pattern, Policy, Rule, Scalar, Wanted};
pub use prompt::{Dtype, Prompt};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diag::{Code, Diagnostic};
use crate::stages::bridge::Bridge;
use crate::stages::decoder::Llm;
use crate::stages::encoder::Encoder;
use crate::stages::image::Image;

/// A vision-language pipeline for `vlmcalc`: an image, a vision encoder, a bridge and an LLM. Only
/// `bridge` is needed; a size that is not given stays a symbol, with formulas for what depends on
/// it.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(title = "vlmcalc spec")]
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
    pub image: Image,
    /// The vision encoder: a ViT that turns patches into encoder-side tokens. If it is not given,
    /// a plain ViT whose sizes are symbols.
    #[serde(default)]
    pub encoder: Encoder,
    /// What turns encoder-side tokens into the LLM's visual tokens. It must be given.
    pub bridge: Bridge,
    /// The decoder-only LLM that reads visual and text tokens. If it is not given, a Llama whose
    /// sizes are symbols.
    #[serde(default)]
    pub llm: Llm,
    /// What the model is asked: batch, images, text and answer, and the number format. If it is not
    /// given, one prompt with one image in bf16, and text tokens as a symbol.
    #[serde(default)]
    pub prompt: Prompt,
    /// What must hold of the plan: paths of the JSON output (at the depth that it has without
    /// `--depth`) to values or bounds, such as `tokens.visual: 576` or
    /// `params.total: {max: 7.1B}`, and stages to shapes. Items of lists are named by their index.
    /// `vlmcalc check` fails where one does not hold.
    #[schemars(example = serde_json::json!({"tokens.visual": 576}))]
    #[schemars(example = serde_json::json!({"bridge.output": [1, 576, 4096]}))]
    #[serde(default, skip_serializing)]
    pub expect: BTreeMap<String, Expectation>,
}

impl Spec {
    /// The design as it is understood: every choice said, its expectations left out. A size that is
    /// not given stays so, whether it is a symbol or follows from others. Read as a spec, it gives
    /// the same plan.
    #[must_use]
    pub fn resolved(&self) -> Spec {
        let (mut encoder, mut llm) = (self.encoder.clone(), self.llm.clone());
        encoder.bias = encoder.biases().into();
        llm.bias = llm.biases().into();
        Spec {
            name: self.name.clone(),
            image: self.image.clone(),
            encoder,
            bridge: self.bridge.resolved(),
            llm,
            prompt: self.prompt.clone(),
            expect: BTreeMap::new(),
        }
    }

    /// What is wrong with fields taken together, each with the path of the field to point at.
    pub fn check(&self) -> Vec<(String, Diagnostic)> {
        let bridge = format!("bridge.{}", self.bridge.name());
        let mut problems: Vec<(String, Diagnostic)> = self
            .bridge
            .stage()
            .check()
            .into_iter()
            .map(|(field, diagnostic)| (format!("{bridge}.{field}"), diagnostic))
            .collect();
        problems.extend(self.feature_layer());
        problems
    }

    /// The selected feature layer must be one of the encoder's.
    fn feature_layer(&self) -> Option<(String, Diagnostic)> {
        let (layer, depth) = (self.encoder.feature_layer?, self.encoder.depth?.get());
        let depth = i128::from(depth);
        if (-depth - 1..=depth).contains(&layer.into()) {
            return None;
        }
        let message = format!("an encoder of {depth} blocks has no feature layer {layer}");
        let diagnostic = Diagnostic::error(Code::OutOfRange, message).help(format!(
            "write -1 (after the last block) to -{}, or 0 (before the first) to {depth}",
            depth + 1
        ));
        Some(("encoder.feature_layer".to_owned(), diagnostic))
    }
}
