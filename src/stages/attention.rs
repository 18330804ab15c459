//! Multi-head attention: projections, optional norms and rotary positions, core, output.

use smallvec::SmallVec;

use super::beside::{Beside, Relative};
use super::block::Mixes;
use super::heads::Heads;
use super::mlp::linear;
use super::names::AttentionNames;
use super::options::{Biases, QkNorm, QkvStorage};
use super::stack::SizeNames;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, ParamId, Role, Stored};
use crate::ops::{
    self, Activation, ActivationKind, KvCache, Layout, Linear, Multiply, Norm, NormKind, ParamRole,
    Places, Reach, RelativeAttention, Reshape, Rope, Shape, SlidingWindow, Split, Valid, Windows,
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
            valid: None,
            mask: None,
            window: None,
            gate: false,
            keys_as_values: false,
            value_norm: false,
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
    /// Which tokens are no padding, where some are.
    pub valid: Option<Valid>,
    /// A mask that the reference makes of it as a tensor.
    pub mask: Option<NodeId>,
    /// Tokens of the sliding window that a causal layer sees; all if it has none.
    pub window: Option<Dim>,
    /// Whether the query projection makes a gate too, which multiplies what is mixed.
    pub gate: bool,
    /// Whether keys serve as values too.
    pub keys_as_values: bool,
    /// Whether the values of a head are normalised, without a weight.
    pub value_norm: bool,
    /// What its layers are called in a state dict.
    pub names: &'static AttentionNames,
}

impl Mixes for Attention {
    fn part(&self) -> (&'static str, Role) {
        ("attention", Role::Attention)
    }

    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        self.over_itself(b, x, beside)
    }
}

impl Attention {
    /// Every token of `x` asks every token of `x`, or with a past those at or before its own place.
    pub fn over_itself(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let [q, k, v] = match self.storage {
            QkvStorage::Separate => self.project(b, x, x, x),
            QkvStorage::Fused => self.project_fused(b, x),
            QkvStorage::FusedKv => self.project_kv_in_parts(b, [x, x, x]),
        };
        if self.gate {
            let [q, gate] = self.halves(b, q);
            return self.attend(b, [q, k, v], beside, Some(gate));
        }
        self.attend(b, [q, k, v], beside, None)
    }

    /// Queries and gates, which stand side by side in each head: `[B, N, 2·h·d]` to twice
    /// `[B, N, h·d]`.
    fn halves(&self, b: &mut Builder, both: NodeId) -> [NodeId; 2] {
        let Heads { query, query_width, .. } = &self.heads;
        let [batch, tokens] = [0, 1].map(|axis| b.axis(both, axis));
        let each = query_width.over(query);
        let of_heads = Shape::new([batch.clone(), &tokens * query, 2 * &each]);
        let by_head = b.push("by_head", Reshape { shape: of_heads }, &[both]);
        let joined = Shape::new([batch, tokens, query_width.clone()]);
        [("q_half", Dim::zero()), ("gate_half", each.clone())].map(|(name, offset)| {
            let half = b.push(name, Split { offset, width: each.clone() }, &[by_head]);
            b.push(&*format!("{name}_joined"), Reshape { shape: joined.clone() }, &[half])
        })
    }

    /// Tokens of `x` ask keys and values made of two other sequences of the same length. Fused
    /// storage here is `torch.nn.MultiheadAttention`'s: one stored matrix, used in three parts.
    pub fn over(&self, b: &mut Builder, x: NodeId, keys: NodeId, values: NodeId) -> NodeId {
        let qkv = match self.storage {
            QkvStorage::Separate => self.project(b, x, keys, values),
            QkvStorage::Fused => self.project_in_parts(b, [x, keys, values]),
            QkvStorage::FusedKv => self.project_kv_in_parts(b, [x, keys, values]),
        };
        self.attend(b, qkv, &Beside::default(), None)
    }

    fn project(&self, b: &mut Builder, x: NodeId, keys: NodeId, values: NodeId) -> [NodeId; 3] {
        let (q, kv) = (self.heads.query_width.clone(), self.heads.kv_width.clone());
        let [query, key, value] = self.names.projections;
        let asked = if self.gate { 2 * &q } else { q };
        let q = linear(b, ("q_proj", query), x, &self.width, &asked, self.qkv_bias);
        let k = linear(b, ("k_proj", key), keys, &self.context_width, &kv, self.qkv_bias);
        if self.keys_as_values {
            return [q, k, k];
        }
        let v = linear(b, ("v_proj", value), values, &self.context_width, &kv, self.qkv_bias);
        [q, k, v]
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

    /// Keys and values of other tokens, by two matrices or by one: `[B, M, D_x]` to twice
    /// `[B, M, g·d]`.
    pub fn keys_and_values(&self, b: &mut Builder, asked: NodeId, is_one: bool) -> [NodeId; 2] {
        let (width, kv) = (&self.context_width, &self.heads.kv_width);
        let [_, key, value] = self.names.projections;
        let [k, v] = if is_one {
            let both = linear(b, ("kv_proj", "kv_proj"), asked, width, &(2 * kv), self.qkv_bias);
            [("k", Dim::zero()), ("v", kv.clone())]
                .map(|(name, offset)| b.push(name, Split { offset, width: kv.clone() }, &[both]))
        } else {
            let k = linear(b, ("k_proj", key), asked, width, kv, self.qkv_bias);
            [k, linear(b, ("v_proj", value), asked, width, kv, self.qkv_bias)]
        };
        [self.prepare(b, "k", k, kv, &Dim::zero()), v]
    }

    /// Tokens of `x` ask keys and values of others.
    pub fn ask(&self, b: &mut Builder, x: NodeId, [k, v]: [NodeId; 2]) -> NodeId {
        let all = &self.heads.query_width;
        let q = ("q_proj", self.names.projections[0]);
        let q = linear(b, q, x, &self.width, all, self.qkv_bias);
        let q = self.prepare(b, "q", q, all, &Dim::zero());
        self.mix(b, [q, k, v], Reach::All, None)
    }

    fn attend(
        &self,
        b: &mut Builder,
        [q, k, v]: [NodeId; 3],
        beside: &Beside,
        gate: Option<NodeId>,
    ) -> NodeId {
        let past = beside.past.as_ref();
        let before = past.cloned().unwrap_or_default();
        let q = self.prepare(b, "q", q, &self.heads.query_width, &before);
        let k = self.prepare(b, "k", k, &self.heads.kv_width, &before);
        let v = if self.value_norm {
            let (kind, width) = (NormKind::RmsNormNoWeight, self.heads.size.clone());
            b.push("v_norm", Norm { kind, width }, &[v])
        } else {
            v
        };
        let (k, v) = match past {
            None => (k, v),
            Some(past) => {
                let new = b.axis(k, 1);
                let cache = KvCache::new(b.symbols(), past, &new, self.window.as_ref());
                (b.push("k_cache", cache.clone(), &[k]), b.push("v_cache", cache, &[v]))
            }
        };
        let reach = match (past, &self.windows) {
            (Some(_), _) => {
                let window = self.window.clone().map(|tokens| {
                    let keys = b.axis(k, 1);
                    let keys = b.symbols().min(&keys, &tokens);
                    SlidingWindow { tokens, keys }
                });
                Reach::Causal { window }
            }
            (None, Some(windows)) => Reach::Windows(Box::new(windows.clone())),
            (None, None) => match &self.valid {
                Some(valid) => Reach::Valid(Box::new(valid.clone())),
                None if self.causal => Reach::Causal { window: None },
                None => Reach::All,
            },
        };
        if let Some(Relative { table, buckets }) = &beside.relative {
            let core = RelativeAttention {
                heads: self.heads.query.clone(),
                width: self.heads.query_width.clone(),
                buckets: buckets.clone(),
                causal: past.is_some() || self.causal,
            };
            let mixed = b.push_on("attention", core, &[q, k, v], &[(*table).into()]);
            return self.out(b, mixed, gate);
        }
        self.mix(b, [q, k, v], reach, gate)
    }

    /// The core and what follows it.
    fn mix(&self, b: &mut Builder, qkv: [NodeId; 3], reach: Reach, gate: Option<NodeId>) -> NodeId {
        let core = ops::Attention {
            heads: self.heads.query.clone(),
            kv_heads: self.heads.kv.clone(),
            head_dim: self.heads.size.clone(),
            width: self.heads.query_width.clone(),
            kv_width: self.heads.kv_width.clone(),
            reach,
        };
        let inputs: SmallVec<[NodeId; 4]> = qkv.into_iter().chain(self.mask).collect();
        let mixed = b.push("attention", core, &inputs);
        self.out(b, mixed, gate)
    }

    /// What was mixed, gated if there is a gate, and projected.
    fn out(&self, b: &mut Builder, mixed: NodeId, gate: Option<NodeId>) -> NodeId {
        let mixed = match gate {
            Some(gate) => {
                let kind = ActivationKind::Sigmoid;
                let gate = b.push("gate", Activation { kind }, &[gate]);
                b.push("gated", Multiply, &[mixed, gate])
            }
            None => mixed,
        };
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
