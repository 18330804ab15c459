//! The attention-pool head of a tower: a learned vector asks the features.

use super::attention::{Attention, AttentionLayer};
use super::block::norm;
use super::mlp::Mlp;
use super::names;
use super::options::{Biases, QkNorm, QkvStorage};
use super::stack::{SizeNames, Stack};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{Learned, Shape};

/// Wires SigLIP's head, `[B·images, N, D_v] → [B·images, 1, D_v]`: attention with all biases, as many
/// heads as the blocks have, and after a norm the blocks' MLP added. Its result goes nowhere: a
/// bridge reads the tokens themselves, and the head runs all the same (Phi-4 multimodal).
pub fn build(
    b: &mut Builder,
    x: NodeId,
    stack: &Stack,
    (width, batch): (&Dim, &Dim),
    mlp: &Mlp,
    sizes: &SizeNames,
) {
    b.scope(("head", "head"), Role::PooledHead, |b| {
        let layer = AttentionLayer {
            heads: stack.attention.heads,
            kv_heads: None,
            head_dim: None,
            qkv: QkvStorage::Fused,
            qk_norm: QkNorm::None,
        };
        let all = Biases::all(true);
        let attention: Attention = layer.declare(b, width, sizes, &names::POOLING, stack.norm, all);
        let weight = Shape::new([Dim::one(), Dim::one(), width.clone()]);
        let (batch, rows, width) = (batch.clone(), Dim::one(), width.clone());
        let probe = Learned { weight, batch, rows, width: width.clone() };
        let probe = b.push("probe", probe, &[]);
        let pooled = attention.over(b, probe, x, x);
        b.residual(pooled, |b, pooled| {
            let normed = norm(b, ("norm", "layernorm"), pooled, stack.norm, &width);
            b.module("mlp", |b| mlp.build(b, normed))
        });
    });
}
