//! How a pipeline is run, and who is told how far it is.

use crate::graph::{Component, Graph, Role, ScopeId};
use crate::kernels::Precision;

/// What is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The whole pipeline.
    #[default]
    All,
    /// One component; what it reads from others is random.
    Component(Component),
}

impl Stage {
    /// The scope that is run: the root's, or a component's.
    pub fn scope(self, graph: &Graph) -> ScopeId {
        let Stage::Component(component) = self else { return graph.root() };
        let mut scopes = graph.scopes();
        let found = scopes.find(|(_, scope)| scope.role == Role::Component(component));
        found.map_or(graph.root(), |(id, _)| id)
    }
}

/// How a pipeline is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What is run.
    pub stage: Stage,
    /// Decode steps after the prefill.
    pub decode: u64,
    /// Passes over the prompt; the median one is reported.
    pub repeat: u64,
    /// Seed of weights and inputs.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
    /// Whether all rounds of a repeated block have the same weights.
    pub reuse_weights: bool,
    /// Number format of the operands of linear layers.
    pub precision: Precision,
}

/// Told how far a run is.
pub trait Progress {
    /// An operation is done: the path of its scope, and the FLOPs of all that has run so far.
    fn step(&mut self, scope: &str, matmul_flops: u64);
}
