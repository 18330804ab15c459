//! What a run needs, and what the machine has.

use super::options::Options;
use crate::dim::{Dim, EvalError};
use crate::graph::{Graph, NodeId, Views, alive};
use crate::kernels::Precision;
use crate::ops::Storage;

/// Bytes of an f32.
const F32: u64 = 4;
/// Buffers of a thread: a block of weights and a block of scores, 512 KiB each, and its stack.
const PER_THREAD: u64 = 4 << 20;
/// The program itself and the tables of a plan.
const BASE: u64 = 24 << 20;
/// Freed tensors that the allocator keeps: glibc gives blocks above 32 MiB back at once, smaller
/// ones when it sees fit; an MLP frees two at a time.
const KEPT_BY_ALLOCATOR: u64 = 64 << 20;

/// Bytes that a run of this graph needs at most: the largest sum of values alive at once, every
/// operation's output a tensor of its own; buffers of the threads and of the allocator; and the KV
/// cache if it is kept.
///
/// # Errors
/// If a size is unknown or does not fit.
pub fn predicted_bytes(graph: &Graph, options: &Options) -> Result<u64, EvalError> {
    let value = |dim: &Dim| -> Result<u64, EvalError> {
        let number = graph.symbols.eval(dim)?.ok_or(EvalError::NotInteger)?;
        u64::try_from(number).map_err(|_| EvalError::Overflow)
    };
    let scope = options.stage.scope(graph);
    let mut elements = Vec::new();
    let (mut cached, mut largest) = (0u64, 0u64);
    for (_, node) in graph.nodes() {
        elements.push(value(&node.shape.elements())?);
        let inputs = graph.input_shapes(node);
        if !graph.is_within(node.scope, scope) {
            continue;
        }
        for param in graph.reads(node) {
            value(&param.shape.elements())?;
        }
        if let Storage::Cached(kept) = node.op.storage(&inputs, &node.shape) {
            let layers = value(&graph.scope(node.scope).total)?;
            let each = value(&kept)?;
            let all = each.checked_mul(layers).ok_or(EvalError::Overflow)?;
            cached = cached.checked_add(all).ok_or(EvalError::Overflow)?;
            largest = largest.max(each);
        }
    }
    let mut most = 0u64;
    // A moment ends with the value that is made in it.
    let runs = |moment: &Vec<NodeId>| {
        moment.last().is_some_and(|id| graph.is_within(graph.node(*id).scope, scope))
    };
    for moment in alive(graph, Views::Copied).into_iter().filter(runs) {
        let sum = moment.iter().try_fold(0u64, |sum, id| sum.checked_add(elements[id.index()]));
        most = most.max(sum.ok_or(EvalError::Overflow)?);
    }
    // A layer's cache is copied when a token joins it.
    let kept = if options.decode > 0 { cached.saturating_add(2 * largest) } else { 0 };
    // The rounded copy of a layer's input.
    let rounded = match options.precision {
        Precision::F32 => 0,
        Precision::Bf16 => elements.iter().copied().max().unwrap_or(0),
    };
    let tensors = most.checked_add(kept).and_then(|sum| sum.checked_add(rounded));
    let tensors = tensors.and_then(|sum| sum.checked_mul(F32));
    let buffers = PER_THREAD * options.threads as u64 + BASE + KEPT_BY_ALLOCATOR;
    tensors.and_then(|bytes| bytes.checked_add(buffers)).ok_or(EvalError::Overflow)
}

/// Memory that the machine can give, where it says so (Linux).
pub fn available_bytes() -> Option<u64> {
    kilobytes("/proc/meminfo", "MemAvailable:")
}

/// The most memory that this process has had resident, where the system says so (Linux).
pub fn resident_peak_bytes() -> Option<u64> {
    kilobytes("/proc/self/status", "VmHWM:")
}

/// A line `Name:   123 kB` of a file under `/proc`.
fn kilobytes(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.split_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}
