//! One cross-attention: latents that ask the image once, at positions that both have (Qwen-VL,
//! MiniCPM-V).

use super::{
    NotSuited, ResamplerForm, ResamplerSpec, SIZES, Target, Visual, latents, misplaced, width,
};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{AddTable, NormKind, Shape, TableRows};
use crate::stages::attention::AttentionLayer;
use crate::stages::block::norm;
use crate::stages::bridge::flow::{At, Flow};
use crate::stages::bridge::steps::Square;
use crate::stages::faults::Faults;
use crate::stages::mlp::linear;
use crate::stages::names;
use crate::stages::options::Biases;
use crate::stages::stack::BERT;
use crate::units::Size;

/// A resampler of one cross-attention, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossAttention {
    /// Width of the latents; the LLM's if it is not known.
    pub width: Option<Size>,
    /// The attention.
    pub attention: AttentionLayer,
    /// The normalisation.
    pub norm: NormKind,
    /// Which linear layers have biases.
    pub bias: Biases,
    /// Whether each latent has a learned position, which the image's keys share by interpolation.
    pub position: bool,
    /// Whether the grid must be square.
    pub square: bool,
}

/// Whether latents have positions, where nothing is said of it.
const POSITION: bool = true;

impl ResamplerSpec {
    /// The cross-attention that is described. What it leaves open is as in BERT.
    pub(super) fn cross_attention(&self, faults: &mut Faults) -> CrossAttention {
        let of_blocks = [
            ("depth", self.depth.is_some()),
            ("mlp_width", self.mlp_width.is_some()),
            ("mlp", self.mlp.is_some()),
            ("activation", self.activation.is_some()),
            ("keys_with_latents", self.keys_with_latents.is_some()),
            ("input_mlp", self.input_mlp.is_some()),
            ("frames", self.frames.is_some()),
            ("frame_rows", self.frame_rows.is_some()),
            ("media_rows", self.media_rows.is_some()),
        ];
        misplaced(faults, "cross-attention", &of_blocks);
        CrossAttention {
            width: self.width,
            attention: AttentionLayer {
                heads: self.heads,
                kv_heads: self.kv_heads,
                head_dim: self.head_dim,
                qkv: self.qkv.unwrap_or(BERT.attention.qkv),
                qk_norm: self.qk_norm.unwrap_or(BERT.attention.qk_norm),
                ..BERT.attention
            },
            norm: self.norm.unwrap_or(BERT.norm),
            bias: self.bias.or(BERT.bias),
            position: self.position.unwrap_or(POSITION),
            square: self.square.unwrap_or(false),
        }
    }

    /// Says a cross-attention.
    pub(super) fn say_cross_attention(&mut self, said: &CrossAttention) {
        let AttentionLayer { heads, kv_heads, head_dim, qkv, qk_norm, .. } = said.attention;
        self.form = ResamplerForm::CrossAttention.into();
        self.width = said.width;
        (self.heads, self.kv_heads, self.head_dim) = (heads, kv_heads, head_dim);
        (self.qkv, self.qk_norm) = (qkv.into(), qk_norm.into());
        self.norm = Some(said.norm);
        self.bias = said.bias.into();
        self.position = Some(said.position);
        self.square = Some(said.square);
    }
}

impl CrossAttention {
    /// See [`super::BridgeStage::in_words`].
    pub(super) fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Learned latents ask the image: in one cross-attention they attend to the encoder's \
             tokens.",
        ]
    }

    /// Wires it: `[B·images, N, D_v] → [B·images, Q, D_r]`, and D_r.
    pub(super) fn build(
        &self,
        b: &mut Builder,
        count: Size,
        x: &Visual,
        to: &Target,
    ) -> Result<(NodeId, Dim), NotSuited> {
        if self.square {
            let at = At::named("", "bridge.resampler.square");
            Square::require(b, &Flow::of(x), "square", &at)?;
        }
        let width = width(b, self.width, &to.width);
        let (norms, names) = (self.norm, &names::RESAMPLER);
        let attention = self.attention.declare(b, &width, &SIZES, names, norms, self.bias);
        let made = b.scope(("cross_attention", ""), Role::CrossAttention, |b| {
            let latents = latents(b, "query", count, x, &width);
            let queries = norm(b, ("latents_norm", "ln_q"), latents, norms, &width);
            let image = match x.width == width || b.call_axis(x.node, 2, &width) {
                true => x.node,
                false => linear(b, "kv_proj", x.node, &x.width, &width, false),
            };
            let values = norm(b, ("context_norm", "ln_kv"), image, norms, &width);
            let rows = b.axis(latents, 1);
            let table = Shape::new([rows, width.clone()]);
            let [queries, keys] = self.positions(b, [queries, values], table);
            attention.over(b, queries, keys, values)
        });
        Ok((made, width))
    }

    /// Queries and keys with positions: one table, interpolated for the image's keys.
    fn positions(&self, b: &mut Builder, [q, k]: [NodeId; 2], table: Shape) -> [NodeId; 2] {
        if !self.position {
            return [q, k];
        }
        let add = AddTable { table, rows: TableRows::Fitted };
        let q = b.push(("position", "pos_embed"), add.clone(), &[q]);
        let table = b.param(q, 0).into();
        [q, b.push_on("keys_position", add, &[k], &[table])]
    }
}
