//! The vision encoder: a ViT of pre-norm blocks (CLIP, SigLIP, EVA, InternViT, Qwen-VL, Pixtral).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attention::{Attention, RelativePositions};
use super::beside::Beside;
use super::block::{Block, Feeds, Mixes, norm};
use super::bridge::Visual;
use super::encoder::{Encoder, End, FeatureSelect};
use super::features::{self, FeatureJoin};
use super::image::Image;
use super::joint_tiles::{JointTiles, Sequences};
use super::mlp::Mlp;
use super::names;
use super::options::RotaryFrequencies;
use super::padded_attention::PaddedAttention;
use super::patch_embed::{self, Patches};
use super::pooled_head::{self, Tokens};
use super::position_table;
use super::stack::SizeNames;
use super::staged::{Map, Staged};
use super::tower::Place;
use super::views::View;
use super::windows::{FullBlocks, WindowEdges, WindowedBlocks};
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, NodeId, Role, When};
use crate::ops::{Add, Keep, PaddedWindows, Places, SideBySide, Slice, Windows};

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
        place: Place,
        view: &View,
        image: &Image,
        (images, joint): (&Dim, Option<&Sequences<'_>>),
        inner: &[u64],
    ) -> Encoded {
        if let Some(staged) = &self.staged {
            return self.build_staged(b, staged, place, (view, image, images));
        }
        let sizes = place.sizes();
        let width = self.stack.width(b, &sizes);
        let depth = self.stack.depth(b, &sizes);
        let patches = b.scope(("patch_embed", ""), Role::PatchEmbedding, |b| {
            patch_embed::build(b, place, view, image, self, (images, &width), joint)
        });
        let mut tower = Tower::declare(b, self, (place, &sizes), [&width, &depth], &patches);
        let inner: Vec<u64> = inner.iter().map(|block| block + 1).collect();
        let beside = self.joint_tiles.as_ref().map(JointTiles::inner).unwrap_or_default();
        let features = tower.wire(b, &patches, images, &[&*inner, &*beside].concat());
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
        let visual = match &self.neck {
            Some(neck) => neck.build(b, &visual, place),
            None => visual,
        };
        let numbers = inner.iter().enumerate();
        let inner = numbers.map(|(at, number)| {
            let node = tower.kept.get(number).copied().unwrap_or(features);
            handed(b, &format!("select_{at}"), node, width.clone())
        });
        let inner = inner.collect();
        let Patches { image, count, .. } = patches.clone();
        Encoded { visual, inner, image, patches: count, tokens }
    }

    /// Wires a tower of stages.
    fn build_staged(
        &self,
        b: &mut Builder,
        staged: &Staged,
        place: Place,
        (view, image, images): (&View, &Image, &Dim),
    ) -> Encoded {
        let width = staged.first_width(b, place);
        let patches = b.scope(("patch_embed", ""), Role::PatchEmbedding, |b| {
            patch_embed::build(b, place, view, image, self, (images, &width), None)
        });
        let Patches { image, node, grid, count, .. } = patches;
        let (norm_kind, map) = (self.stack.norm, Map { node, grid, count, width });
        let Map { mut node, grid, count, width } = staged.build(b, map, place, norm_kind);
        if self.post_norm {
            node = b.scope(("post_norm", ""), Role::Norm, |b| {
                norm(b, ("norm", "norm"), node, norm_kind, &width)
            });
        }
        if let Some(head) = &self.head {
            let tokens = Tokens {
                node,
                grid: &grid,
                patches: &count,
                others: End::Start,
                width: &width,
                batch: images,
            };
            pooled_head::build(b, head, &tokens, (&self.stack, None), place);
        }
        let visual =
            Visual { node, grid, patches_only: true, padded: None, width, images: images.clone() };
        let visual = match &self.neck {
            Some(neck) => neck.build(b, &visual, place),
            None => visual,
        };
        Encoded { visual, inner: Vec::new(), image, tokens: count.clone(), patches: count }
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
    place: Place,
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
        (place, sizes): (Place, &SizeNames),
        [width, depth]: [&'a Dim; 2],
        patches: &Patches,
    ) -> Tower<'a> {
        let names = &names::VISION;
        let mut attention = encoder.stack.attention(b, width, sizes, &names.attention);
        attention.valid = patches.valid.clone();
        attention.mask = patches.mask;
        attention.grid = Some(Places::Grid {
            grid: Box::new(patches.grid.clone()),
            first: patches.before.clone(),
            alternating: encoder.rotary_frequencies == RotaryFrequencies::Alternating,
        });
        let mlp = Arc::new(encoder.stack.mlp(b, width, sizes));
        let block = |mixer: Arc<dyn Mixes>| {
            let feed: Arc<dyn Feeds> = mlp.clone();
            let block = encoder.stack.block_of(width, mixer, Some(feed), encoder.after(), names);
            Block { wiring: encoder.wiring(), ..block }
        };
        let grid = &patches.grid;
        let windowed = encoder.windows.as_ref().map(|windows| {
            let WindowedBlocks { side, edges, full } = windows;
            let meaning = "side of the encoder's windows in patches";
            let field = place.field("encoder.window");
            let side: Dim = b.size(&place.symbol("w_v"), meaning, field, Some(*side)).into();
            if let Some(last) = full.last() {
                b.require(AtMost {
                    needed: Dim::from(last + 1),
                    most: depth.clone(),
                    names: ("blocks up to the last of `full_attention`", "blocks of the encoder"),
                    field: place.field("encoder.full_attention"),
                    why: "blocks are counted from 0",
                });
            }
            let attention = attention.clone();
            let mixer: Arc<dyn Mixes> = match edges {
                WindowEdges::Smaller => {
                    let mut windows = Windows::new(b.symbols(), grid.clone(), side);
                    let meaning = "query-key pairs in the windows of one image";
                    windows.pairs = b.named(&place.symbol("p_w"), meaning, windows.pairs).into();
                    Arc::new(Attention { windows: Some(windows), ..attention })
                }
                WindowEdges::Padded => {
                    let mut windows = PaddedWindows::covering(b.symbols(), grid.clone(), &side);
                    let meaning = "padded windows of one image";
                    windows.count = b.named(&place.symbol("n_w"), meaning, windows.count).into();
                    let relative = encoder.relative_positions.then(|| {
                        let sides = (side.clone(), side.clone());
                        RelativePositions::of_grid(sides.clone(), sides)
                    });
                    let attention = Attention { relative, ..attention };
                    Arc::new(PaddedAttention { attention, windows })
                }
            };
            (block(mixer), full)
        });
        attention.relative = encoder.relative_positions.then(|| {
            let table = encoder.stack.position.table();
            let made_for = table.and_then(|table| position_table::sides(b, place, encoder, table));
            let sides = (grid.rows.clone(), grid.columns.clone());
            RelativePositions::of_grid(sides.clone(), made_for.unwrap_or(sides))
        });
        let (block, kept) = (block(Arc::new(attention.clone())), BTreeMap::new());
        Tower { attention, encoder, place, width, depth, mlp, block, windowed, kept }
    }

    /// The blocks, those after the selected features included, the final norm and the head. The
    /// tokens of layers that are asked for are kept.
    fn wire(&mut self, b: &mut Builder, patches: &Patches, images: &Dim, inner: &[u64]) -> NodeId {
        let (encoder, x) = (self.encoder, patches.node);
        let known = encoder.stack.depth;
        let layers = encoder.feature_layer.as_ref();
        let last = layers.map_or(-1, |layers| layers.last(known));
        let used = match last {
            -1 => self.depth.clone(),
            layer => {
                let used = features::blocks_up_to(layer, self.depth);
                let sym =
                    b.named(&self.place.symbol("L_f"), "blocks up to the selected features", used);
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
        if let Some(head) = &encoder.head {
            let tokens = Tokens {
                node: normed,
                grid: &patches.grid,
                patches: &patches.count,
                others: encoder.class_token_at,
                width: self.width,
                batch: images,
            };
            pooled_head::build(b, head, &tokens, (&encoder.stack, Some(&self.mlp)), self.place);
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
        let x = b.when(("full", ""), Role::FullBlocks, sees_all, x, |b, x| {
            self.block.build(b, x, &beside)
        });
        b.all_kinds();
        x
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
