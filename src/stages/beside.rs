//! What a block reads beside the tokens that go through it.

use crate::dim::Dim;
use crate::graph::{Builder, NodeId, ParamId};

/// What stands beside the tokens of a pass.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Tokens that came before, of which a causal stack keeps what it needs; none in a stack in which
    /// every token sees all.
    pub past: Option<Dim>,
    /// Other tokens that cross-attention asks.
    pub asked: Option<Asked>,
    /// Learned biases of attention by distance, one table for all layers of the stack.
    pub relative: Option<Relative>,
}

/// Learned biases by distance.
#[derive(Clone, Debug)]
pub struct Relative {
    /// The table, `[buckets, heads]`.
    pub table: ParamId,
    /// Its rows.
    pub buckets: Dim,
}

/// Tokens that cross-attention asks, `[B, M, D_x]`.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The tokens; none in a decode step that does not read them again.
    pub node: Option<NodeId>,
    /// B.
    pub batch: Dim,
    /// M, how many of a sample.
    pub tokens: Dim,
}

impl Asked {
    /// All tokens of a value `[B, M, D_x]`.
    pub fn of(b: &Builder, node: NodeId) -> Asked {
        Asked { node: Some(node), batch: b.axis(node, 0), tokens: b.axis(node, 1) }
    }

    /// Whether there are known to be none.
    pub fn is_none(&self, b: &mut Builder) -> bool {
        b.is(&self.tokens, 0)
    }
}

impl Beside {
    /// Whether tokens came before: a decode step.
    pub fn continues(&self) -> bool {
        self.past.as_ref().is_some_and(|past| !past.is_zero())
    }
}
