//! Multi-head latent attention (DeepSeek-V2 and V3, Kimi K2).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Around, MixerStage};
use crate::dim::Dim;
use crate::graph::{Builder, Multiple, NodeId, Role};
use crate::ops::{KvCache, LatentAttention, NormKind, Places, Reshape, Rope, Shape, Split};
use crate::stages::beside::Beside;
use crate::stages::block::{Mixes, norm};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::linear;
use crate::units::Size;

/// Latent attention: `attention: {mla: {q_rank: 1536, kv_rank: 512, nope_dim: 128, rope_dim: 64, v_dim:
/// 128}}`. The layer says the number of heads.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LatentAttention")]
pub struct MlaSpec {
    /// Size of the vector that all queries of a token are made of; they are made of the token itself
    /// if not given.
    #[serde(default)]
    #[schemars(example = 1536)]
    pub q_rank: Option<Size>,
    /// Size of the latent, of which all keys and values of a token are made.
    #[schemars(example = 512)]
    pub kv_rank: Size,
    /// The part of a query and of a key that each head has for itself, without positions.
    #[schemars(example = 128)]
    pub nope_dim: Size,
    /// The part that is turned by its position; all heads share its key.
    #[schemars(example = 64)]
    pub rope_dim: Size,
    /// Size of a value of a head.
    #[schemars(example = 128)]
    pub v_dim: Size,
    /// Whether the vectors of queries and the latents are normalised; true if not given.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub norms: Choice<bool>,
    /// What is cached, and what a decode step does with it; `latent` if not given.
    #[serde(default)]
    #[schemars(extend("default" = Cached::Latent))]
    pub cache: Choice<Cached>,
}

/// What latent attention caches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cached {
    /// Latents and shared keys; each decode step expands all of them again (transformers).
    #[default]
    Latent,
    /// Latents and shared keys; a decode step multiplies the matrix that would expand them into
    /// queries and results (DeepSeek's own code, vLLM).
    Absorbed,
    /// Keys and values of all heads.
    Expanded,
}

/// Latent attention, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Mla {
    q_rank: Option<Size>,
    kv_rank: Size,
    nope_dim: Size,
    rope_dim: Size,
    v_dim: Size,
    norms: bool,
    cache: Cached,
}

impl MlaSpec {
    /// What is described.
    pub fn design(&self, _: &mut Faults) -> Mla {
        let MlaSpec { q_rank, kv_rank, nope_dim, rope_dim, v_dim, .. } = *self;
        let (norms, cache) = (self.norms.unwrap_or(true), self.cache.unwrap_or_default());
        Mla { q_rank, kv_rank, nope_dim, rope_dim, v_dim, norms, cache }
    }
}

impl From<&Mla> for MlaSpec {
    fn from(mla: &Mla) -> MlaSpec {
        let Mla { q_rank, kv_rank, nope_dim, rope_dim, v_dim, norms, cache } = *mla;
        let (norms, cache) = (norms.into(), cache.into());
        MlaSpec { q_rank, kv_rank, nope_dim, rope_dim, v_dim, norms, cache }
    }
}

impl Mla {
    /// The name in a spec.
    pub const NAME: &'static str = "mla";
}

impl MixerStage for Mla {
    fn in_brief(&self) -> String {
        format!("latent attention of rank {}", self.kv_rank)
    }

    fn declare(&self, b: &mut Builder, around: &Around<'_>) -> Arc<dyn Mixes> {
        let Around { layer, width, sizes, .. } = *around;
        let heads = layer.stack.attention.heads;
        let heads = sizes.size(b, ("h", "attention heads"), &sizes.heads, heads);
        let mut size = |letter: &str, what: &str, key: &str, size: Size| {
            sizes.nested(b, (letter, what), &format!("attention.mla.{key}"), Some(size))
        };
        let q_rank = self.q_rank.map(|rank| size("r_q", "rank of queries", "q_rank", rank));
        let latent = size("r_kv", "size of a latent", "kv_rank", self.kv_rank);
        let own = size("d_n", "part of a key without position", "nope_dim", self.nope_dim);
        let shared = size("d_r", "part of a key with position", "rope_dim", self.rope_dim);
        let value = size("d_v", "size of a value", "v_dim", self.v_dim);
        let field = format!("{}.attention.mla.rope_dim", sizes.section);
        b.require(Multiple {
            dividend: shared.clone(),
            divisor: 2.into(),
            names: ("part with position", "values that rotary positions turn together"),
            fields: [field.clone().into(), field.into()],
            pixels: None,
            squared: None,
            way_out: None,
        });
        Arc::new(Wired {
            width: width.clone(),
            q_rank,
            latent,
            norm: layer.stack.norm,
            design: self.clone(),
            bias: layer.stack.bias.qkv,
            core: LatentAttention { heads, own, shared, value, absorbed: None },
        })
    }
}

/// Latent attention in a block.
#[derive(Debug)]
struct Wired {
    width: Dim,
    q_rank: Option<Dim>,
    latent: Dim,
    norm: NormKind,
    design: Mla,
    bias: bool,
    core: LatentAttention,
}

impl Mixes for Wired {
    fn part(&self) -> (&'static str, Role) {
        ("attention", Role::Attention)
    }

    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let LatentAttention { heads, own, shared, value, .. } = &self.core;
        let past = beside.past.clone().unwrap_or_default();
        b.module("self_attn", |b| {
            let queries = self.queries(b, x);
            let [q, q_turned] = self.halves(b, queries, &past);
            let both = &self.latent + shared;
            let both = linear(b, "kv_a_proj_with_mqa", x, &self.width, &both, self.bias);
            let split = Split { offset: Dim::zero(), width: self.latent.clone() };
            let latent = b.push("latent", split, &[both]);
            let split = Split { offset: self.latent.clone(), width: shared.clone() };
            let key = b.push("shared_key", split, &[both]);
            let key = b.push("k_rotary", self.rope(&past), &[key]);
            let latent = self.normed(b, "kv_a_layernorm", latent, &self.latent);
            let new = b.axis(latent, 1);
            let cache = KvCache::new(b.symbols(), &past, &new, None);
            let (latent, key) = match self.design.cache {
                Cached::Latent | Cached::Absorbed => (
                    b.push("latent_cache", cache.clone(), &[latent]),
                    b.push("key_cache", cache.clone(), &[key]),
                ),
                Cached::Expanded => (latent, b.push("key_cache", cache.clone(), &[key])),
            };
            let name = ("kv_b_proj", "kv_b_proj");
            let mixed = if self.design.cache == Cached::Absorbed && beside.continues() {
                let absorbed = Some(self.latent.clone());
                let core = LatentAttention { absorbed, ..self.core.clone() };
                b.push(name, core, &[q, q_turned, latent, key])
            } else {
                let each = heads * (own + value);
                let expanded = linear(b, name, latent, &self.latent, &each, false);
                let expanded = match self.design.cache {
                    Cached::Expanded => b.push("kv_cache", cache, &[expanded]),
                    Cached::Latent | Cached::Absorbed => expanded,
                };
                b.push("attention", self.core.clone(), &[q, q_turned, expanded, key])
            };
            linear(b, "o_proj", mixed, &(heads * value), &self.width, self.bias)
        })
    }
}

impl Wired {
    /// All queries, `[B, N, h·(n + r)]`.
    fn queries(&self, b: &mut Builder, x: NodeId) -> NodeId {
        let all = &self.core.heads * (&self.core.own + &self.core.shared);
        match &self.q_rank {
            None => linear(b, "q_proj", x, &self.width, &all, false),
            Some(rank) => {
                let down = linear(b, "q_a_proj", x, &self.width, rank, self.bias);
                let down = self.normed(b, "q_a_layernorm", down, rank);
                linear(b, "q_b_proj", down, rank, &all, false)
            }
        }
    }

    /// The two parts of queries, the second one turned by its position.
    fn halves(&self, b: &mut Builder, queries: NodeId, past: &Dim) -> [NodeId; 2] {
        let LatentAttention { heads, own, shared, .. } = &self.core;
        let [batch, tokens] = [0, 1].map(|axis| b.axis(queries, axis));
        let shape = Shape::new([batch.clone(), &tokens * heads, own + shared]);
        let by_head = b.push("q_by_head", Reshape { shape }, &[queries]);
        let mut part = |name: &str, joined: &str, offset: Dim, width: &Dim| {
            let part = b.push(name, Split { offset, width: width.clone() }, &[by_head]);
            let shape = Shape::new([batch.clone(), tokens.clone(), heads * width]);
            b.push(joined, Reshape { shape }, &[part])
        };
        let own_part = part("q_nope", "q_nope_joined", Dim::zero(), own);
        let turned = part("q_rope", "q_rope_joined", own.clone(), shared);
        [own_part, b.push("q_rotary", self.rope(past), &[turned])]
    }

    fn rope(&self, past: &Dim) -> Rope {
        let places = Places::Sequence { past: past.clone() };
        Rope { head_dim: self.core.shared.clone(), turned: None, places }
    }

    fn normed(&self, b: &mut Builder, name: &str, x: NodeId, width: &Dim) -> NodeId {
        if self.design.norms { norm(b, name, x, self.norm, width) } else { x }
    }
}
