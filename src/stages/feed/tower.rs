//! What a block of a vision encoder does with each token by itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Feed, MoeSpec};
use crate::stages::faults::Faults;
use crate::stages::options::MlpKind;

/// What is done with each token of a tower.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "TowerFeedForward")]
pub enum TowerFeedSpec {
    /// Up, activation, down: 2 matrices.
    Plain,
    /// Gate and up, activation of the gate, product, down: 3 matrices (SwiGLU, GeGLU).
    Gated,
    /// A mixture of experts: MLPs of which each token goes through some.
    Moe(MoeSpec),
}

impl TowerFeedSpec {
    /// What is described.
    pub fn design(&self, faults: &mut Faults) -> Feed {
        match self {
            TowerFeedSpec::Plain => Feed::Dense(MlpKind::Plain),
            TowerFeedSpec::Gated => Feed::Dense(MlpKind::Gated),
            TowerFeedSpec::Moe(moe) => Feed::Moe(faults.within("moe", |faults| moe.design(faults))),
        }
    }
}

impl From<MlpKind> for TowerFeedSpec {
    fn from(kind: MlpKind) -> TowerFeedSpec {
        match kind {
            MlpKind::Plain => TowerFeedSpec::Plain,
            MlpKind::Gated => TowerFeedSpec::Gated,
        }
    }
}

impl From<&Feed> for TowerFeedSpec {
    /// The choice that says it, with every choice in it.
    fn from(feed: &Feed) -> TowerFeedSpec {
        match feed {
            Feed::Moe(moe) => TowerFeedSpec::Moe(moe.into()),
            Feed::Dense(kind) => (*kind).into(),
            // Every block of a tower has something.
            Feed::None => TowerFeedSpec::Plain,
        }
    }
}
