//! What chooses the experts of a token: a matrix, whose scores become weights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::ops::{Layout, Linear, Norm, NormKind, Scale, Weights};
use crate::stages::choice::Choice;

/// What chooses the experts of a token: a matrix, whose scores become weights.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Router")]
pub struct RouterSpec {
    /// Whether it has a bias; false if not given.
    #[schemars(extend("default" = false))]
    pub bias: Choice<bool>,
    /// Whether it reads the tokens as they come into the branch, by a norm of its own: one without a
    /// weight, then a learned factor for each channel (Gemma 4). It reads what the experts read if this
    /// is false, as if not given.
    #[schemars(extend("default" = false))]
    pub norm: Choice<bool>,
    /// How a score becomes a weight: as a share of all, or by itself; softmax if not given.
    #[schemars(extend("default" = Scores::Softmax))]
    pub scores: Choice<Scores>,
    /// Whether the weights of the chosen experts are made to sum to 1; true if not given.
    #[schemars(extend("default" = true))]
    pub normalized: Choice<bool>,
    /// Whether each expert has a learned factor, which its weights are multiplied with in the end
    /// (Gemma 4); false if not given.
    #[schemars(extend("default" = false))]
    pub expert_factors: Choice<bool>,
    /// Whether weights scale what comes out of an expert, if not given, or what goes in (Llama 4).
    #[schemars(extend("default" = Weighed::Outputs))]
    pub weighs: Choice<Weighed>,
}

/// How a router's score becomes a weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scores {
    /// As a share of all experts' scores (Qwen, Mixtral).
    #[default]
    Softmax,
    /// Each by itself (DeepSeek-V3, GLM-4.5, Llama 4).
    Sigmoid,
}

/// What the weights of experts scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weighed {
    /// What an expert makes.
    #[default]
    Outputs,
    /// What it reads.
    Inputs,
}

/// What chooses experts, every choice made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Router {
    bias: bool,
    norm: bool,
    scores: Scores,
    normalized: bool,
    expert_factors: bool,
    weighs: Weighed,
}

impl RouterSpec {
    /// What is described.
    pub fn design(&self) -> Router {
        Router {
            bias: self.bias.unwrap_or(false),
            norm: self.norm.unwrap_or(false),
            scores: self.scores.unwrap_or_default(),
            normalized: self.normalized.unwrap_or(true),
            expert_factors: self.expert_factors.unwrap_or(false),
            weighs: self.weighs.unwrap_or_default(),
        }
    }
}

impl From<Router> for RouterSpec {
    fn from(router: Router) -> RouterSpec {
        let Router { bias, norm, scores, normalized, expert_factors, weighs } = router;
        RouterSpec {
            bias: bias.into(),
            norm: norm.into(),
            scores: scores.into(),
            normalized: normalized.into(),
            expert_factors: expert_factors.into(),
            weighs: weighs.into(),
        }
    }
}

impl Router {
    /// How its scores become weights.
    pub fn weights(&self) -> Weights {
        Weights {
            softmax: self.scores == Scores::Softmax,
            normalized: self.normalized,
            factors: self.expert_factors,
            of_inputs: self.weighs == Weighed::Inputs,
        }
    }

    /// Wires it, on what the experts read and what comes into the branch, `[B, N, D]`: the scores,
    /// `[B, N, E]`.
    pub fn wire(
        &self,
        b: &mut Builder,
        [read, unnormed]: [NodeId; 2],
        [width, experts]: [&Dim; 2],
    ) -> NodeId {
        let read = if self.norm {
            let norm = Norm::new(NormKind::RmsNormNoWeight, width.clone());
            let read = b.push("router_norm", norm, &[unnormed]);
            b.push(("router_scale", "router.scale"), Scale { width: width.clone() }, &[read])
        } else {
            read
        };
        let matrix = Linear {
            input: width.clone(),
            output: experts.clone(),
            bias: self.bias,
            layout: Layout::OutIn,
        };
        b.push(("router", "gate"), matrix, &[read])
    }
}
