//! The Perceiver: latents that ask the image in every block, each with an MLP after it (Flamingo,
//! Idefics2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    NotSuited, ResamplerForm, ResamplerSpec, SIZES, Target, Visual, latents, misplaced, width,
};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{ActivationKind, Concat};
use crate::stages::block::norm;
use crate::stages::bridge::flow::{At, Called, Flow};
use crate::stages::bridge::steps::{JoinImages, StepStage, VectorStorage, each_image};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{MlpLayer, linear};
use crate::stages::names;
use crate::stages::options::MlpKind;
use crate::stages::stack::{PERCEIVER, Stack, say_stack, stack_of};
use crate::units::Size;

/// A Perceiver, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Perceiver {
    /// The blocks. A width that is not known is the encoder's, or the LLM's after an input MLP.
    pub stack: Stack,
    /// Whether the latents are among the keys too.
    pub keys_with_latents: bool,
    /// An MLP on every encoder-side token first.
    pub input_mlp: Option<InputMlp>,
    /// Images or frames whose tokens are keys together.
    pub frames: Option<Size>,
    /// Rows of a table for them.
    pub frame_rows: Option<Size>,
    /// Rows of a table for images and videos.
    pub media_rows: Option<Size>,
}

/// The MLP before a Perceiver.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "InputMlp")]
pub struct InputMlpSpec {
    /// Width inside; a symbol if not given.
    #[schemars(example = 14336)]
    pub width: Option<Size>,
    /// Whether it is plain (2 matrices) or gated (3); gated if not given.
    #[schemars(extend("default" = PERCEIVER.mlp.kind))]
    pub mlp: Choice<MlpKind>,
    /// Activation; silu if not given.
    #[schemars(extend("default" = PERCEIVER.mlp.activation))]
    pub activation: Choice<ActivationKind>,
    /// Whether the layers have biases; false if not given.
    #[schemars(extend("default" = PERCEIVER.bias.mlp))]
    pub bias: Choice<bool>,
}

/// The MLP before a Perceiver, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputMlp {
    /// The layers.
    pub mlp: MlpLayer,
    /// Whether they have biases.
    pub bias: bool,
}

static FRAMES: Called = Called {
    name: "F_r",
    meaning: "images or frames that latents ask together",
    field: "bridge.resampler.frames",
};
static FRAME_ROWS: Called = Called {
    name: "R_f",
    meaning: "rows of the resampler's table of frames",
    field: "bridge.resampler.frame_rows",
};
static MEDIA_ROWS: Called = Called {
    name: "R_m",
    meaning: "rows of the resampler's table of images and videos",
    field: "bridge.resampler.media_rows",
};

/// Whether the latents of a Perceiver are among the keys, where nothing is said of it.
const KEYS_WITH_LATENTS: bool = true;

impl ResamplerSpec {
    /// The Perceiver that is described.
    pub(super) fn perceiver(&self, faults: &mut Faults) -> Perceiver {
        misplaced(
            faults,
            "perceiver",
            &[("position", self.position.is_some()), ("square", self.square.is_some())],
        );
        Perceiver {
            stack: stack_of!(self, PERCEIVER, self.mlp.unwrap_or(PERCEIVER.mlp.kind)),
            keys_with_latents: self.keys_with_latents.unwrap_or(KEYS_WITH_LATENTS),
            input_mlp: self.input_mlp.as_ref().map(InputMlpSpec::design),
            frames: self.frames,
            frame_rows: self.frame_rows,
            media_rows: self.media_rows,
        }
    }

    /// Says a Perceiver.
    pub(super) fn say_perceiver(&mut self, perceiver: &Perceiver) {
        self.form = ResamplerForm::Perceiver.into();
        say_stack!(self, perceiver.stack);
        self.mlp = perceiver.stack.mlp.kind.into();
        self.keys_with_latents = Some(perceiver.keys_with_latents);
        self.input_mlp = perceiver.input_mlp.as_ref().map(InputMlpSpec::from);
        self.frames = perceiver.frames;
        self.frame_rows = perceiver.frame_rows;
        self.media_rows = perceiver.media_rows;
    }
}

impl InputMlpSpec {
    /// The MLP that is described.
    fn design(&self) -> InputMlp {
        let mlp = MlpLayer {
            width: self.width,
            kind: self.mlp.unwrap_or(PERCEIVER.mlp.kind),
            activation: self.activation.unwrap_or(PERCEIVER.mlp.activation),
            ..PERCEIVER.mlp
        };
        InputMlp { mlp, bias: self.bias.unwrap_or(PERCEIVER.bias.mlp) }
    }
}

impl From<&InputMlp> for InputMlpSpec {
    /// The fields that say an MLP, every choice written.
    fn from(InputMlp { mlp, bias }: &InputMlp) -> InputMlpSpec {
        InputMlpSpec {
            width: mlp.width,
            mlp: mlp.kind.into(),
            activation: mlp.activation.into(),
            bias: (*bias).into(),
        }
    }
}

impl Perceiver {
    /// See [`super::BridgeStage::in_words`].
    pub(super) fn in_words(&self) -> Vec<&'static str> {
        let input = "An MLP first brings the encoder's tokens to the latents' width.";
        let blocks = "Learned latents ask the image: in every block they attend to the encoder's \
                      tokens, and an MLP follows.";
        self.input_mlp.iter().map(|_| input).chain([blocks]).collect()
    }

    /// Wires it: `[B·images, N, D_v] → [B·images, Q, D_r]`, and D_r.
    pub(super) fn build(
        &self,
        b: &mut Builder,
        count: Size,
        x: &Visual,
        to: &Target,
    ) -> Result<(NodeId, Dim), NotSuited> {
        let x = &self.media(b, x, to)?;
        let own = if self.input_mlp.is_none() { &x.width } else { &to.width };
        let width = width(b, self.stack.width, own);
        let kind = self.stack.norm;
        let context = self.input(b, x, &width);
        let attention = self.stack.attention(b, &width, &SIZES, &names::PERCEIVER);
        let mlp = self.stack.mlp(b, &width, &SIZES);
        let latents = b.scope(("latents", ""), Role::Learned, |b| {
            latents(b, "perceiver_resampler.latents", count, x, &width)
        });
        let depth = self.stack.depth(b, &SIZES);
        let layers = ("blocks", "perceiver_resampler.layers");
        let latents = b.repeat(layers, Role::Blocks, depth, latents, |b, latents| {
            let latents = b.scope(("attention", ""), Role::CrossAttention, |b| {
                b.residual(latents, |b, latents| {
                    let own = ("latents_norm", "input_latents_norm");
                    let own = norm(b, own, latents, kind, &width);
                    let image = ("context_norm", "input_context_norm");
                    let image = norm(b, image, context, kind, &width);
                    let keys = self.keys(b, image, own);
                    attention.over(b, own, keys, keys)
                })
            });
            b.scope(("mlp", ""), Role::Mlp, |b| {
                b.residual(latents, |b, latents| {
                    let name = ("norm", "post_attention_layernorm");
                    let latents = norm(b, name, latents, kind, &width);
                    b.module("mlp", |b| mlp.build(b, latents))
                })
            })
        });
        let made = b.scope(("final_norm", "perceiver_resampler"), Role::Norm, |b| {
            norm(b, "norm", latents, kind, &width)
        });
        Ok((made, width))
    }

    /// The tokens of several images or frames as those of one, each with the vector of its place.
    fn media(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<Visual, NotSuited> {
        let mut x = x.clone();
        if self.frames.is_some() || self.frame_rows.is_some() {
            let join = JoinImages {
                images: FRAMES.of(self.frames.unwrap_or(Size::of(1))),
                rows: self.frame_rows.map(|rows| FRAME_ROWS.of(rows)),
                storage: VectorStorage::Flat,
            };
            let at = At::named("frame_embs", FRAMES.field);
            let joined =
                b.scope(("frames", ""), Role::Merge, |b| join.wire(b, Flow::of(&x), to, &at))?;
            let images = b.axis(joined.node, 0);
            x = Visual { node: joined.node, images, patches_only: false, ..x };
        }
        if let Some(rows) = self.media_rows {
            let at = At::named("media_time_embs", MEDIA_ROWS.field);
            let rows = at.size(b, ("", ""), MEDIA_ROWS.of(rows));
            let node = b.scope(("media", ""), Role::PositionEmbedding, |b| {
                each_image(b, (x.node, &x.width), rows, to, &at)
            });
            x = Visual { node, ..x };
        }
        Ok(x)
    }

    /// The encoder's tokens brought to the latents' width.
    fn input(&self, b: &mut Builder, x: &Visual, width: &Dim) -> NodeId {
        if let Some(InputMlp { mlp, bias }) = &self.input_mlp {
            let hidden = b
                .size(
                    "F_i",
                    "width inside the input MLP",
                    "bridge.resampler.input_mlp.width",
                    mlp.width,
                )
                .into();
            let mlp = mlp.between(x.width.clone(), hidden, width.clone(), *bias);
            return b.scope(("input_mlp", "modality_projection"), Role::InputMlp, |b| {
                mlp.build(b, x.node)
            });
        }
        if x.width == *width {
            return x.node;
        }
        let bias = self.stack.bias.out;
        b.scope(("input", ""), Role::Projection, |b| {
            linear(b, ("proj", "input_proj"), x.node, &x.width, width, bias)
        })
    }

    /// The image's tokens, with the latents after them where they are keys too.
    fn keys(&self, b: &mut Builder, image: NodeId, latents: NodeId) -> NodeId {
        if !self.keys_with_latents {
            return image;
        }
        let keys = b.push("keys", Concat, &[image, latents]);
        b.name_axis(keys, 1, "K", "keys of the resampler: image and latents");
        keys
    }
}
