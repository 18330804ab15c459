//! What a block reads beside the tokens that go through it.

use std::cell::Cell;

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
    /// The ids of the words, which are the last of the tokens.
    pub ids: Option<NodeId>,
    /// The tokens of a branch as they come into it, before its norm.
    pub unnormed: Option<NodeId>,
    /// Keys and values of an earlier layer, in a layer that has none of its own.
    pub lent: Option<[NodeId; 2]>,
    /// The keys and values that the layer made, from the cache on, for layers that have none.
    pub made: Cell<Option<[NodeId; 2]>>,
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
    /// The same in a branch into which these tokens come.
    pub fn in_branch(&self, unnormed: NodeId) -> Beside {
        Beside { unnormed: Some(unnormed), ..self.clone() }
    }

    /// The same for a layer that reads an earlier one's keys and values.
    pub fn lending(&self, lent: Option<[NodeId; 2]>) -> Beside {
        Beside { lent, made: Cell::default(), ..self.clone() }
    }

    /// Whether tokens came before: a decode step.
    pub fn continues(&self) -> bool {
        self.past.as_ref().is_some_and(|past| !past.is_zero())
    }
}
