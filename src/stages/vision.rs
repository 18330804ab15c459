//! The vision encoder: a ViT of pre-norm blocks (CLIP, SigLIP, EVA, InternViT, Qwen-VL, Pixtral).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attention::Attention;
use super::beside::Beside;
use super::block::{After, Block, Feeds, norm};
use super::bridge::Visual;
use super::encoder::{Encoder, End, FeatureSelect, PooledHead};
use super::features::{self, FeatureJoin};
use super::image::Image;
use super::joint_tiles::{JointTiles, Sequences};
use super::mlp::Mlp;
use super::options::{NormsPerBlock, RotaryFrequencies};
use super::patch_embed::{self, Patches};
use super::stack::SizeNames;
use super::views::View;
use super::windows::{FullBlocks, WindowedBlocks};
use super::{names, pooled_head};
use crate::dim::{Dim, Field};
use crate::graph::{AtMost, Builder, NodeId, Role, When};
use crate::ops::{Add, Keep, Places, SideBySide, Slice, Windows};

/// Names of the encoder's sizes.
const SIZES: SizeNames = SizeNames {
    section: Field::Borrowed("encoder"),
    inherited: None,
    suffix: Field::Borrowed("_v"),
    of: Field::Borrowed("vision encoder"),
    width: Field::Borrowed("encoder.width"),
    depth: Field::Borrowed("encoder.depth"),
    mlp_width: Field::Borrowed("encoder.mlp_width"),
    heads: Field::Borrowed("encoder.heads"),
    kv_heads: Field::Borrowed("encoder.kv_heads"),
    head_dim: Some(Field::Borrowed("encoder.head_dim")),
    turned: 4,
};

/// The blocks of a tower in a state dict.
const LAYERS: &str = "encoder.layers";

/// What the tower makes of one image.
pub struct Encoded {
    /// The tokens that the bridge gets.
    pub visual: Visual,
    /// The tokens of inner layers, in the order in which they were asked for.
    pub inner: Vec<Visual>,
    /// Height and width of one image in pixels.
    pub image: (Dim, Dim),
    /// N, patches of one image.
    pub patches: Dim,
    /// N_v, encoder-side tokens of one image, class and register tokens included.
    pub tokens: Dim,
}

impl Encoder {
    /// Wires the tower for views of one size: `[B·views, C, H, W] → [B·views, N, D_v]`. The tokens
    /// after each of the `inner` blocks, counted from 0, are handed out too.
    pub fn build(
        &self,
        b: &mut Builder,
        view: &View,
        image: &Image,
        (images, joint): (&Dim, Option<&Sequences<'_>>),
        inner: &[u64],
    ) -> Encoded {
        let width = self.stack.width(b, &SIZES);
        let depth = self.stack.depth(b, &SIZES);
        let patches = b.scope(("patch_embed", ""), Role::PatchEmbedding, |b| {
            patch_embed::build(b, view, image, self, (images, &width), joint)
        });
        let mut tower = Tower::declare(b, self, &width, &depth, &patches);
        let inner: Vec<u64> = inner.iter().map(|block| block + 1).collect();
        let beside = self.joint_tiles.as_ref().map(JointTiles::inner).unwrap_or_default();
        let features = tower.wire(b, patches.node, images, &[&*inner, &*beside].concat());
        let joined = match (&self.feature_layer, joint) {
            (_, Some(joint)) => {
                let beside = beside.iter().filter_map(|number| tower.kept.get(number));
                let beside: Vec<NodeId> = beside.copied().collect();
                let parts = (tower.attention.clone(), tower.mlp.clone());
                joint.finished(b, features, &beside, (self, &width), parts)
            }
            (Some(layers), None) if layers.single().is_none() => {
                tower.join(b, layers.all(), features)
            }
            _ => features,
        };
        let tokens = joint.map_or_else(|| b.axis(joined, 1), |joint| joint.padded().clone());
        let valid = match joint {
            Some(_) => b.axis(joined, 1),
            None => patches.kept(b.symbols(), &tokens),
        };
        let dropped = valid != patches.count && self.feature_select == FeatureSelect::Patches;
        let patches_only = dropped || valid == patches.count;
        let handed = |b: &mut Builder, name: &str, node: NodeId, width: Dim| {
            let node = patches.unpadded(b, &name.replace("select", "unpad"), node);
            let node = if dropped { self.select(b, name, node, &patches.count) } else { node };
            let (grid, images) = (patches.grid.clone(), images.clone());
            let padded = patches.padded.clone();
            Visual { node, grid, patches_only, padded, width, images }
        };
        let times = match (&self.joint_tiles, &self.feature_layer) {
            (Some(joint), _) => joint.times(),
            (None, Some(layers)) => layers.times(self.feature_join),
            (None, None) => 1,
        };
        let visual = handed(b, "select", joined, &width * i128::from(times));
        let numbers = inner.iter().enumerate();
        let inner = numbers.map(|(at, number)| {
            let node = tower.kept.get(number).copied().unwrap_or(features);
            handed(b, &format!("select_{at}"), node, width.clone())
        });
        let inner = inner.collect();
        let Patches { image, count, .. } = patches.clone();
        Encoded { visual, inner, image, patches: count, tokens }
    }

    /// The patches without the tokens beside them.
    fn select(&self, b: &mut Builder, name: &str, x: NodeId, patches: &Dim) -> NodeId {
        let from_end = self.class_token_at == End::Start;
        let slice = Slice { length: patches.clone(), from_end };
        b.scope(name, Role::Selection, |b| b.push("drop_prefix", slice, &[x]))
    }
}

/// The blocks of an encoder over the patches of an image.
struct Tower<'a> {
    encoder: &'a Encoder,
    width: &'a Dim,
    depth: &'a Dim,
    /// The attention of a block in which every token sees all.
    attention: Attention,
    /// The MLP of a block.
    mlp: Arc<Mlp>,
    /// A block in which every token sees all.
    block: Block,
    /// One with windows, and which blocks have none.
    windowed: Option<(Block, &'a FullBlocks)>,
    /// Tokens of inner layers, by the number of blocks before them.
    kept: BTreeMap<u64, NodeId>,
}

impl<'a> Tower<'a> {
    fn declare(
        b: &mut Builder,
        encoder: &'a Encoder,
        width: &'a Dim,
        depth: &'a Dim,
        patches: &Patches,
    ) -> Tower<'a> {
        let after = match (encoder.norms_per_block, encoder.layer_scale) {
            (NormsPerBlock::Four, _) => After::Norm,
            (NormsPerBlock::One | NormsPerBlock::Two, true) => After::LayerScale,
            (NormsPerBlock::One | NormsPerBlock::Two, false) => After::Nothing,
        };
        let names = &names::VISION;
        let mut attention = encoder.stack.attention(b, width, &SIZES, &names.attention);
        attention.valid = patches.valid.clone();
        attention.mask = patches.mask;
        attention.grid = Some(Places::Grid {
            grid: Box::new(patches.grid.clone()),
            first: patches.before.clone(),
            alternating: encoder.rotary_frequencies == RotaryFrequencies::Alternating,
        });
        let mlp = Arc::new(encoder.stack.mlp(b, width, &SIZES));
        let block = |attention: Attention| {
            let feed: Arc<dyn Feeds> = mlp.clone();
            encoder.stack.block_of(width, Arc::new(attention), Some(feed), after, names)
        };
        let windowed = encoder.windows.as_ref().map(|WindowedBlocks { side, full }| {
            let side = ("w_v", "side of the encoder's windows in patches", *side);
            let side = b.size(side.0, side.1, "encoder.window", Some(side.2)).into();
            if let Some(last) = full.last() {
                b.require(AtMost {
                    needed: Dim::from(last + 1),
                    most: depth.clone(),
                    names: ("blocks up to the last of `full_attention`", "blocks of the encoder"),
                    field: "encoder.full_attention".into(),
                    why: "blocks are counted from 0",
                });
            }
            let mut windows = Windows::new(b.symbols(), patches.grid.clone(), side);
            let meaning = "query-key pairs in the windows of one image";
            windows.pairs = b.named("p_w", meaning, windows.pairs).into();
            (block(Attention { windows: Some(windows), ..attention.clone() }), full)
        });
        let block = block(attention.clone());
        Tower { attention, encoder, width, depth, mlp, block, windowed, kept: BTreeMap::new() }
    }

    /// The blocks, those after the selected features included, the final norm and the head. The
    /// tokens of layers that are asked for are kept.
    fn wire(&mut self, b: &mut Builder, x: NodeId, images: &Dim, inner: &[u64]) -> NodeId {
        let encoder = self.encoder;
        let known = encoder.stack.depth;
        let layers = encoder.feature_layer.as_ref();
        let last = layers.map_or(-1, |layers| layers.last(known));
        let used = match last {
            -1 => self.depth.clone(),
            layer => {
                let used = features::blocks_up_to(layer, self.depth);
                let sym = b.named("L_f", "blocks up to the selected features", used);
                b.symbols().count(sym);
                sym.into()
            }
        };
        let several = layers.filter(|layers| layers.single().is_none());
        let several = several.into_iter().flat_map(|layers| layers.all());
        let numbers = several.filter_map(|layer| features::blocks_before(*layer, known));
        let mut wanted: Vec<u64> = numbers.chain(inner.iter().copied()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if let (Some(depth), false) = (known, wanted.is_empty()) {
            // The numbers are those of this depth.
            b.is(self.depth, i128::from(depth));
        }
        if let Some(most) = inner.iter().max() {
            b.require(AtMost {
                needed: Dim::from(*most),
                most: used.clone(),
                names: ("blocks up to the last layer of `deepstack`", "blocks up to the features"),
                field: "deepstack.layers".into(),
                why: "features are taken from blocks that others follow",
            });
        }
        let features = b.repeat(("blocks", LAYERS), Role::Blocks, used.clone(), x, |b, x| {
            for number in wanted.iter().filter(|number| **number > 0) {
                self.keep(b, x, *number);
            }
            self.round(b, x, 0)
        });
        for number in &wanted {
            if *number == 0 {
                self.kept.insert(0, x);
            } else if b.is(&used, i128::from(*number)) {
                self.kept.insert(*number, features);
            }
        }
        let left = b.symbols().expand(&(self.depth - &used));
        let first = features::blocks_before(last, known).unwrap_or_default();
        let later = (used, left);
        let name = ("later_blocks", LAYERS);
        let end =
            b.repeat_from(name, Role::LaterBlocks, later, features, |b, x| self.round(b, x, first));
        let normed = if encoder.post_norm {
            b.scope(("post_norm", ""), Role::Norm, |b| {
                norm(b, ("norm", "post_layernorm"), end, encoder.stack.norm, self.width)
            })
        } else {
            end
        };
        if encoder.head == PooledHead::AttentionPool {
            let (stack, mlp) = (&encoder.stack, &self.mlp);
            pooled_head::build(b, normed, stack, (self.width, images), mlp, &SIZES);
        }
        if layers.is_none() { normed } else { features }
    }

    /// Keeps what the block after so many others reads.
    fn keep(&mut self, b: &mut Builder, x: NodeId, number: u64) {
        let name = format!("keep_{number}");
        b.when((&*name, ""), Role::Kept, When::Among([number].into()), x, |b, x| {
            self.kept.insert(number, b.push("keep", Keep, &[x]));
            x
        });
    }

    /// One block, with windows where it has them, of the blocks from a number on.
    fn round(&self, b: &mut Builder, x: NodeId, first: u64) -> NodeId {
        let beside = Beside::default();
        let Some((windowed, full)) = &self.windowed else { return self.block.build(b, x, &beside) };
        let Some([has_windows, sees_all]) = full.conditions(first) else {
            return windowed.build(b, x, &beside);
        };
        let x = b.when(("windowed", ""), Role::SlidingBlocks, has_windows, x, |b, x| {
            windowed.build(b, x, &beside)
        });
        b.when(("full", ""), Role::FullBlocks, sees_all, x, |b, x| self.block.build(b, x, &beside))
    }

    /// The features of several layers as one.
    fn join(&self, b: &mut Builder, layers: &[i64], last: NodeId) -> NodeId {
        let known = self.encoder.stack.depth;
        let layer = |at: usize| {
            let number = features::blocks_before(layers[at], known);
            number.and_then(|number| self.kept.get(&number)).copied().unwrap_or(last)
        };
        b.scope("features", Role::Features, |b| match self.encoder.feature_join {
            FeatureJoin::Concat => {
                let parts: Vec<NodeId> = (0..layers.len()).map(layer).collect();
                b.push("concat", SideBySide, &parts)
            }
            FeatureJoin::Add => {
                let (first, others) = (layer(0), 1..layers.len());
                others.fold(first, |sum, at| b.push("sum", Add, &[sum, layer(at)]))
            }
        })
    }
}
