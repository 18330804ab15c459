//! What a run measured.

use std::time::Duration;

/// More differences than these help nobody.
pub const MOST_DIFFERENCES: usize = 20;

/// An operation whose real run differs from its prediction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The operation, rounds included.
    pub path: String,
    /// What differs, predicted and real.
    pub text: String,
}

/// One operation's time and products over a whole pass.
#[derive(Clone, Debug, Default)]
pub struct Timing {
    /// Time of all its runs.
    pub time: Duration,
    /// FLOPs of the matrix products that it called.
    pub matmul_flops: u64,
    /// The shape that it really made.
    pub shape: Vec<usize>,
    /// How many times it ran.
    pub runs: u64,
}

/// One pass.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Per operation, in the graph's order; nothing of an operation that did not run.
    pub operations: Vec<Timing>,
    /// Wall time.
    pub time: Duration,
    /// FLOPs of all products that were called.
    pub matmul_flops: u64,
}

/// A whole run.
#[derive(Clone, Debug, Default)]
pub struct RunReport {
    /// The pass over the prompt (the median one of several).
    pub prefill: Measured,
    /// The decode steps.
    pub decode: Vec<Measured>,
    /// Where run and prediction differ.
    pub differences: Vec<Difference>,
    /// FNV-1a over the bits of the result: the last logits, or what the stage made.
    pub checksum: u64,
    /// Whether every value of the result is a finite number.
    pub finite: bool,
    /// Bytes that the run was predicted to need at most.
    pub predicted_bytes: u64,
    /// Bytes resident at most, where the system says so.
    pub peak_bytes: Option<u64>,
    /// Threads.
    pub threads: usize,
    /// Seed of weights and inputs.
    pub seed: u64,
}
