//! The resampler bridge: learned latents that ask the image, as a Perceiver (Flamingo, Idefics2)
//! or in one cross-attention (Qwen-VL, MiniCPM-V).
//!
//! The two forms are written with the fields of one section. Each has a file of its own, which
//! reads them and wires what they describe.

mod cross_attention;
mod perceiver;

pub use cross_attention::CrossAttention;
pub use perceiver::{InputMlpSpec, Perceiver};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::Flow;
use super::projector::{self, Projector, ProjectorSpec};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, Field};
use crate::graph::{Builder, NodeId};
use crate::ops::{ActivationKind, Learned, NormKind, Shape};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::options::{BiasSpec, MlpKind, QkNorm, QkvStorage};
use crate::stages::stack::{PERCEIVER, SizeNames};
use crate::units::Size;

/// Flamingo and Idefics2 have a Perceiver, Qwen-VL and MiniCPM-V one cross-attention.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Resampler")]
pub struct ResamplerSpec {
    /// Learned latents: the visual tokens of an image. It must be given.
    #[schemars(example = 64)]
    pub latents: Size,
    /// Whether it is a Perceiver (if not given) or one cross-attention. Some settings belong to one
    /// form only.
    #[serde(default)]
    #[schemars(extend("default" = ResamplerForm::Perceiver))]
    pub form: Choice<ResamplerForm>,
    /// Width of the latents. If it is not given: the encoder's width in a Perceiver without
    /// `input_mlp`, else the LLM's. A Perceiver of another width than its tokens starts with a
    /// linear layer.
    #[serde(default)]
    #[schemars(example = 4096)]
    pub width: Option<Size>,
    /// Number of blocks (Perceiver); a symbol if not given.
    #[schemars(example = 3)]
    #[serde(default)]
    pub depth: Option<Size>,
    /// Attention heads of a block; a symbol if not given. They must divide `width` unless `head_dim`
    /// is given.
    #[schemars(example = 16)]
    #[serde(default)]
    pub heads: Option<Size>,
    /// Heads of keys and values, each shared by a group of query heads; as many as `heads` if not
    /// given.
    #[schemars(example = 4)]
    #[serde(default)]
    pub kv_heads: Option<Size>,
    /// Values of a query, key or value in one head; `width` / `heads` if not given.
    #[schemars(example = 96)]
    #[serde(default)]
    pub head_dim: Option<Size>,
    /// Width inside the blocks' MLP (Perceiver); a symbol if not given.
    #[schemars(example = 16384)]
    #[serde(default)]
    pub mlp_width: Option<Size>,
    /// Whether the MLP of a block is plain (2 matrices) or gated (3); gated if not given (Perceiver).
    #[serde(default)]
    pub mlp: Option<MlpKind>,
    /// Activation of the MLPs; silu if not given (Perceiver).
    #[serde(default)]
    pub activation: Option<ActivationKind>,
    /// Normalisation; RMSNorm in a Perceiver and LayerNorm in one cross-attention if not given.
    #[serde(default)]
    pub norm: Option<NormKind>,
    /// Which linear layers have biases: one answer, or one for each kind. None in a Perceiver and all
    /// in one cross-attention if not given.
    #[serde(default)]
    pub bias: BiasSpec,
    /// Whether the query, key and value projections are stored as three matrices or as one; it
    /// changes no count.
    #[serde(default)]
    #[schemars(extend("default" = PERCEIVER.attention.qkv))]
    pub qkv: Choice<QkvStorage>,
    /// Normalisation of queries and keys before their product; none if not given.
    #[serde(default)]
    #[schemars(extend("default" = PERCEIVER.attention.qk_norm))]
    pub qk_norm: Choice<QkNorm>,
    /// Whether the latents are among the keys too (Perceiver; true if not given).
    #[serde(default)]
    pub keys_with_latents: Option<bool>,
    /// Images or frames whose tokens are keys together, one after the other (Perceiver); each alone if
    /// not given.
    #[serde(default)]
    #[schemars(example = 8)]
    pub frames: Option<Size>,
    /// Rows of a learned table of which each of `frames` has one, added to its tokens (Perceiver,
    /// Flamingo's `frame_embs`); none if not given.
    #[serde(default)]
    #[schemars(example = 8)]
    pub frame_rows: Option<Size>,
    /// Rows of a learned table of which each image or video of a prompt has one, added to its tokens
    /// (Perceiver, Flamingo's `media_time_embs`); none if not given.
    #[serde(default)]
    #[schemars(example = 4)]
    pub media_rows: Option<Size>,
    /// Whether each latent has a learned position, which the image's keys share by interpolation
    /// (one cross-attention; true if not given).
    #[serde(default)]
    pub position: Option<bool>,
    /// Whether the grid must have as many rows as columns, as code needs that takes the root of the
    /// number of tokens for both (one cross-attention, OmniLMM; false if not given).
    #[serde(default)]
    pub square: Option<bool>,
    /// An MLP on every encoder-side token first, from the encoder's width to that of the latents
    /// (Perceiver, Idefics2); none if not given.
    #[serde(default)]
    pub input_mlp: Option<InputMlpSpec>,
    /// The projection to the LLM's width; linear if not given and the latents have another width.
    #[serde(default)]
    pub then: Option<ProjectorSpec>,
}

/// The two forms of a resampler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResamplerForm {
    /// Blocks of attention and MLP, keys from the image and the latents together.
    Perceiver,
    /// One attention, keys from the image.
    CrossAttention,
}

/// A resampler, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Resampler {
    /// Learned latents.
    pub latents: Size,
    /// How they ask the image.
    pub form: Form,
    /// The projection to the LLM's width; one matrix, if the latents have another width, where it
    /// is none.
    pub then: Option<Projector>,
}

/// How latents ask the image.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// In blocks of attention and MLP.
    Perceiver(Perceiver),
    /// In one attention.
    CrossAttention(CrossAttention),
}

/// Names of a resampler's sizes.
const SIZES: SizeNames = SizeNames {
    section: Field::Borrowed("bridge.resampler"),
    inherited: None,
    suffix: Field::Borrowed("_r"),
    of: Field::Borrowed("resampler"),
    width: Field::Borrowed("bridge.resampler.width"),
    depth: Field::Borrowed("bridge.resampler.depth"),
    mlp_width: Field::Borrowed("bridge.resampler.mlp_width"),
    heads: Field::Borrowed("bridge.resampler.heads"),
    kv_heads: Field::Borrowed("bridge.resampler.kv_heads"),
    head_dim: Some(Field::Borrowed("bridge.resampler.head_dim")),
    turned: 2,
};

impl ResamplerSpec {
    /// A resampler of which nothing is said but its latents.
    fn of(latents: Size) -> ResamplerSpec {
        ResamplerSpec {
            latents,
            form: Choice::default(),
            width: None,
            depth: None,
            heads: None,
            kv_heads: None,
            head_dim: None,
            mlp_width: None,
            mlp: None,
            activation: None,
            norm: None,
            bias: BiasSpec::default(),
            qkv: Choice::default(),
            qk_norm: Choice::default(),
            keys_with_latents: None,
            frames: None,
            frame_rows: None,
            media_rows: None,
            position: None,
            square: None,
            input_mlp: None,
            then: None,
        }
    }

    /// One cross-attention of which nothing more is said.
    fn one_attention(latents: Size) -> ResamplerSpec {
        let form = ResamplerForm::CrossAttention.into();
        ResamplerSpec { form, ..ResamplerSpec::of(latents) }
    }

    /// One cross-attention at the LLM's width, as Qwen-VL's, in heads of 64.
    fn qwen_vl(latents: Size, llm: Size) -> ResamplerSpec {
        ResamplerSpec {
            heads: Size::new((llm.get() / 64).max(1)),
            head_dim: Some(Size::of(64)),
            ..ResamplerSpec::one_attention(latents)
        }
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> Resampler {
        Resampler {
            latents: self.latents,
            then: self.then.as_ref().map(|then| then.design(faults)),
            form: match self.form.unwrap_or(ResamplerForm::Perceiver) {
                ResamplerForm::Perceiver => Form::Perceiver(self.perceiver(faults)),
                ResamplerForm::CrossAttention => Form::CrossAttention(self.cross_attention(faults)),
            },
        }
    }
}

/// Notes the fields that are said though they mean nothing in a form.
fn misplaced(faults: &mut Faults, form: &str, fields: &[(&str, bool)]) {
    for (field, _) in fields.iter().filter(|(_, said)| *said) {
        let message = format!("`{field}` means nothing in a resampler of form `{form}`");
        let help = format!("take `{field}` out, or choose the other `form`");
        faults.add(field, Diagnostic::error(Code::Mismatch, message).help(help));
    }
}

impl From<&Resampler> for ResamplerSpec {
    /// The fields that say a bridge, every choice of its form written.
    fn from(resampler: &Resampler) -> ResamplerSpec {
        let mut spec = ResamplerSpec::of(resampler.latents);
        match &resampler.form {
            Form::Perceiver(perceiver) => spec.say_perceiver(perceiver),
            Form::CrossAttention(attention) => spec.say_cross_attention(attention),
        }
        spec.then = resampler.then.as_ref().map(ProjectorSpec::from);
        spec
    }
}

impl Resampler {
    /// What is known of a resampler by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "resampler",
        title: "resampler",
        typical: open_flamingo,
        practice: Practice {
            place: 5,
            words: &["resampler", "perceiver", "latents"],
            usual: Some("64"),
            sized: |latents| ResamplerSpec::one_attention(latents).into(),
            drawn: |draw| {
                let latents = draw.one_of(&[64, 144, 256])?;
                Some(ResamplerSpec::qwen_vl(latents, draw.llm).into())
            },
            choices: |llm| {
                vec![(
                    "a resampler of 64 latents",
                    ResamplerSpec::qwen_vl(Size::of(64), llm).into(),
                )]
            },
        },
    };
}

/// A Perceiver at the encoder's width, with MLPs four times as wide: OpenFlamingo's
/// `PerceiverResampler`.
fn open_flamingo(encoder: Option<Size>) -> Typical {
    let hidden = encoder.map_or_else(String::new, |width| {
        format!(", mlp_width: {}", width.get().saturating_mul(4))
    });
    Typical {
        yaml: format!(
            "resampler: {{latents: 64, depth: 6, heads: 8, head_dim: 64{hidden}, mlp: plain, \
             activation: gelu, norm: layernorm}}"
        ),
        source: "as Flamingo has it (arXiv 2204.14198)",
    }
}

impl BridgeStage for Resampler {
    fn in_brief(&self) -> String {
        format!("a resampler of {} latents per image", self.latents)
    }

    fn in_words(&self) -> Vec<&'static str> {
        let mut words = match &self.form {
            Form::Perceiver(perceiver) => perceiver.in_words(),
            Form::CrossAttention(attention) => attention.in_words(),
        };
        words.push("As many tokens come out as there are latents, whatever the image's size.");
        words.extend(self.then.as_ref().map(Projector::in_words));
        words
    }

    fn reduction(&self) -> Reduction {
        Reduction::Learned
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let (resampled, width) = match &self.form {
            Form::Perceiver(perceiver) => perceiver.build(b, self.latents, x, to)?,
            Form::CrossAttention(attention) => attention.build(b, self.latents, x, to)?,
        };
        let implied = (width != to.width).then_some(projector::PLAIN);
        let resampled = Flow::of(x).with(resampled, width);
        match self.then.as_ref().or(implied.as_ref()) {
            None => Ok(resampled.node),
            Some(then) => then.wire(b, resampled, to, "bridge.resampler.then"),
        }
    }
}

/// The width of the latents: the one that is said, or that of what they work with. If both are the
/// same, it is one symbol.
fn width(b: &mut Builder, said: Option<Size>, own: &Dim) -> Dim {
    match said {
        Some(size) if !b.is(own, size) => SIZES.size(b, ("D", "width"), &SIZES.width, said),
        _ => own.clone(),
    }
}

/// The learned latents, `[B·images, Q, D_r]`, of a module with this name in a state dict.
fn latents(b: &mut Builder, module: &str, count: Size, x: &Visual, width: &Dim) -> NodeId {
    let rows: Dim = b.size("Q", "learned latents", "bridge.resampler.latents", Some(count)).into();
    let weight = Shape::new([rows.clone(), width.clone()]);
    let (batch, width) = (x.images.clone(), width.clone());
    b.push(("latents", module), Learned { weight, batch, rows, width }, &[])
}
