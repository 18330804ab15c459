//! The blocks of a ViT, with what stands between and after them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dim::Dim;
use crate::graph::{AtMost, Builder, NodeId, Role, When};
use crate::ops::{Add, Grid, Keep, PaddedWindows, Places, SideBySide, Windows};
use crate::stages::attention::{Attention, RelativePositions};
use crate::stages::beside::Beside;
use crate::stages::block::{Block, Feeds, Mixes, norm};
use crate::stages::encoder::Encoder;
use crate::stages::features::{self, FeatureJoin};
use crate::stages::feed::Feed;
use crate::stages::gated_conv::GatedConv;
use crate::stages::grid_mix::GridMix;
use crate::stages::inner_merge::InnerMerge;
use crate::stages::mlp::Mlp;
use crate::stages::names;
use crate::stages::options::RotaryFrequencies;
use crate::stages::padded_attention::PaddedAttention;
use crate::stages::patch_embed::Patches;
use crate::stages::pooled_head::{self, Tokens};
use crate::stages::position_table;
use crate::stages::stack::SizeNames;
use crate::stages::tower::Place;
use crate::stages::windows::{FullBlocks, WindowEdges, WindowedBlocks};

/// The blocks of a tower in a state dict.
const LAYERS: &str = "encoder.layers";

/// The blocks of an encoder over the patches of an image.
pub(super) struct Tower<'a> {
    encoder: &'a Encoder,
    place: Place,
    width: &'a Dim,
    depth: &'a Dim,
    /// The attention of a block in which every token sees all.
    pub(super) attention: Attention,
    /// The MLP of a block, where it has one.
    pub(super) mlp: Option<Arc<Mlp>>,
    /// A block in which every token sees all.
    block: Block,
    /// One in which tokens see less, with windows or by a convolution, and which blocks have none.
    local: Option<(Block, FullBlocks)>,
    /// The grid that the tokens form: that of the patches, or what a merge has left of it.
    pub(super) grid: Grid,
    /// Tokens of inner layers, by the number of blocks before them.
    pub(super) kept: BTreeMap<u64, NodeId>,
}

impl<'a> Tower<'a> {
    pub(super) fn declare(
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
        let (mlp, feed): (_, Arc<dyn Feeds>) = match &encoder.feed {
            Feed::Moe(moe) => (None, moe.declare(b, &encoder.stack, width, sizes)),
            Feed::Dense(_) | Feed::None => {
                let mlp = Arc::new(encoder.stack.mlp(b, width, sizes));
                (Some(mlp.clone()), mlp)
            }
        };
        let block = |mixer: Arc<dyn Mixes>| {
            let feed = Some(feed.clone());
            let block = encoder.stack.block_of(width, mixer, feed, encoder.after(), names);
            Block { wiring: encoder.wiring(), ..block }
        };
        let grid = &patches.grid;
        let convolved = encoder.convolution.as_ref().map(|mix| {
            let mixer = convolution(b, place, mix, width, patches);
            (block(mixer), mix.full(encoder.stack.depth))
        });
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
            (block(mixer), full.clone())
        });
        attention.relative = encoder.relative_positions.then(|| {
            let table = encoder.stack.position.table();
            let made_for = table.and_then(|table| position_table::sides(b, place, encoder, table));
            let sides = (grid.rows.clone(), grid.columns.clone());
            RelativePositions::of_grid(sides.clone(), made_for.unwrap_or(sides))
        });
        let (block, kept) = (block(Arc::new(attention.clone())), BTreeMap::new());
        let grid = grid.clone();
        let local = convolved.or(windowed);
        Tower { attention, encoder, place, width, depth, mlp, block, local, grid, kept }
    }

    /// The blocks, those after the selected features included, the final norm and the head. The
    /// tokens of layers that are asked for are kept.
    pub(super) fn wire(
        &mut self,
        b: &mut Builder,
        patches: &Patches,
        images: &Dim,
        inner: &[u64],
    ) -> NodeId {
        let (encoder, x) = (self.encoder, patches.node);
        if let (Some(merge), Some(mlp)) = (&encoder.merge, self.mlp.clone()) {
            let merged = self.merging(b, x, *merge, &mlp);
            return self.finished(b, merged);
        }
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
        let normed = self.finished(b, end);
        if let Some(head) = &encoder.head {
            let tokens = Tokens {
                node: normed,
                grid: &patches.grid,
                patches: &patches.count,
                others: encoder.class_token_at,
                width: self.width,
                batch: images,
            };
            pooled_head::build(b, head, &tokens, (&encoder.stack, self.mlp.as_deref()), self.place);
        }
        if layers.is_none() { normed } else { features }
    }

    /// What follows the last block.
    fn finished(&self, b: &mut Builder, end: NodeId) -> NodeId {
        if !self.encoder.post_norm {
            return end;
        }
        b.scope(("post_norm", ""), Role::Norm, |b| {
            norm(b, ("norm", "post_layernorm"), end, self.encoder.stack.norm, self.width)
        })
    }

    /// The blocks before and after a merge of tokens: `[B·images, N, D] → [B·images, N/r², D]`.
    fn merging(&mut self, b: &mut Builder, x: NodeId, merge: InnerMerge, mlp: &Mlp) -> NodeId {
        let name = self.place.symbol("L_m");
        let before = Dim::from(i128::from(merge.blocks_before()));
        b.require(AtMost {
            needed: before.clone(),
            most: self.depth.clone(),
            names: ("blocks up to the merge", "blocks of the encoder"),
            field: self.place.field("encoder.merge.after"),
            why: "blocks are counted from 0",
        });
        let before = b.named(&name, "blocks before tokens are merged", before);
        b.symbols().count(before);
        let before: Dim = before.into();
        let round = |b: &mut Builder, x: NodeId| self.block.build(b, x, &Beside::default());
        let x = b.repeat(("blocks", LAYERS), Role::Blocks, before.clone(), x, round);
        let parts = (&self.encoder.stack, &self.attention, mlp);
        let (x, grid) = merge.build(b, x, self.place, parts, &self.grid);
        let name = self.place.symbol("N_m");
        b.name_axis(x, 1, &name, "tokens of one image after the merge within the tower");
        self.grid = grid;
        let left = self.depth - &before;
        let name = ("merged_blocks", LAYERS);
        b.repeat_from(name, Role::Blocks, (before, left), x, |b, x| {
            self.block.build(b, x, &Beside::default())
        })
    }

    /// Keeps what the block after so many others reads.
    fn keep(&mut self, b: &mut Builder, x: NodeId, number: u64) {
        let name = format!("keep_{number}");
        b.when((&*name, ""), Role::Kept, When::Among([number].into()), x, |b, x| {
            self.kept.insert(number, b.push("keep", Keep, &[x]));
            x
        });
    }

    /// One block, with windows or a convolution where it has them, of the blocks from a number on.
    fn round(&self, b: &mut Builder, x: NodeId, first: u64) -> NodeId {
        let beside = Beside::default();
        let Some((local, full)) = &self.local else { return self.block.build(b, x, &beside) };
        let Some([sees_less, sees_all]) = full.conditions(first) else {
            return local.build(b, x, &beside);
        };
        let (name, role) = match self.encoder.convolution {
            Some(_) => ("convolved", Role::KindOfBlocks),
            None => ("windowed", Role::SlidingBlocks),
        };
        let x = b.when((name, ""), role, sees_less, x, |b, x| local.build(b, x, &beside));
        let x = b.when(("full", ""), Role::FullBlocks, sees_all, x, |b, x| {
            self.block.build(b, x, &beside)
        });
        b.all_kinds();
        x
    }

    /// The features of several layers as one.
    pub(super) fn join(&self, b: &mut Builder, layers: &[i64], last: NodeId) -> NodeId {
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

/// The convolution of blocks that have one in place of attention.
fn convolution(
    b: &mut Builder,
    place: Place,
    mix: &GridMix,
    width: &Dim,
    patches: &Patches,
) -> Arc<dyn Mixes> {
    let field = place.field("encoder.convolution.kernel");
    let meaning = "side of the convolution of blocks in tokens";
    let kernel = b.size(&place.symbol("K_v"), meaning, field, Some(mix.kernel)).into();
    let grid = Some((patches.grid.clone(), patches.count.clone()));
    Arc::new(GatedConv { width: width.clone(), kernel, bias: false, grid })
}
