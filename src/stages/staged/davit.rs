//! The block of DaViT: attention of tokens within windows, then attention of channels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::wiring::{Map, Position};
use crate::dim::Dim;
use crate::graph::{Builder, Multiple, NodeId, Role};
use crate::ops::{ActivationKind, Add, ChannelAttention, GridConv, NormKind, PaddedWindows, Split};
use crate::stages::attention::AttentionLayer;
use crate::stages::beside::Beside;
use crate::stages::block::{Mixes, norm};
use crate::stages::choice::Choice;
use crate::stages::mlp::{activate, linear};
use crate::stages::names;
use crate::stages::options::{Biases, QkNorm, QkvStorage};
use crate::stages::padded_attention::PaddedAttention;
use crate::units::Size;

/// DaViT's, as Florence-2 has it, is `block: {davit: {heads: 8}}`.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DaViT")]
pub struct DaVitSpec {
    /// Heads of the attention of tokens. They must divide the width.
    #[schemars(example = 8)]
    pub heads: Size,
    /// Groups of channels that ask each other; as many as heads if not given.
    #[serde(default)]
    #[schemars(example = 8)]
    pub groups: Option<Size>,
    /// Side of the windows in tokens; the last ones of a grid are filled with zeros. 12 if not given.
    #[serde(default)]
    #[schemars(extend("default" = WINDOW))]
    pub window: Choice<Size>,
    /// How many times as wide as a token the MLPs are inside; 4 if not given.
    #[serde(default)]
    #[schemars(extend("default" = RATIO))]
    pub mlp_ratio: Choice<Size>,
}

/// Side of the windows.
const WINDOW: Size = Size::of(12);
/// Width inside the MLPs over that of a token.
const RATIO: Size = Size::of(4);

/// A block of DaViT, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DaVit {
    heads: Size,
    groups: Size,
    window: Size,
    mlp_ratio: Size,
}

impl DaVitSpec {
    /// The block that is described.
    pub fn design(&self) -> DaVit {
        DaVit {
            heads: self.heads,
            groups: self.groups.unwrap_or(self.heads),
            window: self.window.unwrap_or(WINDOW),
            mlp_ratio: self.mlp_ratio.unwrap_or(RATIO),
        }
    }
}

impl From<DaVit> for DaVitSpec {
    /// The fields that say a block, every choice written.
    fn from(block: DaVit) -> DaVitSpec {
        let DaVit { heads, groups, window, mlp_ratio } = block;
        DaVitSpec {
            heads,
            groups: Some(groups),
            window: window.into(),
            mlp_ratio: mlp_ratio.into(),
        }
    }
}

/// The projections of both attentions have biases.
const BIASES: Biases = Biases { qkv: true, key: true, out: true, mlp: true };

impl DaVit {
    /// Wires one block: `[B, N, D] → [B, N, D]`, as transformers' `models/florence2` has it: each of
    /// its two halves is attention and an MLP, with a convolution of 3 × 3 tokens before both.
    pub(super) fn build(
        &self,
        b: &mut Builder,
        x: NodeId,
        map: &Map,
        at: Position,
        kind: NormKind,
    ) -> NodeId {
        let x = b.scope(("spatial", "spatial_block"), Role::SlidingBlocks, |b| {
            let mixer = self.windows(b, map, at, kind);
            let mix = |b: &mut Builder, x: NodeId| mixer.wire(b, x, &Beside::default());
            self.half(b, x, map, kind, mix)
        });
        b.scope(("channel", "channel_block"), Role::FullBlocks, |b| {
            self.half(b, x, map, kind, |b, x| self.channels(b, x, map, at))
        })
    }

    /// Attention and MLP, each after a convolution and a norm.
    fn half(
        &self,
        b: &mut Builder,
        x: NodeId,
        map: &Map,
        kind: NormKind,
        mix: impl FnOnce(&mut Builder, NodeId) -> NodeId,
    ) -> NodeId {
        let width = &map.width;
        let x = with_neighbours(b, x, map, ["conv1", "with_conv1"]);
        let x = b.scope(("attention", ""), Role::Attention, |b| {
            b.residual(x, |b, x| {
                let x = norm(b, ("norm", "norm1"), x, kind, width);
                mix(b, x)
            })
        });
        let x = with_neighbours(b, x, map, ["conv2", "with_conv2"]);
        b.scope(("mlp", ""), Role::Mlp, |b| {
            b.residual(x, |b, x| {
                let hidden = width * i128::from(self.mlp_ratio);
                let x = norm(b, ("norm", "norm2"), x, kind, width);
                let x = linear(b, ("fc1", "ffn.fc1"), x, width, &hidden, true);
                let x = activate(b, x, ActivationKind::Gelu);
                linear(b, ("fc2", "ffn.fc2"), x, &hidden, width, true)
            })
        })
    }

    /// The attention of tokens within windows.
    fn windows(&self, b: &mut Builder, map: &Map, at: Position, kind: NormKind) -> PaddedAttention {
        let layer = AttentionLayer {
            heads: Some(self.heads),
            kv_heads: None,
            head_dim: None,
            qkv: QkvStorage::Fused,
            qk_norm: QkNorm::None,
            inner_norm: false,
        };
        let sizes = at.sizes("block.davit");
        let attention = layer.declare(b, &map.width, &sizes, &names::DAVIT, kind, BIASES);
        let field = at.field("block.davit.window");
        let meaning = format!("side of the windows of {} in tokens", at.in_words());
        let side = b.size(&at.symbol("w_v"), &meaning, field, Some(self.window));
        let windows = PaddedWindows::covering(b.symbols(), map.grid.clone(), &side.into());
        PaddedAttention { attention, windows }
    }

    /// The attention of channels: `[B, N, D] → [B, N, D]`.
    fn channels(&self, b: &mut Builder, x: NodeId, map: &Map, at: Position) -> NodeId {
        let width = &map.width;
        let field = at.field("block.davit.groups");
        let meaning = format!("groups of channels of {}", at.in_words());
        let groups: Dim =
            b.size(&at.symbol("g_v"), &meaning, field.clone(), Some(self.groups)).into();
        b.require(Multiple {
            dividend: width.clone(),
            divisor: groups.clone(),
            names: ("width", "number of groups of channels"),
            fields: [field, at.field("width")],
            pixels: None,
            squared: None,
            way_out: None,
        });
        let all = 3 * width;
        let qkv = linear(b, ("qkv", "channel_attn.qkv"), x, width, &all, true);
        let parts = [("q", 0), ("k", 1), ("v", 2)].map(|(name, part)| {
            let (offset, width) = (width * part, width.clone());
            b.push(name, Split { offset, width }, &[qkv])
        });
        let channels = width.over(&groups);
        let mixed = b.push("attention", ChannelAttention { groups, channels }, &parts);
        linear(b, ("out_proj", "channel_attn.proj"), mixed, width, width, true)
    }
}

/// Tokens, and a convolution of 3 × 3 of them, of each channel by itself, added.
fn with_neighbours(
    b: &mut Builder,
    x: NodeId,
    map: &Map,
    [conv, sum]: [&'static str; 2],
) -> NodeId {
    let depthwise = GridConv {
        from: Box::new(map.grid.clone()),
        to: Box::new(map.grid.clone()),
        count: map.count.clone(),
        kernel: Dim::from(3),
        stride: Dim::one(),
        padding: Dim::one(),
        groups: map.width.clone(),
        input: map.width.clone(),
        output: map.width.clone(),
        bias: true,
    };
    let local = b.push(conv, depthwise, &[x]);
    b.push(sum, Add, &[x, local])
}
