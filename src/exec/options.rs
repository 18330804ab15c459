//! How a pipeline is run, and who is told how far it is.

use crate::kernels::Precision;

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
