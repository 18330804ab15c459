//! The pre-norm transformer block that vision encoders and decoders share.

use super::attention::{Attention, Past};
use super::mlp::Mlp;
use super::names::BlockNames;
use crate::dim::Dim;
use crate::graph::{Builder, Name, NodeId, Role};
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
    /// Whether a norm stands before each branch.
    pub norm_before: bool,
    /// What follows each branch.
    pub after: After,
    /// What its parts are called in a state dict.
    pub names: &'static BlockNames,
}

impl Block {
    /// Wires one block: `[B, N, D] → [B, N, D]`.
    pub fn build(&self, b: &mut Builder, x: NodeId, past: Option<&Past>) -> NodeId {
        let x = b.scope(("attention", ""), Role::Attention, |b| {
            b.residual(x, |b, x| {
                let y = self.before(b, 0, x);
                let y = self.attention.over_itself(b, y, past);
                self.after(b, 0, y)
            })
        });
        b.scope(("mlp", ""), Role::Mlp, |b| {
            b.residual(x, |b, x| {
                let y = self.before(b, 1, x);
                let y = b.module("mlp", |b| self.mlp.build(b, y));
                self.after(b, 1, y)
            })
        })
    }

    /// What the first or the second branch reads.
    fn before(&self, b: &mut Builder, branch: usize, x: NodeId) -> NodeId {
        if !self.norm_before {
            return x;
        }
        norm(b, ("norm", self.names.norms[branch]), x, self.norm, &self.width)
    }

    /// What follows the first or the second branch.
    fn after(&self, b: &mut Builder, branch: usize, x: NodeId) -> NodeId {
        match self.after {
            After::Nothing => x,
            After::Norm => {
                let name = ("post_norm", self.names.post_norms[branch]);
                norm(b, name, x, self.norm, &self.width)
            }
            After::LayerScale => {
                let name = ("layer_scale", self.names.scales[branch]);
                b.push(name, Scale { width: self.width.clone() }, &[x])
            }
        }
    }
}

/// A normalisation over the whole width.
pub fn norm<'a>(
    b: &mut Builder,
    name: impl Into<Name<'a>>,
    x: NodeId,
    kind: NormKind,
    width: &Dim,
) -> NodeId {
    b.push(name, Norm { kind, width: width.clone() }, &[x])
}
