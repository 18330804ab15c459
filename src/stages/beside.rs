//! What a block reads beside the tokens that go through it.

use std::cell::Cell;

use crate::dim::Dim;
use crate::graph::NodeId;

/// What stands beside the tokens of a pass.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Tokens that came before, of which a causal stack keeps what it needs; none in a stack in which
    /// every token sees all.
    pub past: Option<Dim>,
    /// The tokens of a branch as they come into it, before its norm.
    pub unnormed: Option<NodeId>,
    /// Keys and values of an earlier layer, in a layer that has none of its own.
    pub lent: Option<[NodeId; 2]>,
    /// The keys and values that the layer made, from the cache on, for layers that have none.
    pub made: Cell<Option<[NodeId; 2]>>,
}

impl Beside {
    /// After so many tokens.
    pub fn after(past: &Dim) -> Beside {
        Beside { past: Some(past.clone()), ..Beside::default() }
    }

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
