//! The pre-norm transformer block that vision encoders and decoders share.

use super::attention::{Attention, Past};
use super::mlp::Mlp;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::ops::{Norm, NormKind, Scale};

/// What happens to a branch before it is added back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Nothing.
    Nothing,
    /// A second norm (4 norms per block: Gemma 2 and 3).
    Norm,
    /// A learned factor per channel (LayerScale: InternViT).
    LayerScale,
}

/// `x + after(attention(norm(x)))`, then the same with the MLP.
#[derive(Clone, Debug)]
pub struct Block {
    /// Width of the tokens.
    pub width: Dim,
    /// Kind of the norms.
    pub norm: NormKind,
    /// The attention layer.
    pub attention: Attention,
    /// The MLP.
    pub mlp: Mlp,
    /// What follows each branch.
    pub after: After,
}

impl Block {
    /// Wires one block: `[B, N, D] → [B, N, D]`.
    pub fn build(&self, b: &mut Builder, x: NodeId, past: Option<&Past>) -> NodeId {
        let x = b.scope("attention", |b| {
            b.residual(x, |b, x| {
                let y = norm(b, "norm", x, self.norm, &self.width);
                let y = self.attention.over_itself(b, y, past);
                self.after(b, y)
            })
        });
        b.scope("mlp", |b| {
            b.residual(x, |b, x| {
                let y = norm(b, "norm", x, self.norm, &self.width);
                let y = self.mlp.build(b, y);
                self.after(b, y)
            })
        })
    }

    fn after(&self, b: &mut Builder, x: NodeId) -> NodeId {
        match self.after {
            After::Nothing => x,
            After::Norm => norm(b, "post_norm", x, self.norm, &self.width),
            After::LayerScale => b.push("layer_scale", Scale { width: self.width.clone() }, &[x]),
        }
    }
}

/// A normalisation over the whole width.
pub fn norm(b: &mut Builder, name: &str, x: NodeId, kind: NormKind, width: &Dim) -> NodeId {
    b.push(name, Norm { kind, width: width.clone() }, &[x])
}
