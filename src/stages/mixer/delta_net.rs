//! Linear attention by the gated delta rule (Qwen3-Next, Qwen3.5).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Around, MixerStage};
use crate::dim::Dim;
use crate::graph::{Builder, Multiple, NodeId, Role};
use crate::ops::{
    Activation, ActivationKind, CausalConv, DeltaRule, Multiply, Norm, NormKind, Split,
};
use crate::stages::beside::Beside;
use crate::stages::block::Mixes;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{activate, linear};
use crate::units::Size;

/// Linear attention: `attention: {delta-net: {heads: 32, key_heads: 16, key_dim: 128, value_dim:
/// 128}}`. Its state does not grow with the sequence.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DeltaNet")]
pub struct DeltaNetSpec {
    /// Value heads: each has a state.
    #[schemars(example = 32)]
    pub heads: Size,
    /// Query and key heads, each shared by a group of value heads; as many as `heads` if not given.
    #[serde(default)]
    #[schemars(example = 16)]
    pub key_heads: Option<Size>,
    /// Values of a query or a key in one head.
    #[schemars(example = 128)]
    pub key_dim: Size,
    /// Values of a value in one head; as `key_dim` if not given.
    #[serde(default)]
    #[schemars(example = 128)]
    pub value_dim: Option<Size>,
    /// Tokens that the convolution before it sees; 4 if not given.
    #[serde(default)]
    #[schemars(example = 4)]
    pub kernel: Option<Size>,
    /// Whether the projections are stored as four matrices (Qwen3.5), if not given, or as two
    /// (Qwen3-Next); it changes no count.
    #[serde(default)]
    #[schemars(extend("default" = Projections::Four))]
    pub projections: Choice<Projections>,
}

/// How the projections of a delta net are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Projections {
    /// Queries, keys and values; the gate; learning rate; decay.
    #[default]
    Four,
    /// Queries, keys, values and the gate; learning rate and decay.
    Two,
}

/// Linear attention, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct DeltaNet {
    heads: Size,
    key_heads: Option<Size>,
    key_dim: Size,
    value_dim: Size,
    kernel: Size,
    projections: Projections,
}

impl DeltaNetSpec {
    /// What is described.
    pub fn design(&self, _: &mut Faults) -> DeltaNet {
        DeltaNet {
            heads: self.heads,
            key_heads: self.key_heads,
            key_dim: self.key_dim,
            value_dim: self.value_dim.unwrap_or(self.key_dim),
            kernel: self.kernel.unwrap_or(Size::of(4)),
            projections: self.projections.unwrap_or_default(),
        }
    }
}

impl From<&DeltaNet> for DeltaNetSpec {
    fn from(net: &DeltaNet) -> DeltaNetSpec {
        let DeltaNet { heads, key_heads, key_dim, value_dim, kernel, projections } = *net;
        DeltaNetSpec {
            heads,
            key_heads,
            key_dim,
            value_dim: Some(value_dim),
            kernel: Some(kernel),
            projections: projections.into(),
        }
    }
}

impl DeltaNet {
    /// The name in a spec.
    pub const NAME: &'static str = "delta-net";
}

impl MixerStage for DeltaNet {
    fn in_brief(&self) -> String {
        format!("linear attention by the gated delta rule, {} heads", self.heads)
    }

    fn declare(&self, b: &mut Builder, around: &Around<'_>) -> Arc<dyn Mixes> {
        let sizes = around.sizes;
        let mut size = |letter: &str, what: &str, key: &str, size: Size| {
            sizes.nested(b, (letter, what), &format!("attention.delta-net.{key}"), Some(size))
        };
        let heads = size("h_l", "heads with a state", "heads", self.heads);
        let key_heads = match self.key_heads {
            Some(count) => size("g_l", "query and key heads", "key_heads", count),
            None => heads.clone(),
        };
        let key_dim = size("d_k", "size of a key in linear attention", "key_dim", self.key_dim);
        let value_dim =
            size("d_u", "size of a value in linear attention", "value_dim", self.value_dim);
        let kernel = size("K_c", "tokens that the convolution sees", "kernel", self.kernel);
        if self.key_heads.is_some() {
            let field = |key: &str| format!("{}.attention.delta-net.{key}", sizes.section).into();
            b.require(Multiple {
                dividend: heads.clone(),
                divisor: key_heads.clone(),
                names: ("number of heads", "number of key heads"),
                fields: [field("key_heads"), field("heads")],
                pixels: None,
                squared: None,
                way_out: None,
            });
        }
        Arc::new(Wired {
            width: around.width.clone(),
            keys: &key_heads * &key_dim,
            values: &heads * &value_dim,
            kernel,
            projections: self.projections,
            rule: DeltaRule { heads, key_heads, key_dim, value_dim, chunks: None },
        })
    }
}

/// Linear attention in a block.
#[derive(Debug)]
struct Wired {
    width: Dim,
    /// Width of all queries, and of all keys.
    keys: Dim,
    /// Width of all values.
    values: Dim,
    kernel: Dim,
    projections: Projections,
    rule: DeltaRule,
}

impl Mixes for Wired {
    fn part(&self) -> (&'static str, Role) {
        ("delta_net", Role::LinearAttention)
    }

    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        b.module("linear_attn", |b| {
            let [qkv, z, rate, decay] = self.project(b, x);
            let conv = CausalConv {
                channels: 2 * &self.keys + &self.values,
                kernel: self.kernel.clone(),
                bias: false,
                continues: beside.continues(),
            };
            let qkv = b.push("conv1d", conv, &[qkv]);
            let qkv = activate(b, qkv, ActivationKind::Silu);
            let (keys, values) = (&self.keys, &self.values);
            let [q, k, v] =
                [("q", Dim::zero(), keys), ("k", keys.clone(), keys), ("v", 2 * keys, values)].map(
                    |(name, offset, width)| {
                        b.push(name, Split { offset, width: width.clone() }, &[qkv])
                    },
                );
            let tokens = b.axis(x, 1);
            let chunks = (!beside.continues()).then(|| DeltaRule::chunks_of(b.symbols(), &tokens));
            let rule = DeltaRule { chunks, ..self.rule.clone() };
            let mixed = b.push(("rule", ""), rule, &[q, k, v, decay, rate]);
            let norm = Norm::new(NormKind::RmsNorm, self.rule.value_dim.clone());
            let normed = b.push(("inner_norm", "norm"), norm, &[mixed]);
            let gate = b.push("gate", Activation { kind: ActivationKind::Silu }, &[z]);
            let gated = b.push("gated", Multiply, &[normed, gate]);
            linear(b, "out_proj", gated, values, &self.width, false)
        })
    }
}

impl Wired {
    /// Queries, keys and values; the gate; learning rate; decay.
    fn project(&self, b: &mut Builder, x: NodeId) -> [NodeId; 4] {
        let Wired { width, keys, values, rule, .. } = self;
        let (mixed, heads) = (2 * keys + values, &rule.heads);
        match self.projections {
            Projections::Four => [
                ("in_proj_qkv", &mixed),
                ("in_proj_z", values),
                ("in_proj_b", heads),
                ("in_proj_a", heads),
            ]
            .map(|(name, output)| linear(b, name, x, width, output, false)),
            Projections::Two => {
                let qkvz = linear(b, "in_proj_qkvz", x, width, &(&mixed + values), false);
                let ba = linear(b, "in_proj_ba", x, width, &(2 * heads), false);
                [
                    ("qkv", qkvz, Dim::zero(), &mixed),
                    ("z", qkvz, mixed.clone(), values),
                    ("b", ba, Dim::zero(), heads),
                    ("a", ba, heads.clone(), heads),
                ]
                .map(|(name, from, offset, width)| {
                    b.push(name, Split { offset, width: width.clone() }, &[from])
                })
            }
        }
    }
}
