//! Steps that work on each token alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::Target;
use super::super::flow::{At, Flow, width};
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, Multiple};
use crate::ops::{
    ActivationKind, AddTable, Layout, Linear, Multiply, Shape, Softmax, Split, TableRows, Widen,
};
use crate::stages::choice::Choice;
use crate::stages::mlp::{MlpLayer, activate, linear};
use crate::stages::stack::LLAMA;
use crate::units::Size;

/// `{linear: 4096}` makes tokens of width 4,096, `linear` tokens as wide as the LLM's.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "LinearStep")]
pub struct LinearSpec {
    /// Width that it makes; the LLM's if not given. It may stand alone.
    #[schemars(example = 4096)]
    pub width: Option<Size>,
    /// Whether it has a bias; true if not given.
    #[schemars(extend("default" = true))]
    pub bias: Choice<bool>,
}

impl From<Size> for LinearSpec {
    fn from(width: Size) -> LinearSpec {
        LinearSpec { width: Some(width), bias: Choice::default() }
    }
}

/// A linear layer, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearStep {
    /// Width that it makes; none is the LLM's.
    pub width: Option<Size>,
    /// Whether it has a bias.
    pub bias: bool,
}

impl LinearSpec {
    /// The step that is described.
    pub fn design(&self) -> LinearStep {
        LinearStep { width: self.width, bias: self.bias.unwrap_or(true) }
    }
}

impl From<&LinearStep> for LinearSpec {
    fn from(step: &LinearStep) -> LinearSpec {
        LinearSpec { width: step.width, bias: step.bias.into() }
    }
}

impl LinearStep {
    /// Wires it: `[B, N, D] → [B, N, width]`.
    pub fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Flow {
        let output = width(b, self.width, to, at);
        let name = (&*at.name("linear"), at.module);
        let node = linear(b, name, x.node, &x.width, &output, self.bias);
        x.with(node, output)
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
    /// Width that it makes; the LLM's if not given.
    #[serde(default)]
    #[schemars(example = 4096)]
    pub width: Option<Size>,
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

/// A gated MLP, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GatedMlp {
    /// Width between the matrices.
    pub hidden: Size,
    /// Width that it makes; none is the LLM's.
    pub width: Option<Size>,
    /// Activation of the gate.
    pub activation: ActivationKind,
    /// Whether the matrices have biases.
    pub bias: bool,
}

impl GatedMlpSpec {
    /// The step that is described.
    pub fn design(&self) -> GatedMlp {
        let (activation, bias) =
            (self.activation.unwrap_or(ActivationKind::Silu), self.bias.unwrap_or(false));
        GatedMlp { hidden: self.hidden, width: self.width, activation, bias }
    }
}

impl From<&GatedMlp> for GatedMlpSpec {
    fn from(step: &GatedMlp) -> GatedMlpSpec {
        let GatedMlp { hidden, width, activation, bias } = *step;
        GatedMlpSpec { hidden, width, activation: activation.into(), bias: bias.into() }
    }
}

impl GatedMlp {
    /// Wires it: `[B, N, D] → [B, N, width]`.
    pub fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Flow {
        let hidden = at.size(b, ("F_b", "width inside the bridge's gated MLP"), self.hidden);
        let output = width(b, self.width, to, at);
        let (width, activation) = (Some(self.hidden), self.activation);
        let layer = MlpLayer { width, activation, ..LLAMA.mlp };
        let mlp = layer.between(x.width.clone(), hidden, output.clone(), self.bias);
        let node = b.module(at.module, |b| mlp.build(b, x.node));
        x.with(node, output)
    }
}

/// One half of each token's values times the activation of the other.
pub fn glu(b: &mut Builder, x: Flow, activation: ActivationKind, at: &At<'_>) -> Flow {
    let halves = Dim::from(2);
    b.require(Multiple {
        dividend: x.width.clone(),
        divisor: halves.clone(),
        names: ("width of a token", "number of halves of a gate"),
        fields: [at.field.into(), at.field.into()],
        pixels: None,
        squared: None,
        way_out: None,
    });
    let width = x.width.over(&halves);
    let mut half = |name, offset| b.push(name, Split { offset, width: width.clone() }, &[x.node]);
    let (value, gate) = (half("value", Dim::zero()), half("gate", width.clone()));
    let gate = activate(b, gate, activation);
    let node = b.push(&*at.name("glu"), Multiply, &[value, gate]);
    x.with(node, width)
}

/// The rows of a table as a symbol.
pub fn table_rows(b: &mut Builder, rows: Size, at: &At<'_>) -> Dim {
    at.size(b, ("V_b", "rows of the bridge's table"), rows)
}

/// A mixture of the rows of a table: `[B, N, D] → [B, N, width]`, D of its rows at most.
pub fn table(b: &mut Builder, x: Flow, rows: Dim, to: &Target, at: &At<'_>) -> Flow {
    let node = if x.width == rows {
        x.node
    } else {
        b.require(AtMost {
            needed: x.width.clone(),
            most: rows.clone(),
            names: ("values of a token", "rows of the table"),
            field: at.field.into(),
            why: "each value weighs a row",
        });
        b.push(&*at.name("zeros"), Widen { width: rows.clone() }, &[x.node])
    };
    let output = to.width.clone();
    let op = Linear { input: rows, output: output.clone(), bias: false, layout: Layout::InOut };
    let node = b.push((&*at.name("table"), at.module), op, &[node]);
    x.with(node, output)
}

/// A table of positions, added.
pub fn positions(b: &mut Builder, x: Flow, rows: Size, at: &At<'_>) -> Flow {
    let rows = at.size(b, ("R_b", "rows of the bridge's position table"), rows);
    let table = Shape::new([Dim::one(), rows, x.width.clone()]);
    let node = b.push(
        (&*at.name("positions"), at.module),
        AddTable { table, rows: TableRows::Fitted },
        &[x.node],
    );
    let width = x.width.clone();
    x.with(node, width)
}

/// Each token's values as shares.
pub fn softmax(b: &mut Builder, x: Flow, at: &At<'_>) -> Flow {
    let (node, width) = (b.push(&*at.name("softmax"), Softmax, &[x.node]), x.width.clone());
    x.with(node, width)
}
