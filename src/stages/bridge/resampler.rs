//! The resampler bridge: learned latents that ask the image, as a Perceiver (Flamingo, Idefics2)
//! or in one cross-attention (Qwen-VL, MiniCPM-V).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BridgeStage, NotSuited, Projector, Target, Typical, Visual};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{ActivationKind, AddTable, Concat, Learned, NormKind, Shape};
use crate::stages::attention::{Attention, Heads, HeadsSpec};
use crate::stages::block::norm;
use crate::stages::mlp::{self, linear};
use crate::stages::names;
use crate::stages::options::{BiasSpec, Biases, MlpKind, QkNorm, QkvStorage};
use crate::units::Size;

/// Flamingo and Idefics2 have a Perceiver, Qwen-VL and MiniCPM-V one cross-attention.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Resampler {
    /// Learned latents: the visual tokens of an image. It must be given.
    #[schemars(example = 64)]
    pub latents: Size,
    /// Whether it is a Perceiver (if not given) or one cross-attention. Some settings belong to one
    /// form only.
    #[serde(default)]
    pub form: ResamplerForm,
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
    pub qkv: QkvStorage,
    /// Normalisation of queries and keys before their product; none if not given.
    #[serde(default)]
    pub qk_norm: QkNorm,
    /// Whether the latents are among the keys too (Perceiver; true if not given).
    #[serde(default)]
    pub keys_with_latents: Option<bool>,
    /// Whether each latent has a learned position, which the image's keys share by interpolation
    /// (one cross-attention; true if not given).
    #[serde(default)]
    pub position: Option<bool>,
    /// An MLP on every encoder-side token first, from the encoder's width to that of the latents
    /// (Perceiver, Idefics2); none if not given.
    #[serde(default)]
    pub input_mlp: Option<InputMlp>,
    /// The projection to the LLM's width; linear if not given and the latents have another width.
    #[serde(default)]
    pub then: Option<Projector>,
}

/// The two forms of a resampler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResamplerForm {
    /// Blocks of attention and MLP, keys from the image and the latents together.
    #[default]
    Perceiver,
    /// One attention, keys from the image.
    CrossAttention,
}

/// The MLP before a Perceiver.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InputMlp {
    /// Width inside; a symbol if not given.
    #[serde(default)]
    #[schemars(example = 14336)]
    pub width: Option<Size>,
    /// Whether it is plain (2 matrices) or gated (3); gated if not given.
    #[serde(default = "gated")]
    pub mlp: MlpKind,
    /// Activation; silu if not given.
    #[serde(default = "silu")]
    pub activation: ActivationKind,
    /// Whether the layers have biases; false if not given.
    #[serde(default)]
    pub bias: bool,
}

/// Whether latents are among the keys, if it is not said.
const KEYS_WITH_LATENTS: bool = true;
/// Whether latents have positions, if it is not said.
const POSITION: bool = true;

fn gated() -> MlpKind {
    MlpKind::Gated
}

fn silu() -> ActivationKind {
    ActivationKind::Silu
}

impl BridgeStage for Resampler {
    fn check(&self) -> Vec<(String, Diagnostic)> {
        let mut problems = self.then.as_ref().map_or_else(Vec::new, Projector::check);
        let form = match self.form {
            ResamplerForm::Perceiver => "perceiver",
            ResamplerForm::CrossAttention => "cross-attention",
        };
        let misplaced: &[(&'static str, bool)] = match self.form {
            ResamplerForm::Perceiver => &[("position", self.position.is_some())],
            ResamplerForm::CrossAttention => &[
                ("depth", self.depth.is_some()),
                ("mlp_width", self.mlp_width.is_some()),
                ("mlp", self.mlp.is_some()),
                ("activation", self.activation.is_some()),
                ("keys_with_latents", self.keys_with_latents.is_some()),
                ("input_mlp", self.input_mlp.is_some()),
            ],
        };
        for (field, _) in misplaced.iter().filter(|(_, given)| *given) {
            let message = format!("`{field}` means nothing in a resampler of form `{form}`");
            let diagnostic = Diagnostic::error(Code::Mismatch, message)
                .help(format!("take `{field}` out, or choose the other `form`"));
            problems.push(((*field).to_owned(), diagnostic));
        }
        problems
    }

    fn in_words(&self) -> Vec<&'static str> {
        let input = "An MLP first brings the encoder's tokens to the latents' width.";
        let mut words: Vec<&str> = self.input_mlp.iter().map(|_| input).collect();
        words.push(match self.form {
            ResamplerForm::Perceiver => {
                "Learned latents ask the image: in every block they attend to the encoder's tokens, \
                 and an MLP follows."
            }
            ResamplerForm::CrossAttention => {
                "Learned latents ask the image: in one cross-attention they attend to the encoder's \
                 tokens."
            }
        });
        words.push(
            "What comes out are as many tokens as there are latents, whatever the image's size.",
        );
        words.extend(self.then.as_ref().map(Projector::in_words));
        words
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let works_at_encoder_width =
            self.form == ResamplerForm::Perceiver && self.input_mlp.is_none();
        let width: Dim = match self.width {
            // A width that is also the encoder's or the LLM's is that one.
            Some(size) if works_at_encoder_width && b.is(&x.width, size) => x.width.clone(),
            Some(size) if !works_at_encoder_width && b.is(&to.width, size) => to.width.clone(),
            Some(_) => b.size("D_r", "width of the resampler", self.width).into(),
            None if works_at_encoder_width => x.width.clone(),
            None => to.width.clone(),
        };
        let resampled = match self.form {
            ResamplerForm::Perceiver => self.perceiver(b, x, &width),
            ResamplerForm::CrossAttention => self.cross_attention(b, x, &width),
        };
        let implied = (width != to.width).then(Projector::default);
        Ok(match self.then.as_ref().or(implied.as_ref()) {
            None => resampled,
            Some(then) => b.scope(("projection", ""), Role::Projection, |b| {
                then.project(b, resampled, &width, &to.width)
            }),
        })
    }
}

impl Resampler {
    /// A Perceiver at the encoder's width, with MLPs four times as wide: OpenFlamingo's
    /// `PerceiverResampler`.
    pub fn typical(encoder: Option<Size>) -> Typical {
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

    /// The same resampler with every choice of its form said. Sizes that follow from others are
    /// left to follow.
    pub fn resolved(&self) -> Resampler {
        let bias = self.biases().into();
        let said = Resampler { norm: Some(self.norm_kind()), bias, ..self.clone() };
        match self.form {
            ResamplerForm::Perceiver => Resampler {
                mlp: Some(self.mlp.unwrap_or(gated())),
                activation: Some(self.activation.unwrap_or(silu())),
                keys_with_latents: Some(self.keys_with_latents.unwrap_or(KEYS_WITH_LATENTS)),
                ..said
            },
            ResamplerForm::CrossAttention => {
                Resampler { position: Some(self.position.unwrap_or(POSITION)), ..said }
            }
        }
    }

    fn norm_kind(&self) -> NormKind {
        self.norm.unwrap_or(match self.form {
            ResamplerForm::Perceiver => NormKind::RmsNorm,
            ResamplerForm::CrossAttention => NormKind::LayerNorm,
        })
    }

    fn biases(&self) -> Biases {
        self.bias.or(Biases::all(self.form == ResamplerForm::CrossAttention))
    }

    fn perceiver(&self, b: &mut Builder, x: &Visual, width: &Dim) -> NodeId {
        let context = self.input(b, x, width);
        let (kind, bias) = (self.norm_kind(), self.biases());
        let attention = self.attention(b, width, kind, bias);
        let mlp = mlp::Mlp {
            input: width.clone(),
            hidden: b.size("F_r", "MLP width of the resampler", self.mlp_width).into(),
            output: width.clone(),
            kind: self.mlp.unwrap_or(gated()),
            activation: self.activation.unwrap_or(silu()),
            bias: bias.mlp,
            names: mlp::PLAIN,
        };
        let latents = b.scope(("latents", ""), Role::Learned, |b| {
            self.latents(b, "perceiver_resampler.latents", x, width)
        });
        let depth = b.count("L_r", "blocks of the resampler", self.depth).into();
        let layers = ("blocks", "perceiver_resampler.layers");
        let latents = b.repeat(layers, Role::Blocks, depth, latents, |b, latents| {
            let latents = b.scope(("attention", ""), Role::CrossAttention, |b| {
                b.residual(latents, |b, latents| {
                    let own = norm(b, ("latents_norm", "input_latents_norm"), latents, kind, width);
                    let image =
                        norm(b, ("context_norm", "input_context_norm"), context, kind, width);
                    let keys = self.keys(b, image, own);
                    attention.over(b, own, keys, keys)
                })
            });
            b.scope(("mlp", ""), Role::Mlp, |b| {
                b.residual(latents, |b, latents| {
                    let latents =
                        norm(b, ("norm", "post_attention_layernorm"), latents, kind, width);
                    b.module("mlp", |b| mlp.build(b, latents))
                })
            })
        });
        b.scope(("final_norm", "perceiver_resampler"), Role::Norm, |b| {
            norm(b, "norm", latents, kind, width)
        })
    }

    /// The image's tokens, with the latents behind them where they are keys too.
    fn keys(&self, b: &mut Builder, image: NodeId, latents: NodeId) -> NodeId {
        if !self.keys_with_latents.unwrap_or(KEYS_WITH_LATENTS) {
            return image;
        }
        let keys = b.push("keys", Concat, &[image, latents]);
        b.name_axis(keys, 1, "K", "keys of the resampler: image and latents");
        keys
    }

    /// The encoder's tokens brought to the latents' width.
    fn input(&self, b: &mut Builder, x: &Visual, width: &Dim) -> NodeId {
        if let Some(input) = &self.input_mlp {
            let mlp = mlp::Mlp {
                input: x.width.clone(),
                hidden: b.size("F_i", "width inside the input MLP", input.width).into(),
                output: width.clone(),
                kind: input.mlp,
                activation: input.activation,
                bias: input.bias,
                names: mlp::PLAIN,
            };
            return b.scope(("input_mlp", "modality_projection"), Role::InputMlp, |b| {
                mlp.build(b, x.node)
            });
        }
        if x.width == *width {
            return x.node;
        }
        let bias = self.biases().out;
        b.scope(("input", ""), Role::Projection, |b| {
            linear(b, ("proj", "input_proj"), x.node, &x.width, width, bias)
        })
    }

    fn cross_attention(&self, b: &mut Builder, x: &Visual, width: &Dim) -> NodeId {
        let (kind, bias) = (self.norm_kind(), self.biases());
        let attention = self.attention(b, width, kind, bias);
        b.scope(("cross_attention", ""), Role::CrossAttention, |b| {
            let latents = self.latents(b, "query", x, width);
            let queries = norm(b, ("latents_norm", "ln_q"), latents, kind, width);
            let image = linear(b, "kv_proj", x.node, &x.width, width, false);
            let values = norm(b, ("context_norm", "ln_kv"), image, kind, width);
            let rows = b.axis(latents, 1);
            let table = Shape::new([rows, width.clone()]);
            let [queries, keys] = self.positions(b, [queries, values], table);
            attention.over(b, queries, keys, values)
        })
    }

    /// Queries and keys with positions: one table, interpolated for the image's keys.
    fn positions(&self, b: &mut Builder, [q, k]: [NodeId; 2], table: Shape) -> [NodeId; 2] {
        if !self.position.unwrap_or(POSITION) {
            return [q, k];
        }
        let add = AddTable { table, past: None };
        let q = b.push(("position", "pos_embed"), add.clone(), &[q]);
        let table = b.param(q, 0).into();
        [q, b.push_on("keys_position", add, &[k], &[table])]
    }

    fn latents(&self, b: &mut Builder, module: &str, x: &Visual, width: &Dim) -> NodeId {
        let rows: Dim = b.size("Q", "learned latents", Some(self.latents)).into();
        let weight = Shape::new([rows.clone(), width.clone()]);
        let (batch, width) = (x.images.clone(), width.clone());
        b.push(("latents", module), Learned { weight, batch, rows, width }, &[])
    }

    fn attention(&self, b: &mut Builder, width: &Dim, norm: NormKind, bias: Biases) -> Attention {
        let is_perceiver = self.form == ResamplerForm::Perceiver;
        let heads = Heads::declare(
            b,
            width,
            &HeadsSpec {
                suffix: "_r",
                of: "resampler",
                fields: [
                    "bridge.resampler.heads",
                    "bridge.resampler.kv_heads",
                    "bridge.resampler.width",
                ],
                has_head_dim: true,
                heads: self.heads,
                kv_heads: self.kv_heads,
                head_dim: self.head_dim,
            },
        );
        Attention {
            width: width.clone(),
            context_width: width.clone(),
            heads,
            qkv_bias: bias.qkv,
            out_bias: bias.out,
            storage: self.qkv,
            qk_norm: self.qk_norm,
            norm,
            rotary: false,
            names: if is_perceiver { &names::PERCEIVER } else { &names::RESAMPLER },
        }
    }
}
