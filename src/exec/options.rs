//! How a pipeline is run, and who is told how far it is.

use crate::graph::{Graph, ScopeId};
use crate::kernels::Precision;
use crate::pipeline::COMPONENTS;

/// What is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The whole pipeline.
    #[default]
    All,
    /// One component, by its index in [`crate::pipeline::COMPONENTS`]; what it reads from others
    /// is random.
    Component(usize),
}

impl Stage {
    /// The scope that is run: the root's, or a component's.
    pub fn scope(self, graph: &Graph) -> ScopeId {
        let Stage::Component(index) = self else { return graph.root() };
        let name = COMPONENTS.get(index).copied().unwrap_or_default();
        let found = graph.scopes().find(|(_, scope)| scope.name == name);
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
