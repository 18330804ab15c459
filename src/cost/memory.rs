//! Memory: weights, KV cache, peak of the activations.

use super::{Figure, Measure, Pass};
use crate::dim::{Dim, EvalError};
use crate::graph::{NodeId, alive};
use crate::spec::Dtype;

/// Bytes of a pass.
#[derive(Clone, Debug)]
pub struct Memory {
    /// All parameters at the dtype.
    pub weights: Figure,
    /// Keys and values that stay after the prefill, at the dtype.
    pub kv_cache: Figure,
    /// The largest sum of values alive at one operation of the prefill, at the dtype or 16 bits,
    /// whichever is more. Attention scores are never whole; weights and KV cache are counted apart.
    pub peak_activations: Figure,
}

impl Memory {
    /// The memory of a prefill.
    ///
    /// # Errors
    /// If a number does not fit 128 bits.
    pub fn new(pass: &mut Pass, dtype: Dtype) -> Result<Memory, EvalError> {
        let peak = peak(pass)?;
        let stored = |measure| bytes(&pass.figure(measure), dtype.bits());
        Ok(Memory {
            weights: stored(Measure::Params)?,
            kv_cache: stored(Measure::Cache)?,
            peak_activations: bytes(&peak, dtype.activation_bits())?,
        })
    }
}

/// Elements to bytes; a last half byte is a whole one.
fn bytes(elements: &Figure, bits: u32) -> Result<Figure, EvalError> {
    let value = match elements.value {
        Some(count) => {
            let bits = count.checked_mul(bits.into()).ok_or(EvalError::Overflow)?;
            Some(bits.div_euclid(8) + i128::from(bits % 8 != 0))
        }
        None => None,
    };
    let dim = (Dim::from(u64::from(bits)) * &elements.dim).over(&Dim::from(8));
    Ok(Figure { value, dim })
}

/// The elements alive at the worst moment. Where sizes are unknown the largest cannot be told: the
/// figure then is a maximum of sums.
fn peak(pass: &mut Pass) -> Result<Figure, EvalError> {
    let graph = &pass.graph;
    let elements: Vec<Dim> = graph.nodes().map(|(_, node)| node.shape.elements()).collect();
    let values: Vec<Option<i128>> =
        elements.iter().map(|dim| graph.symbols.eval(dim)).collect::<Result<_, _>>()?;
    let moments = alive(graph);
    let sum = |moment: &[NodeId]| -> Dim { moment.iter().map(|id| &elements[id.index()]).sum() };
    let mut largest: (i128, &[NodeId]) = (0, &[]);
    for moment in &moments {
        let known: Option<Vec<i128>> = moment.iter().map(|id| values[id.index()]).collect();
        let Some(known) = known else {
            let sums: Vec<Dim> = moments.iter().map(|moment| sum(moment)).collect();
            let symbols = &mut pass.graph.symbols;
            let dim = sums.into_iter().reduce(|a, b| symbols.max(&a, &b)).unwrap_or_default();
            return Ok(Figure { value: None, dim });
        };
        let all =
            known.into_iter().try_fold(0i128, i128::checked_add).ok_or(EvalError::Overflow)?;
        if all > largest.0 {
            largest = (all, moment);
        }
    }
    Ok(Figure { value: Some(largest.0), dim: sum(largest.1) })
}
