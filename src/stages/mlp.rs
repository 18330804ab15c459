//! The two-layer network of a transformer block, plain or gated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::beside::Beside;
use super::block::Feeds;
use super::options::MlpKind;
use crate::dim::Dim;
use crate::graph::{Builder, Name, NodeId, Role};
use crate::ops::{Activation, ActivationKind, Layout, Linear, Multiply, Norm, NormKind, Split};
use crate::units::Size;

/// An MLP as it is designed. A width that is not known stays a symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MlpLayer {
    /// Width between the layers.
    pub width: Option<Size>,
    /// Plain or gated.
    pub kind: MlpKind,
    /// Between the layers, or on the gate.
    pub activation: ActivationKind,
    /// How gate and up are stored.
    pub gate_up: GateUpStorage,
    /// A norm before the last layer (EVA-02), if there is one.
    pub inner_norm: Option<NormKind>,
}

/// How the two first matrices of a gated MLP are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GateUpStorage {
    /// Two matrices.
    #[default]
    Separate,
    /// One matrix for both, the gate first (GLM-4, Phi-3).
    Fused,
}

impl MlpLayer {
    /// The MLP from one width through another to a third, its layers called as in CLIP.
    pub fn between(&self, input: Dim, hidden: Dim, output: Dim, bias: bool) -> Mlp {
        let MlpLayer { kind, activation, gate_up, inner_norm, .. } = *self;
        Mlp { input, hidden, output, kind, activation, gate_up, inner_norm, bias, names: PLAIN }
    }
}

/// `[.., input] → [.., hidden] → [.., output]`.
#[derive(Clone, Debug)]
pub struct Mlp {
    /// Width that comes in.
    pub input: Dim,
    /// Width between the layers.
    pub hidden: Dim,
    /// Width that goes out.
    pub output: Dim,
    /// Plain or gated.
    pub kind: MlpKind,
    /// Between the layers, or on the gate.
    pub activation: ActivationKind,
    /// How gate and up are stored.
    pub gate_up: GateUpStorage,
    /// A norm before the last layer, if there is one.
    pub inner_norm: Option<NormKind>,
    /// Whether the layers have biases.
    pub bias: bool,
    /// What the two layers of a plain one are called in a state dict.
    pub names: [&'static str; 2],
}

/// The layers of a plain MLP, as in CLIP and SigLIP.
const PLAIN: [&str; 2] = ["fc1", "fc2"];

impl Feeds for Mlp {
    fn role(&self) -> Role {
        Role::Mlp
    }

    fn wire(&self, b: &mut Builder, x: NodeId, _: &Beside) -> NodeId {
        self.build(b, x)
    }
}

impl Mlp {
    /// Wires the layers.
    pub fn build(&self, b: &mut Builder, x: NodeId) -> NodeId {
        let hidden = match self.kind {
            MlpKind::Plain => {
                let up = linear(b, ("fc1", self.names[0]), x, &self.input, &self.hidden, self.bias);
                activate(b, up, self.activation)
            }
            MlpKind::Gated => {
                let [gate, up] = self.gate_and_up(b, x);
                b.push("gate", Multiply, &[gate, up])
            }
        };
        let hidden = match self.inner_norm {
            Some(kind) => {
                b.push(("inner_norm", "norm"), Norm::new(kind, self.hidden.clone()), &[hidden])
            }
            None => hidden,
        };
        let down = match self.kind {
            MlpKind::Plain => Name::from(("fc2", self.names[1])),
            MlpKind::Gated => "down_proj".into(),
        };
        linear(b, down, hidden, &self.hidden, &self.output, self.bias)
    }
}

impl Mlp {
    /// The activated gate, and what it is multiplied with.
    fn gate_and_up(&self, b: &mut Builder, x: NodeId) -> [NodeId; 2] {
        let (input, hidden) = (&self.input, &self.hidden);
        match self.gate_up {
            GateUpStorage::Separate => {
                let gate = linear(b, "gate_proj", x, input, hidden, self.bias);
                let gate = activate(b, gate, self.activation);
                [gate, linear(b, "up_proj", x, input, hidden, self.bias)]
            }
            GateUpStorage::Fused => {
                let both = linear(b, "gate_up_proj", x, input, &(2 * hidden), self.bias);
                let mut half =
                    |name, offset| b.push(name, Split { offset, width: hidden.clone() }, &[both]);
                let (gate, up) = (half("gate_half", Dim::zero()), half("up_half", hidden.clone()));
                [activate(b, gate, self.activation), up]
            }
        }
    }
}

/// A linear layer stored `[out, in]`.
pub fn linear<'a>(
    b: &mut Builder,
    name: impl Into<Name<'a>>,
    x: NodeId,
    input: &Dim,
    output: &Dim,
    bias: bool,
) -> NodeId {
    let (input, output) = (input.clone(), output.clone());
    b.push(name, Linear { input, output, bias, layout: Layout::OutIn }, &[x])
}

/// An activation function.
pub fn activate(b: &mut Builder, x: NodeId, kind: ActivationKind) -> NodeId {
    b.push("activation", Activation { kind }, &[x])
}
