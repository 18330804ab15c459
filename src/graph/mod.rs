//! A pipeline as a graph of operations. Everything the tool prints is read off this value.
//!
//! Nodes are in execution order, each in a scope; scopes form a tree (component, stage, block,
//! part). A repeated block is one scope with a count, so planning does not grow with depth.

mod build;
mod constraint;
mod live;

pub use build::Builder;
pub use constraint::{AtMost, Broken, Constraint, Multiple};
pub use live::{Lifetimes, Views, alive, scope_ends};

use crate::dim::{Dim, Symbols};
use crate::ops::{Op, Shape, Weight};

/// Handle of a node, that is of the value it computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

impl NodeId {
    /// Its place in execution order.
    pub fn index(self) -> usize {
        self.0
    }
}

/// Handle of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(usize);

impl ScopeId {
    /// Its place in [`Graph::scopes`].
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
    pub op: Box<dyn Op>,
    /// The values it reads.
    pub inputs: Vec<NodeId>,
    /// Shape of the value it makes.
    pub shape: Shape,
    /// The scope it stands in.
    pub scope: ScopeId,
}

/// In which rounds of a repeated block a part of it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// In every round.
    Always,
    /// In round `offset`, and every `period`-th after it.
    Every {
        /// Rounds from one to the next.
        period: u64,
        /// The first one, from 0.
        offset: u64,
    },
    /// In all rounds in which the same `Every` does not run.
    Except {
        /// Rounds from one gap to the next.
        period: u64,
        /// The first gap, from 0.
        offset: u64,
    },
}

impl When {
    /// Whether it runs in a round, counted from 0.
    pub fn runs_in(&self, round: u64) -> bool {
        let every =
            |period: u64, offset: u64| round >= offset && (round - offset).is_multiple_of(period);
        match *self {
            When::Always => true,
            When::Every { period, offset } => every(period, offset),
            When::Except { period, offset } => !every(period, offset),
        }
    }
}

/// A named part of the pipeline.
#[derive(Debug)]
pub struct Scope {
    /// Name within its parent, e.g. `blocks`.
    pub name: String,
    /// The scope around it; none for the root.
    pub parent: Option<ScopeId>,
    /// How often it runs each time its parent runs; of a conditional scope the average, a fraction.
    pub times: Dim,
    /// In which rounds of the parent's repetition it runs.
    pub when: When,
    /// The rounds of the parent's repetition, if it runs in some of them only: in `times·of`.
    pub of: Option<Dim>,
    /// The value that a repeated or conditional scope hands from round to round: what it reads
    /// in the first round, and what it makes. A round in which it does not run passes it on.
    pub carry: Option<(NodeId, NodeId)>,
    /// How often it runs in the whole pass: the product of `times` down from the root.
    pub total: Dim,
}

/// A whole pass: prefill, or one decode step.
#[derive(Debug)]
pub struct Graph {
    /// The symbols of all dimensions.
    pub symbols: Symbols,
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
    pub fn input_shapes(&self, node: &Node) -> Vec<&Shape> {
        node.inputs.iter().map(|id| &self.node(*id).shape).collect()
    }

    /// A tensor of a node; of a linear layer's matrix as it multiplies, `[in, out]`, however it is
    /// stored.
    pub fn as_multiplied(&self, node: &Node, weight: &Weight) -> Shape {
        let input = node.inputs.first().map(|id| self.node(*id).shape.last());
        match &weight.shape.0[..] {
            [first, second] if node.op.kind() == "linear" && input.as_ref() != Some(first) => {
                Shape::new([second.clone(), first.clone()])
            }
            _ => weight.shape.clone(),
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
