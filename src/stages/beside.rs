//! What a block reads beside the tokens that go through it.

use crate::dim::Dim;
use crate::graph::{Builder, NodeId};

/// What stands beside the tokens of a pass.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Tokens that came before, of which a causal stack keeps what it needs; none in a stack in which
    /// every token sees all.
    pub past: Option<Dim>,
    /// Other tokens that cross-attention asks.
    pub asked: Option<Asked>,
}

/// Tokens that cross-attention asks, `[B, M, D_x]`.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The tokens.
    pub node: NodeId,
    /// B.
    pub batch: Dim,
    /// M, how many of a sample.
    pub tokens: Dim,
}

impl Asked {
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
