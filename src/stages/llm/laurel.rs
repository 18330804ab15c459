//! A low-rank path beside the attention of a layer (Laurel).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::ops::{Add, NormKind};
use crate::stages::block::norm;
use crate::stages::mlp::linear;
use crate::units::Size;

/// A low-rank path beside the attention (Gemma 3n): what the attention reads, plus a norm of its product
/// with two narrow matrices. Tokens, attention and path are added, and divided by √2.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Laurel")]
pub struct LaurelSpec {
    /// Width between the two matrices.
    #[schemars(example = 64)]
    pub rank: Size,
}

/// The path in a block.
#[derive(Clone, Debug)]
pub struct Laurel {
    width: Dim,
    rank: Dim,
    norm: NormKind,
}

impl Laurel {
    /// A path of a rank in blocks of a width with such norms.
    pub fn declare(b: &mut Builder, rank: Size, width: &Dim, norm: NormKind) -> Laurel {
        let meaning = "rank of the path beside attention";
        let rank = b.size("r_l", meaning, "llm.laurel.rank", Some(rank)).into();
        Laurel { width: width.clone(), rank, norm }
    }

    /// Wires it: `[B, N, D] → [B, N, D]`.
    pub fn wire(&self, b: &mut Builder, x: NodeId) -> NodeId {
        let Laurel { width, rank, .. } = self;
        let low = linear(b, "linear_left", x, width, rank, false);
        let made = linear(b, "linear_right", low, rank, width, false);
        let made = norm(b, ("norm", "post_laurel_norm"), made, self.norm, width);
        b.push("sum", Add, &[x, made])
    }
}
