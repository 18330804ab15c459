//! A pipeline as a graph of operations. Everything the tool prints is read off this value.
//!
//! Nodes are in execution order, each in a scope; scopes form a tree (component, stage, block,
//! part). A repeated block is one scope with a count, so planning does not grow with depth.

mod build;
mod constraint;
mod live;
mod param;
mod role;
mod when;

pub use build::{Builder, Name, Stored};
pub use constraint::{AtMost, Broken, Chosen, Constraint, Multiple, Same};
#[cfg(feature = "forward")]
pub use live::{Lifetimes, scope_ends};
pub use live::{Views, alive};
pub use param::{Param, ParamId, Read, Rounds};
pub use role::{COMPONENTS, Component, Role};
pub use when::When;

use std::sync::Arc;

use smallvec::SmallVec;

use crate::dim::{Dim, Symbols};
use crate::ops::{Layout, Linear, Op, Shape};

/// Handle of a node, that is of the value it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

impl NodeId {
    /// The place in execution order.
    pub fn index(self) -> usize {
        self.0
    }
}

/// Handle of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(usize);

impl ScopeId {
    /// The place in [`Graph::scopes`].
    pub fn index(self) -> usize {
        self.0
    }
}

/// One operation on earlier values.
#[derive(Debug)]
pub struct Node {
    /// Name within its scope, e.g. `q_proj`.
    pub name: String,
    /// The operation.
    pub op: Op,
    /// The values it reads.
    pub inputs: SmallVec<[NodeId; 3]>,
    /// The stored tensors it reads, in the order of its slots.
    pub reads: SmallVec<[Read; 2]>,
    /// Shape of the value it makes.
    pub shape: Shape,
    /// The scope it stands in.
    pub scope: ScopeId,
}

/// A named part of the pipeline.
#[derive(Debug)]
pub struct Scope {
    /// Name within its parent, e.g. `blocks`.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The scope around it; none for the root.
    pub parent: Option<ScopeId>,
    /// How many times it runs each time its parent runs; of a conditional scope, in how many rounds.
    pub times: Dim,
    /// The condition on the rounds of the repetition around it, if it runs in some of them only.
    pub when: Option<When>,
    /// The rounds of that repetition.
    pub of: Option<Dim>,
    /// Whether it is a repetition.
    pub is_repeated: bool,
    /// The value that a repeated or conditional scope hands from round to round: what it reads
    /// in the first round, and what it makes. A round in which it does not run passes it on.
    pub carry: Option<(NodeId, NodeId)>,
    /// How many times it runs in the whole pass.
    pub total: Dim,
    /// How many copies of a tensor are stored that stands in it: one for each time that it runs, or
    /// would run.
    pub copies: Dim,
}

impl Scope {
    /// The scope around everything.
    fn root() -> Scope {
        Scope {
            name: String::new(),
            role: Role::Pass,
            parent: None,
            times: Dim::one(),
            when: None,
            of: None,
            is_repeated: false,
            carry: None,
            total: Dim::one(),
            copies: Dim::one(),
        }
    }
}

/// A whole pass: prefill, or one decode step.
#[derive(Debug)]
pub struct Graph {
    /// The symbols of all dimensions; the passes of a model share them.
    pub symbols: Arc<Symbols>,
    /// The stored tensors of the model, those of its other passes too.
    pub params: Arc<[Param]>,
    nodes: Vec<Node>,
    scopes: Vec<Scope>,
    output: NodeId,
}

impl Graph {
    /// All nodes in execution order.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, node)| (NodeId(i), node))
    }

    /// All scopes, parents before children, in execution order.
    pub fn scopes(&self) -> impl Iterator<Item = (ScopeId, &Scope)> {
        self.scopes.iter().enumerate().map(|(i, scope)| (ScopeId(i), scope))
    }

    /// The root scope, which holds all others.
    pub fn root(&self) -> ScopeId {
        ScopeId(0)
    }

    /// One node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// One scope.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0]
    }

    /// Whether a scope is another one or stands in it.
    pub fn is_within(&self, scope: ScopeId, outer: ScopeId) -> bool {
        let mut at = Some(scope);
        while let Some(id) = at {
            if id == outer {
                return true;
            }
            at = self.scope(id).parent;
        }
        false
    }

    /// The value that the pass is for: the logits.
    pub fn output(&self) -> NodeId {
        self.output
    }

    /// The shapes of a node's inputs.
    pub fn input_shapes(&self, node: &Node) -> SmallVec<[&Shape; 3]> {
        node.inputs.iter().map(|id| &self.node(*id).shape).collect()
    }

    /// The stored tensors that a node reads, in the order of its slots.
    pub fn reads<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Param> {
        node.reads.iter().map(|read| &self.params[read.param.index()])
    }

    /// The stored tensors that are counted at a node: those that no earlier one of the pass reads.
    pub fn stored<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Param> {
        let first = node.reads.iter().filter(|read| read.is_first);
        first.map(|read| &self.params[read.param.index()])
    }

    /// A tensor of a node; of a linear layer's matrix as it multiplies, `[in, out]`, however it is
    /// stored.
    pub fn as_multiplied(&self, node: &Node, param: &Param) -> Shape {
        match (&node.op, &param.shape.0[..]) {
            (Op::Linear(Linear { layout: Layout::OutIn, .. }), [output, input]) => {
                Shape::new([input.clone(), output.clone()])
            }
            _ => param.shape.clone(),
        }
    }

    /// For each node, whether the output depends on it. A node that it does not depend on runs all
    /// the same, as the reference models run it, and is reported as unused.
    pub fn needed(&self) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        let mut open = vec![self.output];
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut needed[id.0], true) {
                open.extend(&self.node(id).inputs);
            }
        }
        needed
    }
}
