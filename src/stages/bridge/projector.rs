//! The projection that ends a bridge which first changes the number of tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Linear, Mlp};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId};

/// The projection that ends a bridge: `then: linear` or `then: {mlp: {depth: 2}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projector {
    /// One matrix on every token.
    Linear(Linear),
    /// Several layers on every token.
    Mlp(Mlp),
}

impl Default for Projector {
    fn default() -> Projector {
        Projector::Linear(Linear::default())
    }
}

impl Projector {
    /// The same projection with every choice said.
    #[must_use]
    pub fn resolved(&self) -> Projector {
        match self {
            Projector::Linear(_) => self.clone(),
            Projector::Mlp(mlp) => Projector::Mlp(mlp.resolved()),
        }
    }

    /// See [`super::BridgeStage::check`].
    pub fn check(&self) -> Vec<(String, Diagnostic)> {
        let Projector::Mlp(mlp) = self else { return Vec::new() };
        let mut problems = mlp.problems();
        if mlp.image_newline {
            let text = "`image_newline` means nothing in a projection behind another bridge";
            let diagnostic = Diagnostic::error(Code::Mismatch, text)
                .help("take it out, or choose `bridge: mlp`, which puts it behind each image");
            problems.push(("image_newline", diagnostic));
        }
        let nested = problems.into_iter();
        nested.map(|(field, diagnostic)| (format!("then.mlp.{field}"), diagnostic)).collect()
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
