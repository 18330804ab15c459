//! The projection that ends a bridge which first changes the number of tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::linear::{self, Linear, LinearSpec};
use super::mlp::{Mlp, MlpSpec};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;

/// The projection that ends a bridge: `then: linear` or `then: {mlp: {depth: 2}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Projector")]
pub enum ProjectorSpec {
    /// One matrix on every token.
    Linear(LinearSpec),
    /// Several layers on every token.
    #[schemars(extend("x-without" = ["image_newline"]))]
    Mlp(MlpSpec),
}

/// The projection that ends a bridge, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub enum Projector {
    /// One matrix on every token.
    Linear(Linear),
    /// Several layers on every token.
    Mlp(Mlp),
}

/// One matrix: the projection of which nothing is said.
pub const PLAIN: Projector = Projector::Linear(linear::PLAIN);

impl ProjectorSpec {
    /// The projection that is described, in the field `then` of a bridge.
    pub fn design(&self, faults: &mut Faults) -> Projector {
        match self {
            ProjectorSpec::Linear(linear) => Projector::Linear(linear.design(faults)),
            ProjectorSpec::Mlp(mlp) => faults.within("then.mlp", |faults| {
                let mlp = mlp.design(faults);
                if mlp.image_newline {
                    let text = "`image_newline` means nothing in a projection after another bridge";
                    let help = "take it out, or choose `bridge: mlp`, which puts it after each \
                                image";
                    let problem = Diagnostic::error(Code::Mismatch, text).help(help);
                    faults.add("image_newline", problem);
                }
                Projector::Mlp(mlp)
            }),
        }
    }
}

impl Choice<ProjectorSpec> {
    /// The projection that ends a bridge which always has one: one matrix if it is not said.
    pub fn design(&self, faults: &mut Faults) -> Projector {
        self.get().map_or(PLAIN, |then| then.design(faults))
    }
}

impl From<&Projector> for ProjectorSpec {
    /// The choice that says a projection, with every choice in it.
    fn from(projector: &Projector) -> ProjectorSpec {
        match projector {
            Projector::Linear(linear) => ProjectorSpec::Linear(linear.into()),
            Projector::Mlp(mlp) => ProjectorSpec::Mlp(mlp.into()),
        }
    }
}

impl Projector {
    /// See [`super::BridgeStage::in_brief`].
    pub fn in_brief(&self) -> &'static str {
        match self {
            Projector::Linear(_) => "one linear layer",
            Projector::Mlp(_) => "an MLP",
        }
    }

    /// See [`super::BridgeStage::in_words`].
    pub fn in_words(&self) -> &'static str {
        match self {
            Projector::Linear(_) => "One matrix then brings each of them to the LLM's width.",
            Projector::Mlp(_) => "An MLP then brings each of them to the LLM's width.",
        }
    }

    /// Wires it: `[B, V, width] → [B, V, D]`.
    pub fn project(&self, b: &mut Builder, x: NodeId, width: &Dim, to: &Dim) -> NodeId {
        match self {
            Projector::Linear(linear) => linear.project(b, x, width, to),
            Projector::Mlp(mlp) => mlp.project(b, x, width, to),
        }
    }
}
