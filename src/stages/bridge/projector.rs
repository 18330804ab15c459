//! The projection that ends a bridge which first changes the number of tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::Flow;
use super::linear::{self, Linear, LinearSpec};
use super::mlp::{Mlp, MlpSpec};
use super::{NotSuited, Target};
use crate::diag::{Code, Diagnostic};
use crate::graph::{Builder, NodeId, Role};
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
    /// Nothing: the tokens are as wide as the LLM's already.
    None,
}

/// The projection that ends a bridge, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub enum Projector {
    /// One matrix on every token.
    Linear(Linear),
    /// Several layers on every token.
    Mlp(Mlp),
    /// Nothing.
    None,
}

/// One matrix: the projection of which nothing is said.
pub const PLAIN: Projector = Projector::Linear(linear::PLAIN);

impl ProjectorSpec {
    /// The projection that is described, in the field `then` of a bridge.
    pub fn design(&self, faults: &mut Faults) -> Projector {
        match self {
            ProjectorSpec::None => Projector::None,
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
            Projector::None => ProjectorSpec::None,
        }
    }
}

impl Projector {
    /// See [`super::BridgeStage::in_brief`].
    pub fn in_brief(&self) -> &'static str {
        match self {
            Projector::Linear(_) => "one linear layer",
            Projector::Mlp(_) => "an MLP",
            Projector::None => "nothing more",
        }
    }

    /// See [`super::BridgeStage::in_words`].
    pub fn in_words(&self) -> &'static str {
        match self {
            Projector::Linear(_) => "One matrix then brings each of them to the LLM's width.",
            Projector::Mlp(_) => "An MLP then brings each of them to the LLM's width.",
            Projector::None => "Each of them is as wide as the LLM's tokens already.",
        }
    }

    /// The projection, if it has parameters.
    pub fn of_matrices(&self) -> Option<Projector> {
        (*self != Projector::None).then(|| self.clone())
    }

    /// Wires it in a scope of its own: `[B, V, width] → [B, V, D]`.
    ///
    /// # Errors
    /// There is none, and the tokens are not as wide as the LLM's: a problem of a field.
    pub fn wire(
        &self,
        b: &mut Builder,
        x: Flow,
        to: &Target,
        field: &'static str,
    ) -> Result<NodeId, NotSuited> {
        if *self == Projector::None {
            return x.finish(b, &to.width, field);
        }
        Ok(b.scope(("projection", ""), Role::Projection, |b| match self {
            Projector::Linear(linear) => linear.project(b, x.node, &x.width, &to.width),
            Projector::Mlp(mlp) => mlp.project(b, x.node, &x.width, &to.width),
            Projector::None => x.node,
        }))
    }
}
