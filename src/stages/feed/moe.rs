//! A mixture of experts: a router sends each token to some of many MLPs.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::router::{Router, RouterSpec};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role, Stored};
use crate::ops::{
    Activation, ActivationKind, Add, Experts, MultiplyEach, NormKind, ParamRole, Shape,
};
use crate::stages::beside::Beside;
use crate::stages::block::{Feeds, norm};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{Mlp, linear};
use crate::stages::options::MlpKind;
use crate::stages::stack::{SizeNames, Stack};
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
    /// Whether it and the other experts have norms of their own: the others one before them, on the
    /// tokens as they come into the branch, and both one after them (Gemma 4); false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub norms: Choice<bool>,
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

/// An expert that every token goes through, every choice made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SharedExpert {
    width: Size,
    gate: bool,
    norms: bool,
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
        Moe {
            experts: self.experts,
            top_k: self.top_k,
            width: self.width,
            mlp: self.mlp.unwrap_or(MlpKind::Gated),
            bias: self.bias.unwrap_or(false),
            storage: self.storage.unwrap_or_default(),
            runs: self.runs.unwrap_or_default(),
            router: self.router.design(),
            shared: self.shared.as_ref().map(|shared| SharedExpert {
                width: shared.width,
                gate: shared.gate.unwrap_or(false),
                norms: shared.norms.unwrap_or(false),
            }),
        }
    }
}

impl From<&Moe> for MoeSpec {
    /// The fields that say a mixture, every choice written.
    fn from(moe: &Moe) -> MoeSpec {
        MoeSpec {
            experts: moe.experts,
            top_k: moe.top_k,
            width: moe.width,
            mlp: moe.mlp.into(),
            bias: moe.bias.into(),
            storage: moe.storage.into(),
            runs: moe.runs.into(),
            router: moe.router.into(),
            shared: moe.shared.map(|SharedExpert { width, gate, norms }| SharedSpec {
                width,
                gate: gate.into(),
                norms: norms.into(),
            }),
        }
    }
}

impl Moe {
    /// The part of a block, its sizes declared.
    pub fn declare(
        &self,
        b: &mut Builder,
        stack: &Stack,
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
            let mlp = stack.mlp.between(width.clone(), hidden, width.clone(), self.bias);
            let norms = shared.norms.then_some(stack.norm);
            Shared { mlp: Mlp { kind: self.mlp, ..mlp }, gate: shared.gate, norms }
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
                activation: stack.mlp.activation,
                bias: self.bias,
                transposed: self.storage == ExpertStorage::InOut,
                weights: self.router.weights(),
            },
            router: self.router,
            shared,
        })
    }
}

/// A mixture in a block.
#[derive(Debug)]
struct Mixture {
    experts: Experts,
    router: Router,
    shared: Option<Shared>,
}

/// The expert that every token goes through, in a block.
#[derive(Debug)]
struct Shared {
    mlp: Mlp,
    gate: bool,
    /// The norms that it and the others have for themselves, if they have some.
    norms: Option<NormKind>,
}

impl Feeds for Mixture {
    fn role(&self) -> Role {
        Role::Experts
    }

    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let norms = self.shared.as_ref().and_then(|shared| shared.norms);
        let unnormed = beside.unnormed.unwrap_or(x);
        let width = &self.experts.width;
        let own_norm = |b: &mut Builder, (name, module): (&str, &str), x: NodeId| match norms {
            Some(kind) => norm(b, (name, module), x, kind, width),
            None => x,
        };
        let scores = self.router.wire(b, [x, unnormed], [width, &self.experts.experts]);
        let read = if norms.is_some() { unnormed } else { x };
        let read = own_norm(b, ("experts_norm", "pre_feedforward_layernorm_2"), read);
        let routed = self.routed(b, read, scores);
        let routed = own_norm(b, ("experts_post_norm", "post_feedforward_layernorm_2"), routed);
        let Some(shared) = &self.shared else { return routed };
        let made = shared.wire(b, x, beside, width);
        let made = own_norm(b, ("shared_post_norm", "post_feedforward_layernorm_1"), made);
        b.push("with_shared", Add, &[routed, made])
    }
}

impl Mixture {
    /// What the chosen experts make of the tokens.
    fn routed(&self, b: &mut Builder, x: NodeId, scores: NodeId) -> NodeId {
        let factors = self.experts.weights.factors.then(|| {
            let name = ("expert_factors", "router.per_expert_scale");
            let shape = Shape::new([self.experts.experts.clone()]);
            Stored::from(b.store(name, shape, ParamRole::Vector))
        });
        b.push_on("experts", self.experts.clone(), &[x, scores], factors.as_slice())
    }
}

impl Shared {
    /// What it makes of the tokens.
    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside, width: &Dim) -> NodeId {
        let made = b.scope("shared_expert", Role::Mlp, |b| self.mlp.wire(b, x, beside));
        if !self.gate {
            return made;
        }
        let gate = linear(b, "shared_expert_gate", x, width, &Dim::one(), false);
        let gate = b.push("sigmoid", Activation { kind: ActivationKind::Sigmoid }, &[gate]);
        b.push("shared_gated", MultiplyEach, &[made, gate])
    }
}
