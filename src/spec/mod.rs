//! The pipeline spec: what a YAML file says, typed.
//!
//! Each section's struct stands with the code that reads it; this module collects them.

mod aliases;
mod expect;
mod foreign;
mod image;
mod load;
pub mod presets;
mod prompt;

pub use expect::{Axis, Bound, Expectation, Requirement, Severity};
pub use load::{Failure, Loaded, Overrides, default_name, load, load_text, read, unknown_preset};
pub use prompt::{Dtype, Prompt};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::diag::{Code, Diagnostic};
use crate::stages::bridge::Bridge;
use crate::stages::decoder::Llm;
use crate::stages::encoder::Encoder;
use crate::stages::image::Image;

/// A whole pipeline. A section that is not given is all symbols.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// A name for headings; the file's name if not given.
    #[serde(default)]
    pub name: Option<String>,
    /// What the encoder sees.
    #[serde(default)]
    pub image: Image,
    /// The vision encoder.
    #[serde(default)]
    pub encoder: Encoder,
    /// What stands between encoder and LLM.
    pub bridge: Bridge,
    /// The LLM.
    #[serde(default)]
    pub llm: Llm,
    /// What the model is asked.
    #[serde(default)]
    pub prompt: Prompt,
    /// What must hold of the plan: paths of the JSON output (at the depth that it has without
    /// `--depth`) to values or bounds, and stages to shapes. Items of lists are named by their
    /// index.
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
