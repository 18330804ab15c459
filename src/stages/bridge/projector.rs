//! The projection that ends a bridge which first changes the number of tokens.

use serde::{Deserialize, Serialize};

use super::{Linear, Mlp};
use crate::diag::Diagnostic;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId};

/// `then: linear` or `then: {mlp: {…}}`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Projector {
    /// One matrix.
    Linear(Linear),
    /// Several layers.
    Mlp(Mlp),
}

impl Default for Projector {
    fn default() -> Projector {
        Projector::Linear(Linear::default())
    }
}

impl Projector {
    /// See [`super::BridgeStage::check`].
    pub fn check(&self) -> Vec<(&'static str, Diagnostic)> {
        match self {
            Projector::Linear(_) => Vec::new(),
            Projector::Mlp(mlp) => mlp.problems(),
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
