//! The vision encoder: a ViT of pre-norm blocks (CLIP, SigLIP, EVA, InternViT, Qwen-VL, Pixtral).

mod blocks;

use blocks::Tower;

use super::block::norm;
use super::bridge::Visual;
use super::encoder::{Encoder, End, FeatureSelect};
use super::joint_tiles::{JointTiles, Sequences};
use super::neck::Neck;
use super::patch_embed::{self, Patches};
use super::pooled_head::{self, Tokens};
use super::sight::Sight;
use super::staged::{Map, Staged};
use super::tower::Place;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{Grid, Slice};

/// What the tower makes of one image.
pub struct Encoded {
    /// The tokens that the bridge gets.
    pub visual: Visual,
    /// The tokens of inner layers, in the order in which they were asked for.
    pub inner: Vec<Visual>,
    /// Height and width of one image in pixels.
    pub image: (Dim, Dim),
    /// The grid of its patches.
    pub grid: Grid,
    /// N, patches of one image.
    pub patches: Dim,
    /// What it makes of them: N tokens, or fewer where it merges some.
    pub kept: Dim,
    /// N_v, encoder-side tokens of one image, class and register tokens included.
    pub tokens: Dim,
}

impl Encoder {
    /// Wires the tower for views of one size: `[B·views, C, H, W] → [B·views, N, D_v]`, or on what the
    /// tower before it made of them. The tokens after each of the `inner` blocks, counted from 0, are
    /// handed out too.
    pub fn build(
        &self,
        b: &mut Builder,
        place: Place,
        sight: Sight<'_>,
        (images, joint): (&Dim, Option<&Sequences<'_>>),
        inner: &[u64],
    ) -> Encoded {
        if let Some(staged) = &self.staged {
            return self.build_staged(b, staged, place, (sight, images));
        }
        let sizes = place.sizes();
        let width = self.stack.width(b, &sizes);
        let depth = self.stack.depth(b, &sizes);
        let patches = b.scope(("patch_embed", ""), Role::PatchEmbedding, |b| {
            patch_embed::build(b, place, sight, self, (images, &width), joint)
        });
        let mut tower = Tower::declare(b, self, (place, &sizes), [&width, &depth], &patches);
        let inner: Vec<u64> = inner.iter().map(|block| block + 1).collect();
        let beside = self.joint_tiles.as_ref().map(JointTiles::inner).unwrap_or_default();
        let beside_last: Vec<u64> = self.neck.iter().filter_map(Neck::beside).collect();
        let kept = [&*inner, &*beside, &*beside_last].concat();
        let features = tower.wire(b, &patches, images, &kept);
        let joined = match (&self.feature_layer, joint.zip(tower.mlp.clone())) {
            (_, Some((joint, mlp))) => {
                let beside = beside.iter().filter_map(|number| tower.kept.get(number));
                let beside: Vec<NodeId> = beside.copied().collect();
                let parts = (tower.attention.clone(), mlp);
                joint.finished(b, features, &beside, (self, &width), parts)
            }
            (Some(layers), None) if layers.single().is_none() => {
                tower.join(b, layers.all(), features)
            }
            _ => features,
        };
        let tokens = joint.map_or_else(|| b.axis(patches.node, 1), |joint| joint.padded().clone());
        let valid = match joint {
            Some(_) => b.axis(joined, 1),
            None => patches.kept(b.symbols(), &tokens),
        };
        let dropped = valid != patches.count && self.feature_select == FeatureSelect::Patches;
        let patches_only = dropped || valid == patches.count;
        let handed = |b: &mut Builder, name: &str, node: NodeId, width: Dim| {
            let node = patches.unpadded(b, &name.replace("select", "unpad"), node);
            let node = if dropped { self.select(b, name, node, &patches.count) } else { node };
            let (grid, images) = (tower.grid.clone(), images.clone());
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
            Some(neck) => {
                let inner = neck.beside().map(|number| {
                    let node = tower.kept.get(&number).copied().unwrap_or(features);
                    handed(b, "select_inner", node, width.clone())
                });
                neck.build(b, &visual, inner.as_ref(), place)
            }
            None => visual,
        };
        let numbers = inner.iter().enumerate();
        let inner = numbers.map(|(at, number)| {
            let node = tower.kept.get(number).copied().unwrap_or(features);
            handed(b, &format!("select_{at}"), node, width.clone())
        });
        let inner = inner.collect();
        let Patches { image, grid, count, .. } = patches.clone();
        let kept = if visual.patches_only && joint.is_none() {
            let handed = b.axis(visual.node, 1);
            patches.kept(b.symbols(), &handed)
        } else {
            count.clone()
        };
        Encoded { visual, inner, image, grid, patches: count, kept, tokens }
    }

    /// Wires a tower of stages.
    fn build_staged(
        &self,
        b: &mut Builder,
        staged: &Staged,
        place: Place,
        (sight, images): (Sight<'_>, &Dim),
    ) -> Encoded {
        let width = staged.first_width(b, place);
        let patches = b.scope(("patch_embed", ""), Role::PatchEmbedding, |b| {
            patch_embed::build(b, place, sight, self, (images, &width), None)
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
            Some(neck) => neck.build(b, &visual, None, place),
            None => visual,
        };
        let (inner, tokens, grid) = (Vec::new(), count.clone(), visual.grid.clone());
        let kept = b.axis(visual.node, 1);
        Encoded { visual, inner, image, grid, tokens, kept, patches: count }
    }

    /// The patches without the tokens beside them.
    fn select(&self, b: &mut Builder, name: &str, x: NodeId, patches: &Dim) -> NodeId {
        let from_end = self.class_token_at == End::Start;
        let slice = Slice { length: patches.clone(), from_end };
        b.scope(name, Role::Selection, |b| b.push("drop_prefix", slice, &[x]))
    }
}
