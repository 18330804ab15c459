//! The MLP bridge: several layers for every token (LLaVA-1.5's `mlp2x_gelu`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    BridgeKind, BridgeStage, NotSuited, Practice, Projector, Reduction, Target, Typical, Visual,
};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{ActivationKind, NormKind};
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{activate, linear};
use crate::units::Size;

/// More layers than this are surely a mistake.
const MOST_LAYERS: u64 = 64;

/// Linear layers with activations between them; without settings, LLaVA-1.5's `mlp2x_gelu`.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Mlp")]
pub struct MlpSpec {
    /// Number of linear layers; 2 if neither this nor `hidden` is given.
    #[schemars(range(max = MOST_LAYERS), example = 2)]
    pub depth: Option<Size>,
    /// Widths between the layers, one less than there are layers; all are the LLM's width if not
    /// given.
    #[schemars(example = [4096])]
    pub hidden: Option<Vec<Size>>,
    /// Activation between the layers; gelu if not given.
    #[schemars(extend("default" = PLAIN.activation))]
    pub activation: Choice<ActivationKind>,
    /// Whether the layers have biases; true if not given.
    #[schemars(extend("default" = PLAIN.bias))]
    pub bias: Choice<bool>,
    /// A norm before the first layer (InternVL); none if not given.
    pub norm: Option<NormKind>,
    /// Whether a learned vector is put after the tokens of each image: one more visual token
    /// (LLaVA-NeXT, LLaVA-OneVision); where a processor joins tiles to one grid, after each of its
    /// rows. False if not given; not in a projection after another bridge, and not with
    /// `image.tiles`.
    #[schemars(extend("default" = PLAIN.image_newline))]
    pub image_newline: Choice<bool>,
}

/// An MLP bridge, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp {
    /// The layers.
    pub layers: Layers,
    /// Activation between the layers.
    pub activation: ActivationKind,
    /// Whether the layers have biases.
    pub bias: bool,
    /// A norm before the first layer.
    pub norm: Option<NormKind>,
    /// Whether a learned vector is put after the tokens of each image, or each row of its joined
    /// tiles.
    pub image_newline: bool,
}

/// The layers of an MLP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layers {
    /// So many, the LLM's width between them.
    AsWideAsLlm(Size),
    /// One more than there are widths between them.
    Through(Vec<Size>),
}

impl Layers {
    /// How many there are.
    pub fn count(&self) -> u64 {
        match self {
            Layers::AsWideAsLlm(count) => count.get(),
            Layers::Through(widths) => widths.len() as u64 + 1,
        }
    }
}

/// LLaVA-1.5's: what an MLP bridge is of which nothing is said.
pub(super) const PLAIN: Mlp = Mlp {
    layers: Layers::AsWideAsLlm(Size::of(2)),
    activation: ActivationKind::Gelu,
    bias: true,
    norm: None,
    image_newline: false,
};

impl MlpSpec {
    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> Mlp {
        Mlp {
            layers: self.layers(faults),
            activation: self.activation.unwrap_or(PLAIN.activation),
            bias: self.bias.unwrap_or(PLAIN.bias),
            norm: self.norm,
            image_newline: self.image_newline.unwrap_or(PLAIN.image_newline),
        }
    }

    /// The layers, on which `depth` and `hidden` must agree.
    fn layers(&self, faults: &mut Faults) -> Layers {
        let layers = match (&self.hidden, self.depth) {
            (Some(widths), _) => Layers::Through(widths.clone()),
            (None, Some(depth)) => Layers::AsWideAsLlm(depth.min(Size::of(MOST_LAYERS))),
            (None, None) => PLAIN.layers,
        };
        let depth = self.depth.map_or(layers.count(), Size::get);
        if depth > MOST_LAYERS {
            let message =
                format!("an MLP bridge of {depth} layers; at most {MOST_LAYERS} are allowed");
            let help = "LLaVA-1.5 has 2: `depth: 2`";
            faults.add("depth", Diagnostic::error(Code::OutOfRange, message).help(help));
        }
        if let Some(widths) = self.hidden.as_ref().filter(|_| layers.count() != depth) {
            let (between, count) = (depth - 1, widths.len());
            let message = format!("{depth} layers have {between} widths between them, not {count}");
            let help = "leave `depth` out: the widths in `hidden` say how many layers there are";
            faults.add("hidden", Diagnostic::error(Code::Mismatch, message).help(help));
        }
        layers
    }
}

impl From<&Mlp> for MlpSpec {
    /// The fields that say a bridge, every choice written.
    fn from(mlp: &Mlp) -> MlpSpec {
        MlpSpec {
            depth: Size::new(mlp.layers.count()),
            hidden: match &mlp.layers {
                Layers::AsWideAsLlm(_) => None,
                Layers::Through(widths) => Some(widths.clone()),
            },
            activation: mlp.activation.into(),
            bias: mlp.bias.into(),
            norm: mlp.norm,
            image_newline: mlp.image_newline.into(),
        }
    }
}

impl Mlp {
    /// What is known of an MLP bridge by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "mlp",
        title: "MLP",
        typical: |_| Typical::new("mlp: {depth: 2}", "as LLaVA-1.5 has it (arXiv 2310.03744)"),
        practice: Practice {
            place: 2,
            words: &["mlp"],
            usual: None,
            sized: |_| MlpSpec::default().into(),
            drawn: |_| Some(MlpSpec::default().into()),
            choices: |_| vec![("an MLP of 2 layers", MlpSpec::default().into())],
        },
    };

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
        let hidden = |(at, width): (usize, &Size)| {
            b.size(
                &format!("M_{}", at + 1),
                "hidden width of the bridge",
                "bridge.mlp.hidden",
                Some(*width),
            )
            .into()
        };
        let mut outputs: Vec<Dim> = match &self.layers {
            Layers::AsWideAsLlm(count) => (1..count.get()).map(|_| to.clone()).collect(),
            Layers::Through(widths) => widths.iter().enumerate().map(hidden).collect(),
        };
        outputs.push(to.clone());
        outputs
    }
}

impl BridgeStage for Mlp {
    fn in_brief(&self) -> String {
        let newline = if self.image_newline { " and a newline token per image" } else { "" };
        format!("an MLP{newline}")
    }

    fn in_words(&self) -> Vec<&'static str> {
        let newline = "A learned vector, the newline, is put after the tokens of each image, or \
                       after each row of the grid that the tiles of one are joined to.";
        let mut words = vec![
            "Linear layers with an activation between one and the next are applied to every token \
             by itself: no token sees another, and as many come out as go in.",
        ];
        words.extend(self.image_newline.then_some(newline));
        words
    }

    fn reduction(&self) -> Reduction {
        Reduction::Kept
    }

    fn projection(&self) -> Option<Projector> {
        Some(Projector::Mlp(self.clone()))
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        Ok(b.scope(("mlp", ""), Role::Mlp, |b| self.project(b, x.node, &x.width, &to.width)))
    }
}
