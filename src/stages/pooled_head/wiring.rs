//! Heads of a tower, wired.

use super::{Pool, PooledHead, Projection};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{
    Activation, ActivationKind, AvgPool, Blocks, Grid, Layout, Learned, Linear, PoolTarget, Shape,
    Slice,
};
use crate::stages::attention::{Attention, AttentionLayer};
use crate::stages::block::norm;
use crate::stages::encoder::End;
use crate::stages::mlp::{Mlp, linear};
use crate::stages::names;
use crate::stages::options::{Biases, QkNorm, QkvStorage};
use crate::stages::stack::{SizeNames, Stack};
use crate::stages::tower::Place;
use crate::units::Size;

/// The tokens of a tower, and what they are.
pub struct Tokens<'a> {
    /// The tokens, `[B·images, N_v, D_v]`.
    pub node: NodeId,
    /// The grid of those that are patches.
    pub grid: &'a Grid,
    /// How many of them are patches.
    pub patches: &'a Dim,
    /// Where the others stand.
    pub others: End,
    /// Their width.
    pub width: &'a Dim,
    /// B·images.
    pub batch: &'a Dim,
}

/// Wires a head, `[B·images, N, D_v] → [B·images, 1, D]`. Its result goes nowhere: a bridge reads
/// the tokens themselves, and the head runs all the same (Phi-4 multimodal), or is only stored.
pub fn build(
    b: &mut Builder,
    head: &PooledHead,
    tokens: &Tokens,
    (stack, mlp): (&Stack, Option<&Mlp>),
    place: Place,
) {
    let name = ("head", "head");
    let wiring = Wiring { head, tokens, stack, mlp, place };
    if head.runs {
        b.scope(name, Role::PooledHead, |b| wiring.wire(b, tokens.node));
    } else {
        b.idle(name, Role::PooledHead, tokens.node, |b, x| {
            wiring.wire(b, x);
            x
        });
    }
}

struct Wiring<'a> {
    head: &'a PooledHead,
    tokens: &'a Tokens<'a>,
    stack: &'a Stack,
    mlp: Option<&'a Mlp>,
    place: Place,
}

impl Wiring<'_> {
    fn wire(&self, b: &mut Builder, x: NodeId) {
        let width = self.tokens.width;
        let (pooled, width) = match self.head.pool {
            Pool::Attention(storage) => (self.attention(b, x, storage), width.clone()),
            Pool::Average => (self.average(b, x), width.clone()),
            Pool::Queries { count, width, heads } => self.queries(b, x, [count, width, heads]),
            Pool::ClassToken => {
                let from_end = self.tokens.others == End::End;
                let slice = Slice { length: Dim::one(), from_end };
                (b.push("class_token", slice, &[x]), width.clone())
            }
        };
        if let Some(projection) = &self.head.projection {
            self.project(b, pooled, &width, projection);
        }
    }

    /// SigLIP's: attention with all biases, as many heads as the blocks have, and after a norm the
    /// blocks' MLP added.
    fn attention(&self, b: &mut Builder, x: NodeId, qkv: QkvStorage) -> NodeId {
        let (stack, width) = (self.stack, self.tokens.width);
        let layer = AttentionLayer {
            heads: stack.attention.heads,
            kv_heads: None,
            head_dim: None,
            qkv,
            qk_norm: QkNorm::None,
            inner_norm: false,
        };
        let all = Biases::all(true);
        let attention: Attention =
            layer.declare(b, width, &self.place.sizes(), &names::POOLING, stack.norm, all);
        let stored = Shape::new([Dim::one(), Dim::one(), width.clone()]);
        let probe = self.learned(b, "probe", stored, Dim::one(), width);
        let pooled = attention.over(b, probe, x, x);
        b.residual(pooled, |b, pooled| {
            let normed = norm(b, ("norm", "layernorm"), pooled, stack.norm, width);
            match self.mlp {
                Some(mlp) => b.module("mlp", |b| mlp.build(b, normed)),
                None => normed,
            }
        })
    }

    fn average(&self, b: &mut Builder, x: NodeId) -> NodeId {
        let Tokens { patches, width, .. } = self.tokens;
        let x = if b.axis(x, 1) == **patches {
            x
        } else {
            let slice =
                Slice { length: (*patches).clone(), from_end: self.tokens.others == End::Start };
            b.push("patches", slice, &[x])
        };
        let one = Dim::one();
        let blocks = Blocks::square(self.tokens.grid.clone(), &one);
        let pool = AvgPool { blocks, target: PoolTarget::Square(one), product: None };
        let mean = b.push("mean", pool, &[x]);
        norm(b, ("norm", "norm"), mean, self.stack.norm, width)
    }

    /// CoCa's: queries of their own width, norms of queries and of tokens, one attention, a norm.
    fn queries(
        &self,
        b: &mut Builder,
        x: NodeId,
        [count, width, heads]: [Size; 3],
    ) -> (NodeId, Dim) {
        let kind = self.stack.norm;
        let mut size = |name: &str, meaning: &str, field: &'static str, size| -> Dim {
            b.size(&self.place.symbol(name), meaning, self.place.field(field), Some(size)).into()
        };
        let count = size("Q_h", "queries of the head", FIELDS[0], count);
        let width = size("D_h", "width of the head", FIELDS[1], width);
        let sizes = SizeNames {
            suffix: self.place.symbol("_h").into_owned().into(),
            of: "head".into(),
            width: self.place.field(FIELDS[1]),
            heads: self.place.field(FIELDS[2]),
            head_dim: None,
            ..self.place.sizes()
        };
        let layer = AttentionLayer {
            heads: Some(heads),
            kv_heads: None,
            head_dim: None,
            qkv: QkvStorage::Fused,
            qk_norm: QkNorm::None,
            inner_norm: false,
        };
        let all = Biases::all(true);
        let attention = layer.declare(b, &width, &sizes, &names::POOLING, kind, all);
        let attention = Attention { context_width: self.tokens.width.clone(), ..attention };
        let stored = Shape::new([count.clone(), width.clone()]);
        let query = self.learned(b, "query", stored, count, &width);
        let query = norm(b, ("query_norm", "ln_q"), query, kind, &width);
        let keys = norm(b, ("key_norm", "ln_k"), x, kind, self.tokens.width);
        let pooled = attention.over(b, query, keys, keys);
        (norm(b, ("norm", "ln_post"), pooled, kind, &width), width)
    }

    fn learned(
        &self,
        b: &mut Builder,
        name: &str,
        weight: Shape,
        rows: Dim,
        width: &Dim,
    ) -> NodeId {
        let (batch, width) = (self.tokens.batch.clone(), width.clone());
        b.push(name, Learned { weight, batch, rows, width }, &[])
    }

    /// The first of the vectors through a projection.
    fn project(&self, b: &mut Builder, x: NodeId, input: &Dim, projection: &Projection) {
        let Projection { width, hidden, bias, stored } = *projection;
        let count = b.axis(x, 1);
        let x = if count.is_one() {
            x
        } else {
            b.push("others", Slice { length: count - Dim::one(), from_end: true }, &[x]);
            b.push("first", Slice { length: Dim::one(), from_end: false }, &[x])
        };
        let fields = match self.head.pool {
            Pool::Attention(_) => PROJECTIONS[0],
            Pool::Average => PROJECTIONS[1],
            Pool::Queries { .. } => PROJECTIONS[2],
            Pool::ClassToken => PROJECTIONS[3],
        };
        let [of_width, of_hidden] = fields.map(|field| self.place.field(field));
        let (e, f) = (self.place.symbol("E_h"), self.place.symbol("F_h"));
        let output = b.size(&e, "width of the head's projection", of_width, Some(width)).into();
        let (x, input) = match hidden {
            None => (x, input.clone()),
            Some(_) => {
                let meaning = "width inside the head's projection";
                let hidden: Dim = b.size(&f, meaning, of_hidden, hidden).into();
                let x = linear(b, ("fc1", "mlp.fc1"), x, input, &hidden, true);
                (b.push("activation", Activation { kind: ActivationKind::Gelu }, &[x]), hidden)
            }
        };
        let module = if hidden.is_some() { "mlp.fc2" } else { "proj" };
        let layout: Layout = stored.into();
        b.push(("projection", module), Linear { input, output, bias, layout }, &[x]);
    }
}

/// The fields of a query pool.
const FIELDS: [&str; 3] = [
    "encoder.head.query-pool.queries",
    "encoder.head.query-pool.width",
    "encoder.head.query-pool.heads",
];

/// The fields of a projection: width and hidden width, by how the head pools.
const PROJECTIONS: [[&str; 2]; 4] = [
    [
        "encoder.head.attention-pool.projection.width",
        "encoder.head.attention-pool.projection.hidden",
    ],
    ["encoder.head.average-pool.projection.width", "encoder.head.average-pool.projection.hidden"],
    ["encoder.head.query-pool.projection.width", "encoder.head.query-pool.projection.hidden"],
    ["encoder.head.class-token.projection.width", "encoder.head.class-token.projection.hidden"],
];
