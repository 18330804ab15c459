//! The patch merger: a norm, r×r tokens folded into one, an MLP of two layers (Qwen2-VL, Qwen2.5-VL,
//! Qwen3-VL, PaddleOCR-VL, Kimi-VL, dots.ocr).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Flow};
use super::fold::Fold;
use super::projector::Projector;
use super::rounding::Rounding;
use super::steps::StepStage;
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{ActivationKind, NormKind};
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{activate, linear};
use crate::units::Size;

/// Without settings, Qwen2-VL's; `bridge: {merger: {norm: rmsnorm}}` is Qwen2.5-VL's.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Merger")]
pub struct MergerSpec {
    /// Side r of a folded block in tokens: r² tokens become one; 2 if not given (transformers'
    /// `spatial_merge_size`).
    #[schemars(extend("default" = PLAIN.fold.factor))]
    pub factor: Choice<Size>,
    /// Columns of a folded block, if it has another number of them than rows; then `factor` says the
    /// rows.
    #[schemars(example = 2)]
    pub columns: Option<Size>,
    /// The norm; LayerNorm if not given.
    #[schemars(extend("default" = PLAIN.norm))]
    pub norm: Choice<NormKind>,
    /// Whether the norm is over a token before folding, as if it is not given, or over what a block
    /// was folded into (Qwen3-VL's mergers of deeper layers).
    #[schemars(extend("default" = PLAIN.norm_over))]
    pub norm_over: Choice<NormOver>,
    /// Width between the layers; that of a folded block, r² times the encoder's, if not given.
    #[schemars(example = 5120)]
    pub hidden: Option<Size>,
    /// Activation between the layers; gelu if not given.
    #[schemars(extend("default" = PLAIN.activation))]
    pub activation: Choice<ActivationKind>,
    /// Whether the layers have biases; true if not given.
    #[schemars(extend("default" = PLAIN.bias))]
    pub bias: Choice<bool>,
    /// What becomes of rows and columns that fill no block; an error if not given.
    #[schemars(extend("default" = PLAIN.fold.rounding))]
    pub rounding: Choice<Rounding>,
}

/// What a merger's norm is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NormOver {
    /// Each token, before folding.
    Token,
    /// What a block was folded into.
    Block,
}

/// A patch merger, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Merger {
    /// The folding.
    pub fold: Fold,
    /// The norm.
    pub norm: NormKind,
    /// What it is over.
    pub norm_over: NormOver,
    /// Width between the layers; none is that of a folded block.
    pub hidden: Option<Size>,
    /// Activation between the layers.
    pub activation: ActivationKind,
    /// Whether the layers have biases.
    pub bias: bool,
}

/// Qwen2-VL's: what a merger is of which nothing is said.
const PLAIN: Merger = Merger {
    fold: Fold { factor: Size::of(2), columns: None, rounding: Rounding::Exact },
    norm: NormKind::LayerNorm,
    norm_over: NormOver::Token,
    hidden: None,
    activation: ActivationKind::Gelu,
    bias: true,
};

impl MergerSpec {
    /// Blocks of this side; nothing more is said.
    fn of(factor: Size) -> MergerSpec {
        MergerSpec { factor: factor.into(), ..MergerSpec::default() }
    }

    /// The bridge that is described.
    pub fn design(&self, _: &mut Faults) -> Merger {
        Merger {
            fold: Fold {
                factor: self.factor.unwrap_or(PLAIN.fold.factor),
                columns: self.columns,
                rounding: self.rounding.unwrap_or(PLAIN.fold.rounding),
            },
            norm: self.norm.unwrap_or(PLAIN.norm),
            norm_over: self.norm_over.unwrap_or(PLAIN.norm_over),
            hidden: self.hidden,
            activation: self.activation.unwrap_or(PLAIN.activation),
            bias: self.bias.unwrap_or(PLAIN.bias),
        }
    }
}

impl From<&Merger> for MergerSpec {
    /// The fields that say a bridge, every choice written.
    fn from(merger: &Merger) -> MergerSpec {
        let Merger { fold, norm, norm_over, hidden, activation, bias } = merger.clone();
        MergerSpec {
            factor: fold.factor.into(),
            columns: fold.columns,
            norm: norm.into(),
            norm_over: norm_over.into(),
            hidden,
            activation: activation.into(),
            bias: bias.into(),
            rounding: fold.rounding.into(),
        }
    }
}

impl Merger {
    /// What is known of a merger by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "merger",
        title: "patch merger",
        typical: |_| Typical::new("merger: {factor: 2}", "as Qwen2-VL has it (arXiv 2409.12191)"),
        practice: Practice {
            place: 7,
            words: &["merger", "patch-merger"],
            usual: Some("2"),
            sized: |factor| MergerSpec::of(factor).into(),
            drawn: |draw| Some(MergerSpec::of(draw.block()?).into()),
            choices: |_| vec![("a patch merger of 2×2", MergerSpec::of(Size::of(2)).into())],
        },
    };

    /// The norm, over what it is given.
    fn norm(&self, b: &mut Builder, x: Flow) -> Flow {
        let (node, width) = b.scope(("norm", ""), Role::Norm, |b| {
            (norm(b, ("norm", "ln_q"), x.node, self.norm, &x.width), x.width.clone())
        });
        x.with(node, width)
    }

    /// The layers: `[B, M, width] → [B, M, hidden] → [B, M, D]`.
    fn layers(&self, b: &mut Builder, x: &Flow, to: &Target) -> NodeId {
        let hidden = match self.hidden {
            Some(_) => {
                let (field, meaning) = ("bridge.merger.hidden", "hidden width of the bridge");
                b.size("M_1", meaning, field, self.hidden).into()
            }
            None => x.width.clone(),
        };
        let up = linear(b, ("linear_1", "mlp.0"), x.node, &x.width, &hidden, self.bias);
        let up = activate(b, up, self.activation);
        linear(b, ("linear_2", "mlp.2"), up, &hidden, &to.width, self.bias)
    }
}

impl BridgeStage for Merger {
    fn in_brief(&self) -> String {
        let factor = self.fold.factor;
        match self.norm_over {
            NormOver::Token => {
                format!("a norm, blocks of {factor}×{factor} folded into one, then an MLP")
            }
            NormOver::Block => {
                format!("blocks of {factor}×{factor} folded into one, a norm, then an MLP")
            }
        }
    }

    fn in_words(&self) -> Vec<&'static str> {
        let norm = match self.norm_over {
            NormOver::Token => "The values of each token are normalised before.",
            NormOver::Block => "The values of each are normalised.",
        };
        vec![Fold::WORDS, norm, "An MLP then brings each of them to the LLM's width."]
    }

    fn reduction(&self) -> Reduction {
        self.fold.reduction()
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let at = At::named("", "bridge.merger.factor");
        let fold = |b: &mut Builder, x| {
            b.scope(("fold", ""), Role::Merge, |b| self.fold.merge(b, x, &at, "merger"))
        };
        let x = match self.norm_over {
            NormOver::Token => {
                let x = self.norm(b, Flow::of(x));
                fold(b, x)?
            }
            NormOver::Block => {
                let x = fold(b, Flow::of(x))?;
                self.norm(b, x)
            }
        };
        Ok(b.scope(("projection", ""), Role::Projection, |b| self.layers(b, &x, to)))
    }
}
