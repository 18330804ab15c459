//! Steps that work on each token alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow};
use super::super::linear::MatrixLayout;
use super::super::{NotSuited, Target};
use super::short::ByOne;
use super::step::{EACH_TOKEN, EACH_TOKEN_PART, StepStage, Written};
use super::width::Width;
use crate::dim::Dim;
use crate::graph::{Builder, Multiple, Role};
use crate::ops::{ActivationKind, Layout, Linear, Multiply, NormKind, Split};
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{MlpLayer, activate};
use crate::stages::stack::LLAMA;
use crate::units::Size;

/// A normalisation of each token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormStep(pub NormKind);

impl Written for Option<NormKind> {
    type Step = NormStep;

    fn design(&self, _: &mut Faults) -> NormStep {
        NormStep(self.unwrap_or(NormKind::LayerNorm))
    }

    fn say(step: &NormStep) -> Option<NormKind> {
        Some(step.0)
    }
}

impl StepStage for NormStep {
    fn part(&self) -> (&'static str, Role) {
        ("norm", Role::Norm)
    }

    fn in_brief(&self) -> String {
        self.0.title().to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["The values of each token are normalised."]
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let node = norm(b, (&*at.name("norm"), at.module), x.node, self.0, &x.width);
        Ok(x.of_same_width(node))
    }
}

/// `{linear: 4096}` makes tokens of width 4,096, `{linear: x4}` four times as wide ones, `linear`
/// tokens as wide as the LLM's.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "LinearStep")]
pub struct LinearSpec {
    /// Width that it makes: a number, `llm` (if not given), `same`, `input` (that of what came into the
    /// list of steps around), or `x4` and `x1/4`, times the width at hand. It may stand alone.
    #[schemars(example = 4096)]
    pub width: Option<Width>,
    /// Whether it has a bias; true if not given.
    #[schemars(extend("default" = true))]
    pub bias: Choice<bool>,
    /// How the matrix is stored; it changes no count.
    #[schemars(extend("default" = MatrixLayout::OutIn))]
    pub layout: Choice<MatrixLayout>,
}

impl From<Width> for LinearSpec {
    fn from(width: Width) -> LinearSpec {
        LinearSpec { width: Some(width), ..LinearSpec::default() }
    }
}

impl ByOne for LinearSpec {
    type One = Width;
}

/// A linear layer, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearStep {
    /// Width that it makes.
    pub width: Width,
    /// Whether it has a bias.
    pub bias: bool,
    /// How the matrix is stored.
    pub layout: MatrixLayout,
}

impl LinearStep {
    /// A layer with a bias.
    pub const fn to(width: Width) -> LinearStep {
        LinearStep { width, bias: true, layout: MatrixLayout::OutIn }
    }
}

impl Written for LinearSpec {
    type Step = LinearStep;

    fn design(&self, _: &mut Faults) -> LinearStep {
        LinearStep {
            width: self.width.clone().unwrap_or(Width::Llm),
            bias: self.bias.unwrap_or(true),
            layout: self.layout.unwrap_or_default(),
        }
    }

    fn say(step: &LinearStep) -> LinearSpec {
        let LinearStep { width, bias, layout } = step.clone();
        LinearSpec { width: Some(width), bias: bias.into(), layout: layout.into() }
    }
}

impl StepStage for LinearStep {
    fn part(&self) -> (&'static str, Role) {
        EACH_TOKEN_PART
    }

    fn in_brief(&self) -> String {
        format!("a linear layer{}", self.width.in_brief())
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![EACH_TOKEN]
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let output = self.width.wire(b, &x, to, at);
        let layout = match self.layout {
            MatrixLayout::OutIn => Layout::OutIn,
            MatrixLayout::InOut => Layout::InOut,
        };
        let (input, bias) = (x.width.clone(), self.bias);
        let layer = Linear { input, output: output.clone(), bias, layout };
        let node = b.push((&*at.name("linear"), at.module), layer, &[x.node]);
        Ok(x.with(node, output))
    }
}

/// Two matrices up, the activation of one times the other, and a matrix down.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GatedMlpStep")]
pub struct GatedMlpSpec {
    /// Width between the matrices. It may stand alone.
    #[schemars(example = 13696)]
    pub hidden: Size,
    /// Width that it makes: a number, `llm` (if not given), `same`, `input` (that of what came into the
    /// list of steps around), or `x4` and `x1/4`, times the width at hand.
    #[serde(default)]
    #[schemars(example = 4096)]
    pub width: Option<Width>,
    /// Activation of the gate; silu if not given.
    #[serde(default)]
    #[schemars(extend("default" = ActivationKind::Silu))]
    pub activation: Choice<ActivationKind>,
    /// Whether the matrices have biases; false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub bias: Choice<bool>,
}

impl From<Size> for GatedMlpSpec {
    fn from(hidden: Size) -> GatedMlpSpec {
        let (activation, bias) = (Choice::default(), Choice::default());
        GatedMlpSpec { hidden, width: None, activation, bias }
    }
}

impl ByOne for GatedMlpSpec {
    type One = Size;
}

/// A gated MLP, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct GatedMlp {
    /// Width between the matrices.
    pub hidden: Size,
    /// Width that it makes.
    pub width: Width,
    /// Activation of the gate.
    pub activation: ActivationKind,
    /// Whether the matrices have biases.
    pub bias: bool,
}

impl Written for GatedMlpSpec {
    type Step = GatedMlp;

    fn design(&self, _: &mut Faults) -> GatedMlp {
        let (activation, bias) =
            (self.activation.unwrap_or(ActivationKind::Silu), self.bias.unwrap_or(false));
        let width = self.width.clone().unwrap_or(Width::Llm);
        GatedMlp { hidden: self.hidden, width, activation, bias }
    }

    fn say(step: &GatedMlp) -> GatedMlpSpec {
        let GatedMlp { hidden, width, activation, bias } = step.clone();
        let (activation, bias) = (activation.into(), bias.into());
        GatedMlpSpec { hidden, width: Some(width), activation, bias }
    }
}

impl StepStage for GatedMlp {
    fn part(&self) -> (&'static str, Role) {
        EACH_TOKEN_PART
    }

    fn in_brief(&self) -> String {
        format!("a gated MLP of {}", self.hidden)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![EACH_TOKEN]
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let hidden = at.size(b, ("F_b", "width inside the bridge's gated MLP"), self.hidden);
        let output = self.width.wire(b, &x, to, at);
        let (width, activation) = (Some(self.hidden), self.activation);
        let layer = MlpLayer { width, activation, ..LLAMA.mlp };
        let mlp = layer.between(x.width.clone(), hidden, output.clone(), self.bias);
        let node = b.module(at.module, |b| mlp.build(b, x.node));
        Ok(x.with(node, output))
    }
}

/// One half of each token's values times the activation of the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glu(pub ActivationKind);

impl Written for Option<ActivationKind> {
    type Step = Glu;

    fn design(&self, _: &mut Faults) -> Glu {
        Glu(self.unwrap_or(ActivationKind::Silu))
    }

    fn say(step: &Glu) -> Option<ActivationKind> {
        Some(step.0)
    }
}

impl StepStage for Glu {
    fn part(&self) -> (&'static str, Role) {
        EACH_TOKEN_PART
    }

    fn in_brief(&self) -> String {
        format!("{} of one half times the other", self.0.name())
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![EACH_TOKEN]
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let halves = Dim::from(2);
        b.require(Multiple {
            dividend: x.width.clone(),
            divisor: halves.clone(),
            names: ("width of a token", "number of halves of a gate"),
            fields: [at.here(), at.here()],
            pixels: None,
            squared: None,
            way_out: None,
        });
        let width = x.width.over(&halves);
        let mut half =
            |name, offset| b.push(name, Split { offset, width: width.clone() }, &[x.node]);
        let (value, gate) = (half("value", Dim::zero()), half("gate", width.clone()));
        let gate = activate(b, gate, self.0);
        let node = b.push(&*at.name("glu"), Multiply, &[value, gate]);
        Ok(x.with(node, width))
    }
}
