//! Multi-head attention: projections, optional norms and rotary positions, core, output.

use super::heads::Heads;
use super::mlp::linear;
use super::names::AttentionNames;
use super::options::{Biases, QkNorm, QkvStorage};
use super::stack::SizeNames;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, ParamId, Stored};
use crate::ops::{
    self, KvCache, Layout, Linear, Norm, NormKind, ParamRole, Places, Reach, Rope, Shape, Split,
    Windows,
};
use crate::units::Size;

/// An attention layer as it is designed. A size that is not known stays a symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttentionLayer {
    /// Query heads.
    pub heads: Option<Size>,
    /// Key and value heads; as many as query heads if it is none.
    pub kv_heads: Option<Size>,
    /// Size of a head; width / heads if it is none.
    pub head_dim: Option<Size>,
    /// How the projections are stored.
    pub qkv: QkvStorage,
    /// Norms of queries and keys.
    pub qk_norm: QkNorm,
}

impl AttentionLayer {
    /// The layer over tokens of a width, in a stack with these norms and biases, its heads declared.
    pub fn declare(
        &self,
        b: &mut Builder,
        width: &Dim,
        sizes: &SizeNames,
        names: &'static AttentionNames,
        norm: NormKind,
        bias: Biases,
    ) -> Attention {
        Attention {
            width: width.clone(),
            context_width: width.clone(),
            heads: Heads::declare(b, width, sizes, self),
            qkv_bias: bias.qkv,
            out_bias: bias.out,
            storage: self.qkv,
            qk_norm: self.qk_norm,
            norm,
            rotary: false,
            grid: None,
            windows: None,
            causal: false,
            names,
        }
    }

    /// The same attention with rotary positions, which turn so many values of a head together: 2
    /// along a sequence, 4 in a grid.
    pub fn rotary(
        &self,
        b: &mut Builder,
        attention: Attention,
        sizes: &SizeNames,
        together: u64,
    ) -> Attention {
        attention.heads.require_turned(b, sizes, self, together);
        Attention { rotary: true, ..attention }
    }
}

/// What a causal layer sees of what came before, through its KV cache.
#[derive(Clone, Debug)]
pub struct Past {
    /// Tokens in the cache before this step.
    pub tokens: Dim,
    /// Size of the sliding window, if there is one.
    pub window: Option<Dim>,
}

/// An attention layer: `[B, N, width] → [B, N, width]`.
#[derive(Clone, Debug)]
pub struct Attention {
    /// Width of the tokens that ask.
    pub width: Dim,
    /// Width of the tokens that answer; `width` in self-attention.
    pub context_width: Dim,
    /// Heads and their size.
    pub heads: Heads,
    /// Whether q, k and v projections have biases.
    pub qkv_bias: bool,
    /// Whether the output projection has a bias.
    pub out_bias: bool,
    /// How the projections are stored.
    pub storage: QkvStorage,
    /// Norms of queries and keys.
    pub qk_norm: QkNorm,
    /// Kind of these norms.
    pub norm: NormKind,
    /// Whether positions are rotary.
    pub rotary: bool,
    /// Where the tokens stand, for rotary positions that are no places in a sequence.
    pub grid: Option<Places>,
    /// Whether a token sees itself and those before it only, where there is no past.
    pub causal: bool,
    /// The windows that tokens see each other in; without them every token sees all.
    pub windows: Option<Windows>,
    /// What its layers are called in a state dict.
    pub names: &'static AttentionNames,
}

impl Attention {
    /// Every token of `x` asks every token of `x`, or with a past those at or before its own place.
    pub fn over_itself(&self, b: &mut Builder, x: NodeId, past: Option<&Past>) -> NodeId {
        let [q, k, v] = match self.storage {
            QkvStorage::Separate => self.project(b, x, x, x),
            QkvStorage::Fused => self.project_fused(b, x),
            QkvStorage::FusedKv => self.project_kv_in_parts(b, [x, x, x]),
        };
        self.attend(b, [q, k, v], past)
    }

    /// Tokens of `x` ask keys and values made of two other sequences of the same length. Fused
    /// storage here is `torch.nn.MultiheadAttention`'s: one stored matrix, used in three parts.
    pub fn over(&self, b: &mut Builder, x: NodeId, keys: NodeId, values: NodeId) -> NodeId {
        let qkv = match self.storage {
            QkvStorage::Separate => self.project(b, x, keys, values),
            QkvStorage::Fused => self.project_in_parts(b, [x, keys, values]),
            QkvStorage::FusedKv => self.project_kv_in_parts(b, [x, keys, values]),
        };
        self.attend(b, qkv, None)
    }

    fn project(&self, b: &mut Builder, x: NodeId, keys: NodeId, values: NodeId) -> [NodeId; 3] {
        let (q, kv) = (self.heads.query_width.clone(), self.heads.kv_width.clone());
        let [query, key, value] = self.names.projections;
        [
            linear(b, ("q_proj", query), x, &self.width, &q, self.qkv_bias),
            linear(b, ("k_proj", key), keys, &self.context_width, &kv, self.qkv_bias),
            linear(b, ("v_proj", value), values, &self.context_width, &kv, self.qkv_bias),
        ]
    }

    /// One product with a stored matrix, whose result is split.
    fn project_fused(&self, b: &mut Builder, x: NodeId) -> [NodeId; 3] {
        let (q, kv) = (self.heads.query_width.clone(), self.heads.kv_width.clone());
        let all = &q + &kv + &kv;
        let qkv = linear(b, ("qkv", self.names.fused), x, &self.width, &all, self.qkv_bias);
        let k_at = q.clone();
        let v_at = &q + &kv;
        [("q", Dim::zero(), q), ("k", k_at, kv.clone()), ("v", v_at, kv)]
            .map(|(name, offset, width)| b.push(name, Split { offset, width }, &[qkv]))
    }

    /// Three products, each with some rows of one stored matrix.
    fn project_in_parts(&self, b: &mut Builder, [x, keys, values]: [NodeId; 3]) -> [NodeId; 3] {
        let (q, kv) = (self.heads.query_width.clone(), self.heads.kv_width.clone());
        let parts = [("q_proj", x, q), ("k_proj", keys, kv.clone()), ("v_proj", values, kv)];
        in_parts(b, (self.names.fused, "in_proj"), &self.width, self.qkv_bias, parts)
    }

    /// A product for the queries, and two with halves of one stored matrix.
    fn project_kv_in_parts(&self, b: &mut Builder, [x, keys, values]: [NodeId; 3]) -> [NodeId; 3] {
        let (q, kv) = (self.heads.query_width.clone(), self.heads.kv_width.clone());
        let name = ("q_proj", self.names.projections[0]);
        let query = linear(b, name, x, &self.width, &q, self.qkv_bias);
        let parts = [("k_proj", keys, kv.clone()), ("v_proj", values, kv)];
        let fused = (self.names.projections[1], "kv_proj");
        let [keys, values] = in_parts(b, fused, &self.context_width, self.qkv_bias, parts);
        [query, keys, values]
    }

    fn attend(&self, b: &mut Builder, [q, k, v]: [NodeId; 3], past: Option<&Past>) -> NodeId {
        let before = past.map_or_else(Dim::zero, |past| past.tokens.clone());
        let q = self.prepare(b, "q", q, &self.heads.query_width, &before);
        let k = self.prepare(b, "k", k, &self.heads.kv_width, &before);
        let (k, v) = match past {
            None => (k, v),
            Some(Past { tokens, window }) => {
                let new = b.axis(k, 1);
                let cache = KvCache::new(b.symbols(), tokens, &new, window.as_ref());
                (b.push("k_cache", cache.clone(), &[k]), b.push("v_cache", cache, &[v]))
            }
        };
        let core = ops::Attention {
            heads: self.heads.query.clone(),
            kv_heads: self.heads.kv.clone(),
            head_dim: self.heads.size.clone(),
            width: self.heads.query_width.clone(),
            kv_width: self.heads.kv_width.clone(),
            reach: match (past, &self.windows) {
                (Some(past), _) => Reach::Causal { window: past.window.clone() },
                (None, Some(windows)) => Reach::Windows(Box::new(windows.clone())),
                (None, None) if self.causal => Reach::Causal { window: None },
                (None, None) => Reach::All,
            },
        };
        let mixed = b.push("attention", core, &[q, k, v]);
        linear(
            b,
            ("out_proj", self.names.out),
            mixed,
            &self.heads.query_width,
            &self.width,
            self.out_bias,
        )
    }

    /// Norm and rotation of queries or keys.
    fn prepare(&self, b: &mut Builder, which: &str, x: NodeId, all: &Dim, past: &Dim) -> NodeId {
        let width = match self.qk_norm {
            QkNorm::None => None,
            QkNorm::Head => Some(self.heads.size.clone()),
            QkNorm::Full => Some(all.clone()),
        };
        let x = match width {
            Some(width) => {
                let (name, module) = (format!("{which}_norm"), format!("self_attn.{which}_norm"));
                b.push((&*name, &*module), Norm { kind: self.norm, width }, &[x])
            }
            None => x,
        };
        if !self.rotary {
            return x;
        }
        let along = || Places::Sequence { past: past.clone() };
        let places = self.grid.clone().unwrap_or_else(along);
        let rope = Rope { head_dim: self.heads.size.clone(), places };
        b.push(&*format!("{which}_rotary"), rope, &[x])
    }
}

/// Products with some rows each of one stored matrix, which is called so in a state dict and in the
/// graph.
pub fn in_parts<const N: usize>(
    b: &mut Builder,
    (module, name): (&str, &str),
    input: &Dim,
    bias: bool,
    parts: [(&str, NodeId, Dim); N],
) -> [NodeId; N] {
    let rows: Dim = parts.iter().map(|(.., width)| width.clone()).sum();
    let shape = Shape::new([rows.clone(), input.clone()]);
    let tensor = |end: &str| (format!("{name}.{end}"), format!("{module}_{end}"));
    let (node, stored) = tensor("weight");
    let mut all = vec![b.store((&*node, &*stored), shape, ParamRole::Matrix)];
    if bias {
        let (node, stored) = tensor("bias");
        all.push(b.store((&*node, &*stored), Shape::new([rows]), ParamRole::Bias));
    }
    let mut offset = Dim::zero();
    parts.map(|(name, from, output)| {
        let rows = |param: &ParamId| Stored { param: *param, offset: Some(offset.clone()) };
        let stored: Vec<Stored> = all.iter().map(rows).collect();
        offset += &output;
        let layer = Linear { input: input.clone(), output, bias, layout: Layout::OutIn };
        b.push_on(name, layer, &[from], &stored)
    })
}
