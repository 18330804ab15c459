//! The vision encoder: a ViT of pre-norm blocks (CLIP, SigLIP, EVA, InternViT, Qwen-VL, Pixtral).

use super::block::{After, Block, norm};
use super::bridge::Visual;
use super::encoder::{Encoder, FeatureSelect};
use super::image::Image;
use super::names;
use super::patch_embed::{self, Patches};
use super::stack::SizeNames;
use super::views::ViewSize;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::Slice;

/// Names of the encoder's sizes.
const SIZES: SizeNames = SizeNames {
    suffix: "_v",
    of: "vision encoder",
    width: "encoder.width",
    depth: "encoder.depth",
    mlp_width: "encoder.mlp_width",
    heads: "encoder.heads",
    kv_heads: "encoder.kv_heads",
    head_dim: Some("encoder.head_dim"),
};

/// What the tower makes of one image.
pub struct Encoded {
    /// The tokens that the bridge gets.
    pub visual: Visual,
    /// Height and width of one image in pixels.
    pub image: (Dim, Dim),
    /// N, patches of one image.
    pub patches: Dim,
    /// N_v, encoder-side tokens of one image, class and register tokens included.
    pub tokens: Dim,
}

impl Encoder {
    /// Wires the tower for views of one size: `[B·views, C, H, W] → [B·views, N, D_v]`.
    pub fn build(&self, b: &mut Builder, size: &ViewSize, image: &Image, images: &Dim) -> Encoded {
        let width = self.stack.width(b, &SIZES);
        let depth = self.stack.depth(b, &SIZES);
        let patches = b.scope(("patch_embed", ""), Role::PatchEmbedding, |b| {
            patch_embed::build(b, size, image, self, images, &width)
        });
        let after = if self.layer_scale { After::LayerScale } else { After::Nothing };
        let block = self.stack.block(b, &width, &SIZES, after, &names::VISION);
        let features = self.tower(b, patches.node, &width, &depth, &block);
        let tokens = b.axis(features, 1);
        let dropped = tokens != patches.count && self.feature_select == FeatureSelect::Patches;
        let node = if dropped {
            let slice = Slice { length: patches.count.clone(), from_end: true };
            b.scope("select", Role::Selection, |b| b.push("drop_prefix", slice, &[features]))
        } else {
            features
        };
        let patches_only = dropped || tokens == patches.count;
        let Patches { grid, image, count, .. } = patches;
        let visual = Visual { node, grid, patches_only, width, images: images.clone() };
        Encoded { visual, image, patches: count, tokens }
    }

    /// The blocks, those after the selected feature layer included, and the final norm.
    fn tower(&self, b: &mut Builder, x: NodeId, width: &Dim, depth: &Dim, block: &Block) -> NodeId {
        let used = match self.feature_layer {
            None | Some(-1) => depth.clone(),
            Some(layer) => {
                let layer = i128::from(layer);
                let used = if layer < 0 { depth + (layer + 1) } else { layer.into() };
                let sym = b.named("L_f", "blocks up to the selected features", used);
                b.symbols().count(sym);
                sym.into()
            }
        };
        let left = b.symbols().expand(&(depth - &used));
        let layers = "encoder.layers";
        let run = |b: &mut Builder, x| block.build(b, x, None);
        let features = b.repeat(("blocks", layers), Role::Blocks, used.clone(), x, run);
        let later = (used, left);
        let name = ("later_blocks", layers);
        let last = b.repeat_from(name, Role::LaterBlocks, later, features, run);
        if !self.post_norm {
            return features;
        }
        let normed = b.scope(("post_norm", ""), Role::Norm, |b| {
            norm(b, ("norm", "post_layernorm"), last, self.stack.norm, width)
        });
        if self.feature_layer.is_none() { normed } else { features }
    }
}
