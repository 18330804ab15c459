//! What a layer of the LLM, or a block of a tower, does with each token by itself: an MLP, a mixture of
//! experts, or nothing.
//!
//! One kind per file. To add one, write its file and its `mod` line, and add it to [`FeedSpec`] and
//! [`Feed`].

mod moe;
mod router;
mod tower;

pub use moe::{Moe, MoeSpec, SharedSpec};
pub use tower::TowerFeedSpec;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block::Feeds;
use super::faults::Faults;
use super::options::MlpKind;
use super::stack::{SizeNames, Stack};
use crate::dim::Dim;
use crate::graph::Builder;

/// What is done with each token.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "FeedForward")]
pub enum FeedSpec {
    /// Up, activation, down: 2 matrices.
    Plain,
    /// Gate and up, activation of the gate, product, down: 3 matrices (SwiGLU, GeGLU).
    Gated,
    /// A mixture of experts: MLPs of which each token goes through some.
    Moe(MoeSpec),
    /// Nothing: the layer has attention alone.
    None,
}

/// What is done with each token, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub enum Feed {
    /// An MLP.
    Dense(MlpKind),
    /// A mixture of experts.
    Moe(Moe),
    /// Nothing.
    None,
}

impl FeedSpec {
    /// What is described.
    pub fn design(&self, faults: &mut Faults) -> Feed {
        match self {
            FeedSpec::Plain => Feed::Dense(MlpKind::Plain),
            FeedSpec::Gated => Feed::Dense(MlpKind::Gated),
            FeedSpec::None => Feed::None,
            FeedSpec::Moe(moe) => Feed::Moe(faults.within("moe", |faults| moe.design(faults))),
        }
    }
}

impl From<&Feed> for FeedSpec {
    /// The choice that says it, with every choice in it.
    fn from(feed: &Feed) -> FeedSpec {
        match feed {
            Feed::Dense(MlpKind::Plain) => FeedSpec::Plain,
            Feed::Dense(MlpKind::Gated) => FeedSpec::Gated,
            Feed::Moe(moe) => FeedSpec::Moe(moe.into()),
            Feed::None => FeedSpec::None,
        }
    }
}

impl Feed {
    /// The shape of an MLP in it.
    pub fn mlp_kind(&self) -> MlpKind {
        match self {
            Feed::Dense(kind) => *kind,
            Feed::Moe(moe) => moe.mlp,
            Feed::None => MlpKind::Gated,
        }
    }

    /// The part of a block, its sizes declared; nothing where it does nothing.
    pub fn declare(
        &self,
        b: &mut Builder,
        stack: &Stack,
        width: &Dim,
        sizes: &SizeNames,
    ) -> Option<Arc<dyn Feeds>> {
        match self {
            Feed::Dense(_) => Some(Arc::new(stack.mlp(b, width, sizes))),
            Feed::Moe(moe) => Some(moe.declare(b, stack, width, sizes)),
            Feed::None => None,
        }
    }
}
