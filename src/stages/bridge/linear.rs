//! The linear bridge: one matrix `[D_v, D]` for every token (LLaVA v0, MiniGPT-4, PaliGemma).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    BridgeKind, BridgeStage, NotSuited, Practice, Projector, Reduction, Target, Typical, Visual,
};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{self, Layout, NormKind};
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;

/// The matrix goes from the width of the tokens that come in to the LLM's.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Linear")]
pub struct LinearSpec {
    /// Whether it has a bias; true if not given.
    #[schemars(extend("default" = PLAIN.bias))]
    pub bias: Choice<bool>,
    /// A norm before it; none if not given.
    pub norm: Option<NormKind>,
    /// How the matrix is stored; it changes no count.
    #[schemars(extend("default" = PLAIN.layout))]
    pub layout: Choice<MatrixLayout>,
}

/// How a matrix is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatrixLayout {
    /// `[out, in]`, as `torch.nn.Linear`.
    #[default]
    OutIn,
    /// `[in, out]`, as Gemma 3's projector.
    InOut,
}

/// A linear bridge, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// Whether it has a bias.
    pub bias: bool,
    /// A norm before it.
    pub norm: Option<NormKind>,
    /// How the matrix is stored.
    pub layout: MatrixLayout,
}

/// LLaVA v0's: what a linear bridge is of which nothing is said.
pub(super) const PLAIN: Linear = Linear { bias: true, norm: None, layout: MatrixLayout::OutIn };

impl LinearSpec {
    /// The bridge that is described.
    pub fn design(&self, _: &mut Faults) -> Linear {
        Linear {
            bias: self.bias.unwrap_or(PLAIN.bias),
            norm: self.norm,
            layout: self.layout.unwrap_or(PLAIN.layout),
        }
    }
}

impl From<&Linear> for LinearSpec {
    /// The fields that say a bridge, every choice written.
    fn from(linear: &Linear) -> LinearSpec {
        LinearSpec { bias: linear.bias.into(), norm: linear.norm, layout: linear.layout.into() }
    }
}

impl Linear {
    /// What is known of a linear bridge by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "linear",
        title: "linear",
        typical: |_| Typical::new("linear", "as LLaVA v0 has it (arXiv 2304.08485)"),
        practice: Practice {
            place: 1,
            words: &["linear", "projector", "projection"],
            usual: None,
            sized: |_| LinearSpec::default().into(),
            drawn: |_| Some(LinearSpec::default().into()),
            choices: |_| vec![("a linear layer", LinearSpec::default().into())],
        },
    };

    /// Wires it: `[B, V, width] → [B, V, D]`.
    pub fn project(&self, b: &mut Builder, mut x: NodeId, width: &Dim, to: &Dim) -> NodeId {
        if let Some(kind) = self.norm {
            x = norm(b, ("norm", "layer_norm"), x, kind, width);
        }
        let layout = match self.layout {
            MatrixLayout::OutIn => Layout::OutIn,
            MatrixLayout::InOut => Layout::InOut,
        };
        let (input, output, bias) = (width.clone(), to.clone(), self.bias);
        b.push(("proj", "linear"), ops::Linear { input, output, bias, layout }, &[x])
    }
}

impl BridgeStage for Linear {
    fn in_brief(&self) -> String {
        "one linear layer".to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "One matrix is applied to every token by itself: no token sees another, and as many \
             come out as go in.",
        ]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Kept
    }

    fn projection(&self) -> Option<Projector> {
        Some(Projector::Linear(self.clone()))
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        Ok(b.scope(("linear", ""), Role::Projection, |b| {
            self.project(b, x.node, &x.width, &to.width)
        }))
    }
}
