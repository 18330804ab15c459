//! The two-layer network of a transformer block, plain or gated.

use super::options::MlpKind;
use crate::dim::Dim;
use crate::graph::{Builder, Name, NodeId};
use crate::ops::{Activation, ActivationKind, Layout, Linear, Multiply};
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
}

impl MlpLayer {
    /// The MLP from one width through another to a third, its layers called as in CLIP.
    pub fn between(&self, input: Dim, hidden: Dim, output: Dim, bias: bool) -> Mlp {
        let MlpLayer { kind, activation, .. } = *self;
        Mlp { input, hidden, output, kind, activation, bias, names: PLAIN }
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
    /// Whether the layers have biases.
    pub bias: bool,
    /// What the two layers of a plain one are called in a state dict.
    pub names: [&'static str; 2],
}

/// The layers of a plain MLP, as in CLIP and SigLIP.
const PLAIN: [&str; 2] = ["fc1", "fc2"];

impl Mlp {
    /// Wires the layers.
    pub fn build(&self, b: &mut Builder, x: NodeId) -> NodeId {
        let hidden = match self.kind {
            MlpKind::Plain => {
                let up = linear(b, ("fc1", self.names[0]), x, &self.input, &self.hidden, self.bias);
                activate(b, up, self.activation)
            }
            MlpKind::Gated => {
                let gate = linear(b, "gate_proj", x, &self.input, &self.hidden, self.bias);
                let gate = activate(b, gate, self.activation);
                let up = linear(b, "up_proj", x, &self.input, &self.hidden, self.bias);
                b.push("gate", Multiply, &[gate, up])
            }
        };
        let down = match self.kind {
            MlpKind::Plain => Name::from(("fc2", self.names[1])),
            MlpKind::Gated => "down_proj".into(),
        };
        linear(b, down, hidden, &self.hidden, &self.output, self.bias)
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
