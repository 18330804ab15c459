//! The pixel-shuffle bridge: r×r neighbours become one token, then a projection (InternVL,
//! Idefics3, SmolVLM).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mlp::MlpSpec;
use super::projector::{self, Projector, ProjectorSpec};
use super::{
    BridgeKind, BridgeStage, Divisor, NotSuited, Practice, Reduction, Target, Typical, Visual,
    grid, require_multiple_of,
};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::SpaceToDepth;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// `bridge: {pixel-shuffle: {factor: 2}}` makes one visual token of four patches.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PixelShuffle")]
pub struct PixelShuffleSpec {
    /// Side r of a folded block in tokens: r² tokens become one (transformers' `scale_factor`;
    /// InternVL's `downsample_ratio` is 1/r). Rows and columns of patches must be multiples of it.
    #[schemars(example = 2)]
    pub factor: Size,
    /// The projection from r² times the encoder's width to the LLM's; linear if not given.
    #[serde(default, skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = ProjectorSpec::from(&projector::PLAIN)))]
    pub then: Choice<ProjectorSpec>,
}

/// A pixel-shuffle bridge, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelShuffle {
    /// Side r of a folded block in tokens.
    pub factor: Size,
    /// The projection from r² times the encoder's width to the LLM's.
    pub then: Projector,
}

impl PixelShuffleSpec {
    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> PixelShuffle {
        PixelShuffle { factor: self.factor, then: self.then.design(faults) }
    }
}

impl From<&PixelShuffle> for PixelShuffleSpec {
    /// The fields that say a bridge, every choice written.
    fn from(shuffle: &PixelShuffle) -> PixelShuffleSpec {
        let then = ProjectorSpec::from(&shuffle.then).into();
        PixelShuffleSpec { factor: shuffle.factor, then }
    }
}

impl PixelShuffle {
    /// What is known of a pixel shuffle by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "pixel-shuffle",
        title: "pixel shuffle",
        typical: |_| {
            Typical::new(
                "pixel-shuffle: {factor: 2, then: {mlp: {norm: layernorm}}}",
                "as InternVL has it (arXiv 2404.16821)",
            )
        },
        practice: Practice {
            place: 3,
            words: &["pixel-shuffle", "pixelshuffle", "shuffle", "pixel-unshuffle"],
            usual: Some("2"),
            sized: |factor| PixelShuffleSpec { factor, then: Choice::default() }.into(),
            drawn: |draw| {
                let (factor, then) = (draw.block()?, draw.then.clone().into());
                Some(PixelShuffleSpec { factor, then }.into())
            },
            choices: |_| {
                let by = |factor| {
                    let then = ProjectorSpec::Mlp(MlpSpec::default()).into();
                    PixelShuffleSpec { factor: Size::of(factor), then }.into()
                };
                vec![
                    ("pixel shuffle by 2, then an MLP of 2 layers", by(2)),
                    ("pixel shuffle by 4, then an MLP of 2 layers", by(4)),
                ]
            },
        },
    };
}

impl BridgeStage for PixelShuffle {
    fn in_brief(&self) -> String {
        format!("pixel shuffle by {} per side, then {}", self.factor, self.then.in_brief())
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Each square block of neighbouring tokens is folded into one, their values side by \
             side: fewer tokens, each of them wider, and nothing is lost.",
            self.then.in_words(),
        ]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Folded(self.factor)
    }

    fn projection(&self) -> Option<Projector> {
        Some(self.then.clone())
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let grid = grid(x, "pixel-shuffle")?;
        let factor: Dim = b
            .size(
                "r",
                "side of a pixel-shuffle block in tokens",
                "bridge.pixel-shuffle.factor",
                Some(self.factor),
            )
            .into();
        let divisor = Divisor {
            dim: factor.clone(),
            name: "pixel-shuffle factor",
            field: "bridge.pixel-shuffle.factor",
            squared: None,
        };
        require_multiple_of(b, &grid, &divisor);
        let width = &x.width * factor.pow(2);
        let shuffle = SpaceToDepth { grid, factor };
        let folded =
            b.scope("pixel_shuffle", Role::Merge, |b| b.push("shuffle", shuffle, &[x.node]));
        Ok(b.scope(("projection", ""), Role::Projection, |b| {
            self.then.project(b, folded, &width, &to.width)
        }))
    }
}
