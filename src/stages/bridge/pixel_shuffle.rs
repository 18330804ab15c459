//! The pixel-shuffle bridge: r×r neighbours become one token, then a projection (InternVL,
//! Idefics3, SmolVLM).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Flow};
use super::fold::Fold;
use super::mlp::MlpSpec;
use super::projector::{self, Projector, ProjectorSpec};
use super::rounding::Rounding;
use super::steps::StepStage;
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::graph::{Builder, NodeId, Role};
use crate::ops::NormKind;
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// `bridge: {pixel-shuffle: {factor: 2}}` makes one visual token of four patches.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PixelShuffle")]
pub struct PixelShuffleSpec {
    /// Side r of a folded block in tokens: r² tokens become one (transformers' `scale_factor`;
    /// InternVL's `downsample_ratio` is 1/r). Rows and columns of patches must be multiples of it,
    /// unless `rounding` says what becomes of a remainder.
    #[schemars(example = 2)]
    pub factor: Size,
    /// A norm of each token before folding, over the encoder's width; none if not given. One after
    /// it, over r² times as much, belongs to `then`: `then: {mlp: {norm: layernorm}}`.
    #[serde(default)]
    pub norm: Option<NormKind>,
    /// What becomes of rows and columns that fill no block; an error if not given.
    #[serde(default)]
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
    /// The projection from r² times the encoder's width to the LLM's; linear if not given.
    #[serde(default, skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = ProjectorSpec::from(&projector::PLAIN)))]
    pub then: Choice<ProjectorSpec>,
}

/// A pixel-shuffle bridge, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelShuffle {
    /// A norm of each token before folding.
    pub norm: Option<NormKind>,
    /// The folding.
    pub fold: Fold,
    /// The projection from r² times the encoder's width to the LLM's.
    pub then: Projector,
}

impl PixelShuffleSpec {
    /// Blocks of this side, then a projection.
    pub fn of(factor: Size, then: Choice<ProjectorSpec>) -> PixelShuffleSpec {
        PixelShuffleSpec { factor, norm: None, rounding: Choice::default(), then }
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> PixelShuffle {
        let fold = Fold {
            factor: self.factor,
            columns: None,
            rounding: self.rounding.unwrap_or_default(),
        };
        PixelShuffle { norm: self.norm, fold, then: self.then.design(faults) }
    }
}

impl From<&PixelShuffle> for PixelShuffleSpec {
    /// The fields that say a bridge, every choice written.
    fn from(shuffle: &PixelShuffle) -> PixelShuffleSpec {
        let PixelShuffle { norm, fold: Fold { factor, rounding, .. }, then } = shuffle;
        let then = ProjectorSpec::from(then).into();
        PixelShuffleSpec { factor: *factor, norm: *norm, rounding: (*rounding).into(), then }
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
            sized: |factor| PixelShuffleSpec::of(factor, Choice::default()).into(),
            drawn: |draw| {
                let (factor, then) = (draw.block()?, draw.then.clone().into());
                Some(PixelShuffleSpec::of(factor, then).into())
            },
            choices: |_| {
                let by = |factor| {
                    let then = ProjectorSpec::Mlp(MlpSpec::default()).into();
                    PixelShuffleSpec::of(Size::of(factor), then).into()
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
        let norm = if self.norm.is_some() { "a norm, " } else { "" };
        let factor = self.fold.factor;
        format!("{norm}pixel shuffle by {factor} per side, then {}", self.then.in_brief())
    }

    fn in_words(&self) -> Vec<&'static str> {
        let norm = "The values of each token are normalised.";
        let mut words: Vec<&str> = self.norm.map(|_| norm).into_iter().collect();
        words.extend([Fold::WORDS, self.then.in_words()]);
        words
    }

    fn reduction(&self) -> Reduction {
        self.fold.reduction()
    }

    fn projection(&self) -> Option<Projector> {
        self.then.of_matrices().filter(|_| self.norm.is_none())
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let mut flow = Flow::of(x);
        if let Some(kind) = self.norm {
            let node = b.scope(("norm", ""), Role::Norm, |b| {
                norm(b, ("norm", "pre_norm"), flow.node, kind, &flow.width)
            });
            let width = flow.width.clone();
            flow = flow.with(node, width);
        }
        let at = At::named("", "bridge.pixel-shuffle.factor");
        let folded = b.scope("pixel_shuffle", Role::Merge, |b| {
            self.fold.merge(b, flow, &at, "pixel-shuffle")
        })?;
        self.then.wire(b, folded, to, "bridge.pixel-shuffle.then")
    }
}
