//! Activation functions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};

/// The activation functions, by their names in transformers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivationKind {
    /// `x·Φ(x)` with the error function.
    Gelu,
    /// GELU's `tanh` approximation.
    #[serde(alias = "gelu_pytorch_tanh", alias = "gelu_new")]
    #[schemars(extend("x-other-names" = ["gelu_pytorch_tanh", "gelu_new"]))]
    GeluTanh,
    /// `x·σ(1.702·x)`, OpenAI's CLIP.
    QuickGelu,
    /// `x·σ(x)`, also called swish.
    #[serde(alias = "swish")]
    #[schemars(extend("x-other-names" = ["swish"]))]
    Silu,
    /// `max(x, 0)`.
    Relu,
    /// `max(x, 0)²`.
    #[serde(alias = "relu_squared")]
    #[schemars(extend("x-other-names" = ["relu_squared"]))]
    Relu2,
    /// `σ(x)`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `max(0, min(1, x/6 + 1/2))`, MobileNetV3's.
    #[serde(alias = "hardsigmoid")]
    #[schemars(extend("x-other-names" = ["hardsigmoid"]))]
    HardSigmoid,
    /// `x` times its hard sigmoid, MobileNetV3's.
    #[serde(alias = "hardswish")]
    #[schemars(extend("x-other-names" = ["hardswish"]))]
    HardSwish,
}

impl ActivationKind {
    /// The name in a spec.
    pub fn name(self) -> &'static str {
        match self {
            ActivationKind::Gelu => "gelu",
            ActivationKind::GeluTanh => "gelu_tanh",
            ActivationKind::QuickGelu => "quick_gelu",
            ActivationKind::Silu => "silu",
            ActivationKind::Relu => "relu",
            ActivationKind::Relu2 => "relu2",
            ActivationKind::Sigmoid => "sigmoid",
            ActivationKind::Tanh => "tanh",
            ActivationKind::HardSigmoid => "hard_sigmoid",
            ActivationKind::HardSwish => "hard_swish",
        }
    }
}

/// Element-wise activation. Other FLOPs per element: gelu 5, gelu_tanh 9, quick_gelu 5, silu 4,
/// relu 1, relu2 2, sigmoid 3, tanh 1, hard_sigmoid 4, hard_swish 5.
#[derive(Clone, Debug)]
pub struct Activation {
    /// Which function.
    pub kind: ActivationKind,
}

impl Operation for Activation {
    fn kind(&self) -> &'static str {
        self.kind.name()
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let per_element = match self.kind {
            ActivationKind::GeluTanh => 9,
            ActivationKind::Gelu | ActivationKind::QuickGelu | ActivationKind::HardSwish => 5,
            ActivationKind::Silu | ActivationKind::HardSigmoid => 4,
            ActivationKind::Sigmoid => 3,
            ActivationKind::Relu2 => 2,
            ActivationKind::Relu | ActivationKind::Tanh => 1,
        };
        Work::other(per_element * output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.activation(self, first(&mut inputs))
    }
}
