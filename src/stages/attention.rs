//! Multi-head attention: projections, optional norms and rotary positions, core, output.

use smallvec::SmallVec;

use super::beside::{Beside, Relative};
use super::block::Mixes;
use super::gates::Gate;
use super::heads::Heads;
use super::mlp::linear;
use super::names::AttentionNames;
use super::options::{Biases, QkNorm, QkvStorage};
use super::stack::SizeNames;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{
    self, KvCache, Norm, NormKind, Places, Reach, RelativeAttention, Rope, SlidingWindow, Valid,
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
    /// Whether a norm stands before the output projection (EVA-02).
    pub inner_norm: bool,
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
            key_bias: bias.key,
            out_bias: bias.out,
            storage: self.qkv,
            qk_norm: self.qk_norm,
            inner_norm: self.inner_norm,
            norm,
            rotary: false,
            grid: None,
            windows: None,
            causal: false,
            relative: None,
            valid: None,
            mask: None,
            window: None,
            gate: Gate::None,
            turned: None,
            chunk: None,
            keys_as_values: false,
            value_norm: false,
            borrows: false,
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

/// How far keys stand from a query in the rows and columns of a grid, decomposed (SAM).
#[derive(Clone, Debug)]
pub struct RelativePositions {
    /// Rows and columns of the tokens that see each other.
    pub sides: (Dim, Dim),
    /// Rows of the two tables.
    pub tables: (Dim, Dim),
}

impl RelativePositions {
    /// Between tokens of a grid, by tables that were made for another one.
    pub fn of_grid(sides: (Dim, Dim), made_for: (Dim, Dim)) -> RelativePositions {
        let rows = |side: Dim| 2 * side - Dim::one();
        RelativePositions { sides, tables: (rows(made_for.0), rows(made_for.1)) }
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
    /// Whether that of keys has one; where the others have none, neither does it.
    pub key_bias: bool,
    /// Whether the output projection has a bias.
    pub out_bias: bool,
    /// How the projections are stored.
    pub storage: QkvStorage,
    /// Norms of queries and keys.
    pub qk_norm: QkNorm,
    /// Whether a norm stands before the output projection.
    pub inner_norm: bool,
    /// Kind of these norms.
    pub norm: NormKind,
    /// Whether positions are rotary.
    pub rotary: bool,
    /// Where the tokens stand, for rotary positions that are no places in a sequence.
    pub grid: Option<Places>,
    /// The windows that tokens see each other in; without them every token sees all.
    pub windows: Option<Windows>,
    /// Whether a token sees itself and those before it only, where there is no past.
    pub causal: bool,
    /// What queries are compared with beside keys: how far these stand from them in rows and columns.
    pub relative: Option<RelativePositions>,
    /// Which tokens are no padding, where some are.
    pub valid: Option<Valid>,
    /// A mask that the reference makes of it as a tensor.
    pub mask: Option<NodeId>,
    /// Tokens of the sliding window that a causal layer sees; all if it has none.
    pub window: Option<Dim>,
    /// Whether the query projection makes a gate too, which multiplies what is mixed.
    pub gate: Gate,
    /// Values of a head that rotary positions turn, the first ones; all if nothing is said.
    pub turned: Option<Dim>,
    /// Tokens of a chunk, within which a causal layer sees; it sees all before if it has none.
    pub chunk: Option<Dim>,
    /// Whether keys serve as values too.
    pub keys_as_values: bool,
    /// Whether the values of a head are normalised, without a weight.
    pub value_norm: bool,
    /// Whether keys and values are those of an earlier layer.
    pub borrows: bool,
    /// What its layers are called in a state dict.
    pub names: &'static AttentionNames,
}

impl Mixes for Attention {
    fn part(&self) -> (&'static str, Role) {
        ("attention", Role::Attention)
    }

    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        match beside.lent {
            Some(lent) if self.borrows => self.over_lent(b, x, lent, beside),
            _ => self.over_itself(b, x, beside),
        }
    }
}

impl Attention {
    /// Every token of `x` asks every token of `x`, or with a past those at or before its own place.
    pub fn over_itself(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let [q, k, v] = match self.storage {
            QkvStorage::Separate => self.project(b, x, x, x),
            // Biases of queries and values only are stored apart (EVA).
            QkvStorage::Fused if self.qkv_bias && !self.key_bias => {
                self.project_in_parts(b, [x, x, x])
            }
            QkvStorage::Fused => self.project_fused(b, x),
            QkvStorage::Kv => self.project_in_parts(b, [x, x, x]),
        };
        let (q, gate) = self.gate_of(b, x, q);
        self.attend(b, [q, k, v], beside, gate)
    }

    /// Every token of `x` asks the keys and values that an earlier layer made of the same tokens.
    fn over_lent(
        &self,
        b: &mut Builder,
        x: NodeId,
        [k, v]: [NodeId; 2],
        beside: &Beside,
    ) -> NodeId {
        let q = self.queries(b, x);
        let (q, gate) = self.gate_of(b, x, q);
        let before = beside.past.clone().unwrap_or_default();
        let q = self.prepare(b, "q", q, &self.heads.query_width, &before);
        let reach = self.reach(b, k, beside.past.as_ref());
        self.mix(b, [q, k, v], reach, gate)
    }

    /// Tokens of `x` ask keys and values made of two other sequences of the same length. Fused
    /// storage here is `torch.nn.MultiheadAttention`'s: one stored matrix, used in three parts, or
    /// three and one bias where keys are of another width than queries.
    pub fn over(&self, b: &mut Builder, x: NodeId, keys: NodeId, values: NodeId) -> NodeId {
        let qkv = match self.storage {
            QkvStorage::Separate => self.project(b, x, keys, values),
            QkvStorage::Fused | QkvStorage::Kv => self.project_in_parts(b, [x, keys, values]),
        };
        self.attend(b, qkv, &Beside::default(), None)
    }

    /// Tokens of `x` ask keys and values of others.
    pub fn ask(&self, b: &mut Builder, x: NodeId, [k, v]: [NodeId; 2]) -> NodeId {
        let q = self.queries(b, x);
        let q = self.prepare(b, "q", q, &self.heads.query_width, &Dim::zero());
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
            b.push("v_norm", Norm::new(kind, width), &[v])
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
        beside.made.set(Some([k, v]));
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
        let reach = self.reach(b, k, past);
        self.mix(b, [q, k, v], reach, gate)
    }

    /// Which of these keys a query meets.
    fn reach(&self, b: &mut Builder, k: NodeId, past: Option<&Dim>) -> Reach {
        match (past, &self.windows) {
            (Some(_), _) => {
                let window = self.window.clone().map(|tokens| {
                    let keys = b.axis(k, 1);
                    let keys = b.symbols().min(&keys, &tokens);
                    let chunked_after = self.chunk.as_ref().and(past.cloned());
                    Box::new(SlidingWindow { tokens, keys, chunked_after })
                });
                Reach::Causal { window }
            }
            (None, Some(windows)) => Reach::Windows(Box::new(windows.clone())),
            (None, None) => match &self.valid {
                Some(valid) => Reach::Valid(Box::new(valid.clone())),
                None if self.causal => Reach::Causal { window: None },
                None => Reach::All,
            },
        }
    }

    /// The core and what follows it.
    fn mix(&self, b: &mut Builder, qkv: [NodeId; 3], reach: Reach, gate: Option<NodeId>) -> NodeId {
        if let Some(RelativePositions { sides, tables }) = &self.relative {
            let (heads, head_dim) = (self.heads.query.clone(), self.heads.size.clone());
            let (sides, tables) = (sides.clone(), tables.clone());
            let core = ops::GridAttention { heads, head_dim, sides, tables };
            let mixed = b.push(("attention", "attn"), core, &qkv);
            return self.out(b, mixed, gate);
        }
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
        let mixed = if self.inner_norm {
            let width = self.heads.query_width.clone();
            let norm = Norm::new(self.norm, width);
            b.push(("inner_norm", self.names.inner_norm), norm, &[mixed])
        } else {
            mixed
        };
        let mixed = self.gated(b, mixed, gate);
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
    pub(super) fn prepare(
        &self,
        b: &mut Builder,
        which: &str,
        x: NodeId,
        all: &Dim,
        past: &Dim,
    ) -> NodeId {
        let head = &self.heads.size;
        let norm = match self.qk_norm {
            QkNorm::None => None,
            QkNorm::Head => Some(Norm::new(self.norm, head.clone())),
            QkNorm::Full => Some(Norm::new(self.norm, all.clone())),
            QkNorm::L2 => Some(Norm::new(NormKind::RmsNormNoWeight, head.clone())),
            QkNorm::Heads => {
                let groups = Some(all.over(head));
                Some(Norm { groups, ..Norm::new(NormKind::LayerNorm, head.clone()) })
            }
        };
        let x = match norm {
            Some(norm) => {
                let (name, module) = (format!("{which}_norm"), format!("self_attn.{which}_norm"));
                b.push((&*name, &*module), norm, &[x])
            }
            None => x,
        };
        if !self.rotary {
            return x;
        }
        let along = || Places::Sequence { past: past.clone() };
        let places = self.grid.clone().unwrap_or_else(along);
        let rope = Rope { head_dim: self.heads.size.clone(), turned: self.turned.clone(), places };
        b.push(&*format!("{which}_rotary"), rope, &[x])
    }
}
