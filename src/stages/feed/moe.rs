//! A mixture of experts: a router sends each token to some of many MLPs.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{Activation, ActivationKind, Add, Experts, Layout, Linear, MultiplyEach, Weights};
use crate::stages::beside::Beside;
use crate::stages::block::Feeds;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::llm::layer::Layer;
use crate::stages::mlp::Mlp;
use crate::stages::options::MlpKind;
use crate::stages::stack::SizeNames;
use crate::units::Size;

/// A mixture of experts: `mlp: {moe: {experts: 128, top_k: 8, width: 768}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MixtureOfExperts")]
pub struct MoeSpec {
    /// Experts of a layer.
    #[schemars(example = 128)]
    pub experts: Size,
    /// Experts that a token is sent to.
    #[schemars(example = 8)]
    pub top_k: Size,
    /// Width inside an expert; a symbol if not given.
    #[serde(default)]
    #[schemars(example = 768)]
    pub width: Option<Size>,
    /// Whether an expert is plain (2 matrices) or gated (3); gated if not given.
    #[serde(default)]
    #[schemars(extend("default" = MlpKind::Gated))]
    pub mlp: Choice<MlpKind>,
    /// Whether the layers of experts have biases; false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub bias: Choice<bool>,
    /// How the matrices of all experts are stored; as `[experts, out, in]` if not given.
    #[serde(default)]
    #[schemars(extend("default" = ExpertStorage::OutIn))]
    pub storage: Choice<ExpertStorage>,
    /// The experts that the reference runs on each token: the chosen ones, if not given, or all, as
    /// Llama 4's code does. What is needed is the chosen ones' work.
    #[serde(default)]
    #[schemars(extend("default" = Runs::TopK))]
    pub runs: Choice<Runs>,
    /// What chooses the experts.
    #[serde(default)]
    pub router: RouterSpec,
    /// An expert that every token goes through; none if not given.
    #[serde(default)]
    pub shared: Option<SharedSpec>,
}

/// What chooses the experts of a token: a matrix, whose scores become weights.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Router")]
pub struct RouterSpec {
    /// Whether it has a bias; false if not given.
    #[schemars(extend("default" = false))]
    pub bias: Choice<bool>,
    /// How a score becomes a weight: as a share of all, or by itself; softmax if not given.
    #[schemars(extend("default" = Scores::Softmax))]
    pub scores: Choice<Scores>,
    /// Whether the weights of the chosen experts are made to sum to 1; true if not given.
    #[schemars(extend("default" = true))]
    pub normalized: Choice<bool>,
    /// Whether weights scale what comes out of an expert, if not given, or what goes in (Llama 4).
    #[schemars(extend("default" = Weighed::Outputs))]
    pub weighs: Choice<Weighed>,
}

/// An expert that every token goes through.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SharedExpert")]
pub struct SharedSpec {
    /// Width inside it; of several shared experts that of all together.
    #[schemars(example = 2048)]
    pub width: Size,
    /// Whether what it makes is multiplied with a gate, one number for each token (Qwen2-MoE,
    /// Qwen3.5); false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub gate: Choice<bool>,
}

/// How the matrices of experts are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExpertStorage {
    /// `[experts, out, in]` (Qwen3-VL, GLM-4.5V, DeepSeek).
    #[default]
    OutIn,
    /// `[experts, in, out]` (Llama 4, gpt-oss).
    InOut,
}

/// Which experts the reference runs on each token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Runs {
    /// Those that it is sent to.
    #[default]
    TopK,
    /// All of them.
    All,
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

/// A mixture of experts, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Moe {
    experts: Size,
    top_k: Size,
    width: Option<Size>,
    /// The shape of an expert.
    pub mlp: MlpKind,
    bias: bool,
    storage: ExpertStorage,
    runs: Runs,
    router: Router,
    shared: Option<SharedExpert>,
}

/// What chooses experts, every choice made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Router {
    bias: bool,
    scores: Scores,
    normalized: bool,
    weighs: Weighed,
}

/// An expert that every token goes through, every choice made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SharedExpert {
    width: Size,
    gate: bool,
}

impl MoeSpec {
    /// What is described.
    pub fn design(&self, faults: &mut Faults) -> Moe {
        if self.top_k > self.experts {
            let text = format!(
                "a token is sent to {} experts, and a layer has {}",
                self.top_k, self.experts
            );
            let help = format!("`top_k` is at most the number of experts, {}", self.experts);
            faults.add("top_k", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        let router = &self.router;
        Moe {
            experts: self.experts,
            top_k: self.top_k,
            width: self.width,
            mlp: self.mlp.unwrap_or(MlpKind::Gated),
            bias: self.bias.unwrap_or(false),
            storage: self.storage.unwrap_or_default(),
            runs: self.runs.unwrap_or_default(),
            router: Router {
                bias: router.bias.unwrap_or(false),
                scores: router.scores.unwrap_or_default(),
                normalized: router.normalized.unwrap_or(true),
                weighs: router.weighs.unwrap_or_default(),
            },
            shared: self.shared.as_ref().map(|shared| SharedExpert {
                width: shared.width,
                gate: shared.gate.unwrap_or(false),
            }),
        }
    }
}

impl From<&Moe> for MoeSpec {
    /// The fields that say a mixture, every choice written.
    fn from(moe: &Moe) -> MoeSpec {
        let Router { bias, scores, normalized, weighs } = moe.router;
        MoeSpec {
            experts: moe.experts,
            top_k: moe.top_k,
            width: moe.width,
            mlp: moe.mlp.into(),
            bias: moe.bias.into(),
            storage: moe.storage.into(),
            runs: moe.runs.into(),
            router: RouterSpec {
                bias: bias.into(),
                scores: scores.into(),
                normalized: normalized.into(),
                weighs: weighs.into(),
            },
            shared: moe
                .shared
                .map(|SharedExpert { width, gate }| SharedSpec { width, gate: gate.into() }),
        }
    }
}

impl Moe {
    /// The part of a block, its sizes declared.
    pub fn declare(
        &self,
        b: &mut Builder,
        layer: &Layer,
        width: &Dim,
        sizes: &SizeNames,
    ) -> Arc<dyn Feeds> {
        let mut size = |name: &str, meaning: &str, key: &str, size: Option<Size>| -> Dim {
            sizes.nested(b, (name, meaning), &format!("mlp.moe.{key}"), size)
        };
        let experts = size("E", "experts", "experts", Some(self.experts));
        let chosen = size("k", "experts that a token is sent to", "top_k", Some(self.top_k));
        let hidden = size("F_e", "width inside an expert", "width", self.width);
        let shared = self.shared.map(|shared| {
            let hidden =
                size("F_s", "width inside the shared expert", "shared.width", Some(shared.width));
            let mlp = layer.stack.mlp.between(width.clone(), hidden, width.clone(), self.bias);
            (Mlp { kind: self.mlp, ..mlp }, shared.gate)
        });
        Arc::new(Mixture {
            experts: Experts {
                runs: match self.runs {
                    Runs::TopK => chosen.clone(),
                    Runs::All => experts.clone(),
                },
                experts,
                chosen,
                width: width.clone(),
                hidden,
                gated: self.mlp == MlpKind::Gated,
                activation: layer.stack.mlp.activation,
                bias: self.bias,
                transposed: self.storage == ExpertStorage::InOut,
                weights: Weights {
                    softmax: self.router.scores == Scores::Softmax,
                    normalized: self.router.normalized,
                    of_inputs: self.router.weighs == Weighed::Inputs,
                },
            },
            router_bias: self.router.bias,
            shared,
        })
    }
}

/// A mixture in a block.
#[derive(Debug)]
struct Mixture {
    experts: Experts,
    router_bias: bool,
    shared: Option<(Mlp, bool)>,
}

impl Feeds for Mixture {
    fn role(&self) -> Role {
        Role::Experts
    }

    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let router = Linear {
            input: self.experts.width.clone(),
            output: self.experts.experts.clone(),
            bias: self.router_bias,
            layout: Layout::OutIn,
        };
        let scores = b.push(("router", "gate"), router, &[x]);
        let routed = b.push("experts", self.experts.clone(), &[x, scores]);
        let Some((mlp, is_gated)) = &self.shared else { return routed };
        let shared = b.scope("shared_expert", Role::Mlp, |b| mlp.wire(b, x, beside));
        let shared = if *is_gated {
            let gate = Linear {
                input: self.experts.width.clone(),
                output: Dim::one(),
                bias: false,
                layout: Layout::OutIn,
            };
            let gate = b.push("shared_expert_gate", gate, &[x]);
            let gate = b.push("sigmoid", Activation { kind: ActivationKind::Sigmoid }, &[gate]);
            b.push("shared_gated", MultiplyEach, &[shared, gate])
        } else {
            shared
        };
        b.push("with_shared", Add, &[routed, shared])
    }
}
