//! Squeeze-excitation: a factor for each channel that the mean of all tokens decides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow};
use super::super::pool::{Pool, Pooled};
use super::super::rounding::Rounding;
use super::super::{NotSuited, Target};
use super::conv::Conv;
use super::nested::Gate;
use super::short::ByOne;
use super::step::{Step, StepStage, Written};
use super::tokenwise::LinearStep;
use super::width::Width;
use crate::graph::{Builder, Role};
use crate::ops::ActivationKind;
use crate::stages::bridge::linear::MatrixLayout;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// `{squeeze-excitation: x1/4}`: the mean token through two layers, as factors of all tokens.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExcitationStep")]
pub struct ExcitationSpec {
    /// Width between the layers: a number, or `x1/4`, times the width at hand. It may stand alone.
    #[schemars(example = 256)]
    pub width: Width,
    /// Activation between the layers; relu if not given.
    #[serde(default)]
    #[schemars(extend("default" = ActivationKind::Relu))]
    pub activation: Choice<ActivationKind>,
    /// Activation that makes factors of the values; sigmoid if not given.
    #[serde(default)]
    #[schemars(extend("default" = ActivationKind::Sigmoid))]
    pub factor: Choice<ActivationKind>,
    /// Whether the layers have biases; true if not given.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub bias: Choice<bool>,
    /// Whether they are stored as convolutions of 1 × 1, as networks of convolutions store them, or as
    /// matrices; true if not given. It changes no count.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub conv: Choice<bool>,
}

impl From<Width> for ExcitationSpec {
    fn from(width: Width) -> ExcitationSpec {
        let (bias, conv) = (Choice::default(), Choice::default());
        let (activation, factor) = (Choice::default(), Choice::default());
        ExcitationSpec { width, activation, factor, bias, conv }
    }
}

impl ByOne for ExcitationSpec {
    type One = Width;
}

/// Squeeze-excitation, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Excitation {
    /// Width between the layers.
    pub width: Width,
    /// Activation between the layers.
    pub activation: ActivationKind,
    /// Activation that makes factors of the values.
    pub factor: ActivationKind,
    /// Whether the layers have biases.
    pub bias: bool,
    /// Whether they are stored as convolutions of 1 × 1.
    pub conv: bool,
}

impl Excitation {
    /// What it does, for someone who meets it for the first time.
    pub const WORDS: &str = "The mean of all tokens decides by two small layers how much of each \
                             channel is kept.";

    /// Layers stored as convolutions, with a sigmoid.
    pub fn of(width: Width, activation: ActivationKind) -> Excitation {
        let factor = ActivationKind::Sigmoid;
        Excitation { width, activation, factor, bias: true, conv: true }
    }

    /// The steps that it is.
    fn steps(&self) -> Gate {
        let layer = |width| match self.conv {
            true => Step::Conv(Conv::pointwise(width, self.bias)),
            false => {
                Step::Linear(LinearStep { width, bias: self.bias, layout: MatrixLayout::OutIn })
            }
        };
        let mean = Pool {
            pooled: Pooled::ToSquare(Size::of(1)),
            rounding: Rounding::Exact,
            as_product: false,
        };
        Gate(vec![
            Step::Pool(mean),
            layer(self.width.clone()),
            Step::Activation(self.activation),
            layer(Width::Input),
            Step::Activation(self.factor),
        ])
    }
}

impl Written for ExcitationSpec {
    type Step = Excitation;

    fn design(&self, _: &mut Faults) -> Excitation {
        Excitation {
            width: self.width.clone(),
            activation: self.activation.unwrap_or(ActivationKind::Relu),
            factor: self.factor.unwrap_or(ActivationKind::Sigmoid),
            bias: self.bias.unwrap_or(true),
            conv: self.conv.unwrap_or(true),
        }
    }

    fn say(step: &Excitation) -> ExcitationSpec {
        let Excitation { width, activation, factor, bias, conv } = step.clone();
        ExcitationSpec {
            width,
            activation: activation.into(),
            factor: factor.into(),
            bias: bias.into(),
            conv: conv.into(),
        }
    }
}

impl StepStage for Excitation {
    fn part(&self) -> (&'static str, Role) {
        ("excitation", Role::Merge)
    }

    fn in_brief(&self) -> String {
        "squeeze-excitation".to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![Excitation::WORDS]
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        self.steps().wire(b, x, to, at)
    }
}
