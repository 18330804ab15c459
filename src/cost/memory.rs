//! Memory: weights, KV cache, peak of the activations.

use super::{Measure, Pass};
use crate::dim::{Dim, EvalError};
use crate::graph::{Graph, NodeId, Views, alive};
use crate::spec::Dtype;

/// Bytes of a pass.
#[derive(Clone, Debug)]
pub struct Memory {
    /// All parameters at the dtype.
    pub weights: Bytes,
    /// Keys and values that stay after the prefill, at the dtype.
    pub kv_cache: Bytes,
    /// The largest sum of values alive at one operation of the prefill, at the dtype or 16 bits,
    /// whichever is more. Attention scores are never whole; weights and KV cache are counted apart.
    pub peak_activations: Bytes,
}

/// A number of bytes.
#[derive(Clone, Debug)]
pub struct Bytes {
    /// The number; none where it is still symbolic.
    pub value: Option<i128>,
    /// Bits of an element.
    bits: u32,
    elements: Elements,
}

/// What takes the bytes.
#[derive(Clone, Debug)]
enum Elements {
    /// All that a measure counts.
    Of(Measure),
    /// The values alive at the worst moment; where sizes are unknown, at any moment.
    Alive(Vec<Vec<NodeId>>),
}

impl Memory {
    /// The memory of a prefill.
    ///
    /// # Errors
    /// If a number does not fit 128 bits.
    pub fn new(pass: &Pass, dtype: Dtype) -> Result<Memory, EvalError> {
        let stored =
            |measure| Bytes::new(pass.total.get(measure), dtype.bits(), Elements::Of(measure));
        let (most, moments) = peak(&pass.graph)?;
        Ok(Memory {
            weights: stored(Measure::Params)?,
            kv_cache: stored(Measure::Cache)?,
            peak_activations: Bytes::new(most, dtype.activation_bits(), Elements::Alive(moments))?,
        })
    }
}

impl Bytes {
    /// A last half byte is a whole one.
    fn new(count: Option<i128>, bits: u32, elements: Elements) -> Result<Bytes, EvalError> {
        let value = match count {
            None => None,
            Some(count) => {
                let all = count.checked_mul(bits.into()).ok_or(EvalError::Overflow)?;
                Some(all.div_euclid(8) + i128::from(all % 8 != 0))
            }
        };
        Ok(Bytes { value, bits, elements })
    }

    /// The closed form, in the symbols of the pass that was counted. What is a maximum over
    /// unknown sizes is given as its candidates.
    pub fn formula(&self, pass: &Pass) -> Vec<Dim> {
        let bytes = |elements: Dim| (elements * u64::from(self.bits)).over(&8.into());
        match &self.elements {
            Elements::Of(measure) => vec![bytes(pass.figure(*measure).dim)],
            Elements::Alive(moments) => {
                let shape = |id: &NodeId| pass.graph.node(*id).shape.elements();
                let mut sums: Vec<Dim> = Vec::new();
                for moment in moments {
                    let sum = bytes(moment.iter().map(shape).sum());
                    if !sums.contains(&sum) {
                        sums.push(sum);
                    }
                }
                sums
            }
        }
    }
}

/// The elements alive at the worst moment, and that moment. Where sizes are unknown the worst
/// cannot be told: then every moment that no other one includes.
fn peak(graph: &Graph) -> Result<(Option<i128>, Vec<Vec<NodeId>>), EvalError> {
    let elements = |(_, node): (_, &crate::graph::Node)| graph.symbols.eval(&node.shape.elements());
    let values: Vec<Option<i128>> = graph.nodes().map(elements).collect::<Result<_, _>>()?;
    let moments = alive(graph, Views::Free);
    let mut largest: (i128, &[NodeId]) = (0, &[]);
    for moment in &moments {
        let known: Option<Vec<i128>> = moment.iter().map(|id| values[id.index()]).collect();
        let Some(known) = known else {
            return Ok((None, widest(&moments)));
        };
        let all =
            known.into_iter().try_fold(0i128, i128::checked_add).ok_or(EvalError::Overflow)?;
        if all > largest.0 {
            largest = (all, moment);
        }
    }
    Ok((Some(largest.0), vec![largest.1.to_vec()]))
}

/// The moments that are not part of another.
fn widest(moments: &[Vec<NodeId>]) -> Vec<Vec<NodeId>> {
    let part_of =
        |a: &[NodeId], b: &[NodeId]| a.len() < b.len() && a.iter().all(|id| b.contains(id));
    let is_widest = |moment: &&Vec<NodeId>| !moments.iter().any(|other| part_of(moment, other));
    moments.iter().filter(is_widest).cloned().collect()
}
