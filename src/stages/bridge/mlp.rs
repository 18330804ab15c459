//! The MLP bridge: several layers for every token (LLaVA-1.5's `mlp2x_gelu`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BridgeStage, NotSuited, Target, Typical, Visual};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{ActivationKind, Concat, Learned, NormKind, Shape};
use crate::stages::block::norm;
use crate::stages::mlp::{activate, linear};
use crate::units::Size;

/// More layers than this are surely a mistake.
const MOST_LAYERS: u64 = 64;

/// Linear layers with activations between them; without settings, LLaVA-1.5's `mlp2x_gelu`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mlp {
    /// Number of linear layers; 2 if neither this nor `hidden` is given.
    #[schemars(range(max = MOST_LAYERS), example = 2)]
    pub depth: Option<Size>,
    /// Widths between the layers, one less than there are layers; all are the LLM's width if not
    /// given.
    #[schemars(example = [4096])]
    pub hidden: Option<Vec<Size>>,
    /// Activation between the layers; gelu if not given.
    pub activation: ActivationKind,
    /// Whether the layers have biases; true if not given.
    pub bias: bool,
    /// A norm before the first layer (InternVL); none if not given.
    pub norm: Option<NormKind>,
    /// Whether a learned vector is put behind the tokens of each image: one more visual token
    /// (LLaVA-NeXT, LLaVA-OneVision). False if not given; not in a projection behind another bridge.
    pub image_newline: bool,
}

impl Default for Mlp {
    fn default() -> Mlp {
        Mlp {
            depth: None,
            hidden: None,
            activation: ActivationKind::Gelu,
            bias: true,
            norm: None,
            image_newline: false,
        }
    }
}

impl Mlp {
    /// Two layers with a GELU between them.
    pub fn typical(_: Option<Size>) -> Typical {
        Typical::new("mlp: {depth: 2}", "as LLaVA-1.5 has it (arXiv 2310.03744)")
    }

    /// The same bridge with its number of layers said.
    pub fn resolved(&self) -> Mlp {
        Mlp { depth: Size::new(self.layers()), ..self.clone() }
    }

    /// Linear layers, if `depth` and `hidden` agree.
    fn layers(&self) -> u64 {
        let by_widths = self.hidden.as_ref().map(|widths| widths.len() as u64 + 1);
        self.depth.map(Size::get).or(by_widths).unwrap_or(2)
    }

    /// What is wrong with `depth` and `hidden` taken together.
    pub fn problems(&self) -> Vec<(&'static str, Diagnostic)> {
        let hidden = self.hidden.as_ref().map(|widths| widths.len() as u64);
        let depth = self.layers();
        let mut problems = Vec::new();
        if depth > MOST_LAYERS {
            let message =
                format!("an MLP bridge of {depth} layers; at most {MOST_LAYERS} are allowed");
            problems.push((
                "depth",
                Diagnostic::error(Code::OutOfRange, message).help("LLaVA-1.5 has 2: `depth: 2`"),
            ));
        }
        if let Some(count) = hidden.filter(|count| count + 1 != depth) {
            let message =
                format!("{depth} layers have {} widths between them, not {count}", depth - 1);
            problems.push((
                "hidden",
                Diagnostic::error(Code::Mismatch, message).help(
                    "leave `depth` out: the widths in `hidden` say how many layers there are",
                ),
            ));
        }
        problems
    }

    /// Wires it: `[B, V, width] → [B, V, D]`.
    pub fn project(&self, b: &mut Builder, mut x: NodeId, width: &Dim, to: &Dim) -> NodeId {
        if let Some(kind) = self.norm {
            x = norm(b, ("norm", "layer_norm"), x, kind, width);
        }
        let mut input = width.clone();
        for (at, output) in self.outputs(b, to).into_iter().enumerate() {
            if at > 0 {
                x = activate(b, x, self.activation);
            }
            x = linear(b, &*format!("linear_{}", at + 1), x, &input, &output, self.bias);
            input = output;
        }
        x
    }

    /// The output width of each layer.
    fn outputs(&self, b: &mut Builder, to: &Dim) -> Vec<Dim> {
        let mut outputs: Vec<Dim> = match &self.hidden {
            Some(widths) => widths
                .iter()
                .enumerate()
                .map(|(at, width)| {
                    b.size(&format!("M_{}", at + 1), "hidden width of the bridge", Some(*width))
                        .into()
                })
                .collect(),
            None => (1..self.layers().min(MOST_LAYERS)).map(|_| to.clone()).collect(),
        };
        outputs.push(to.clone());
        outputs
    }
}

impl BridgeStage for Mlp {
    fn check(&self) -> Vec<(String, Diagnostic)> {
        let problems = self.problems().into_iter();
        problems.map(|(field, diagnostic)| (field.to_owned(), diagnostic)).collect()
    }

    fn in_words(&self) -> Vec<&'static str> {
        let newline = "A learned vector, the newline, is put behind the tokens of each image.";
        let mut words = vec![
            "Linear layers with an activation between one and the next are applied to every token \
             by itself: no token sees another, and as many come out as go in.",
        ];
        words.extend(self.image_newline.then_some(newline));
        words
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let tokens =
            b.scope(("mlp", ""), Role::Mlp, |b| self.project(b, x.node, &x.width, &to.width));
        if !self.image_newline {
            return Ok(tokens);
        }
        Ok(b.scope(("image_newline", ""), Role::Newline, |b| {
            let newline = Learned {
                weight: Shape::new([to.width.clone()]),
                batch: x.images.clone(),
                rows: Dim::one(),
                width: to.width.clone(),
            };
            let newline = b.push("image_newline", newline, &[]);
            b.push("concat", Concat, &[tokens, newline])
        }))
    }
}
