//! Memory: weights, KV cache, peak of the activations.

use super::{Measure, Pass};
use crate::dim::{Dim, EvalError};
use crate::graph::{Graph, Node, NodeId, Views, alive};
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

/// The closed form of a number of bytes.
#[derive(Clone, Debug)]
pub struct ByteFormula {
    /// The formula; several where sizes are unknown, of which the largest counts.
    pub candidates: Vec<Dim>,
    /// Whether a last half byte is rounded up to a whole one.
    pub rounded_up: bool,
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
    fn new(count: Option<i128>, bits: u32, elements: Elements) -> Result<Bytes, EvalError> {
        Ok(Bytes { value: stored_bytes(count, bits)?, bits, elements })
    }

    /// The closed form, in the symbols of the pass that was counted.
    pub fn formula(&self, pass: &Pass) -> ByteFormula {
        let bytes = |elements: Dim| (elements * u64::from(self.bits)).over(&8.into());
        let mut candidates: Vec<Dim> = Vec::new();
        match &self.elements {
            Elements::Of(measure) => candidates.push(bytes(pass.figure(*measure).dim)),
            Elements::Alive(moments) => {
                let shape = |id: &NodeId| pass.graph.node(*id).shape.elements();
                for moment in moments {
                    let sum = bytes(moment.iter().map(shape).sum());
                    if !candidates.contains(&sum) {
                        candidates.push(sum);
                    }
                }
            }
        }
        let rounded_up = !candidates.iter().all(Dim::has_whole_coefficients);
        ByteFormula { candidates, rounded_up }
    }
}

/// Bytes of so many elements; a last half byte is a whole one.
pub fn stored_bytes(count: Option<i128>, bits: u32) -> Result<Option<i128>, EvalError> {
    let Some(count) = count else { return Ok(None) };
    let all = count.checked_mul(bits.into()).ok_or(EvalError::Overflow)?;
    Ok(Some(all.div_euclid(8) + i128::from(all % 8 != 0)))
}

/// The elements alive at the worst moment, and that moment. Where sizes are unknown the worst
/// cannot be told: then every moment that no other one includes.
fn peak(graph: &Graph) -> Result<(Option<i128>, Vec<Vec<NodeId>>), EvalError> {
    let elements = |(_, node): (_, &Node)| node.shape.count(&graph.symbols);
    let values: Vec<Option<i128>> = graph.nodes().map(elements).collect::<Result<_, _>>()?;
    let moments = alive(graph, Views::Free);
    let mut largest: (i128, &[NodeId]) = (0, &[]);
    for moment in &moments {
        if moment.iter().any(|id| values[id.index()].is_none()) {
            return Ok((None, widest(&moments)));
        }
        let mut known = moment.iter().filter_map(|id| values[id.index()]);
        let all = known.try_fold(0i128, i128::checked_add).ok_or(EvalError::Overflow)?;
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

#[cfg(test)]
mod tests {
    use super::super::testing::report;
    use super::*;

    /// 4 patches of width 2 through one block with an MLP of width 16; 5 tokens of width 3.
    fn memory(encoder: &str, dtype: &str) -> Memory {
        let text = format!(
            "image: 4\nencoder: {{patch: 2, width: 2, depth: 1, heads: 1, mlp_width: 16, post_norm: \
             false{encoder}}}\nbridge: linear\nllm: {{width: 3, depth: 1, heads: 1, position: none, mlp_width: 4, \
             vocab: 10}}\nprompt: {{text_tokens: 1, dtype: {dtype}}}\n"
        );
        report(&text).memory
    }

    #[test]
    fn the_peak_of_a_small_pipeline() {
        // The activation between the MLP's layers reads 4·16 values and makes as many, while the
        // residual, 4·2 values, waits. The LLM's worst is its attention with 5 values of 5·3.
        let most = 4 * 16 + 4 * 16 + 4 * 2;
        for (dtype, bytes) in [("f32", 4), ("bf16", 2), ("int8", 2), ("int4", 2)] {
            let peak = memory("", dtype).peak_activations.value;
            assert_eq!(peak, Some(most * bytes), "{dtype}");
        }
        // With the logits at 5 positions of a large vocabulary: they, and the last norm's output.
        let text = "image: 4\nencoder: {patch: 2, width: 2, depth: 1, heads: 1, mlp_width: 1}\n\
                    bridge: linear\nllm: {width: 3, depth: 1, heads: 1, position: none, mlp_width: 4, vocab: 99}\n\
                    prompt: {text_tokens: 1}\n";
        let peak = report(text).memory.peak_activations.value;
        assert_eq!(peak, Some((5 * 99 + 5 * 3) * 2));
    }

    #[test]
    fn blocks_that_run_0_times_take_no_memory() {
        let peak = |encoder| memory(encoder, "f32").peak_activations.value.unwrap() / 4;
        let plain = peak("");
        assert_eq!(peak(", feature_layer: 1"), plain);
        assert_eq!(peak(", feature_layer: -1"), plain);
        // The block behind the features runs while they wait for the bridge.
        assert_eq!(peak(", feature_layer: 0"), plain + 4 * 2);
        assert_eq!(peak(", feature_layer: -2"), plain + 4 * 2);
    }

    #[test]
    fn a_formula_of_half_bytes_is_rounded_up_as_the_number_is() {
        let text = |vocab: u32, dtype: &str| {
            format!(
                "image: 4\nencoder: {{patch: 2, width: 2, depth: 1, heads: 1, mlp_width: 1, bias: \
                 false}}\nbridge: linear\nllm: {{width: 3, depth: 1, heads: 1, position: none, mlp_width: 4, vocab: \
                 {vocab}, head_bias: true}}\nprompt: {{text_tokens: 1, dtype: {dtype}}}\n"
            )
        };
        for vocab in [10, 11] {
            let report = report(&text(vocab, "int4"));
            let pass = &report.prefill;
            let symbols = &pass.graph.symbols;
            let params = pass.total.get(Measure::Params).unwrap();
            assert_eq!(params % 2, i128::from(vocab % 2), "both an odd and an even count");
            assert_eq!(report.memory.weights.value, Some((params + 1) / 2));
            let formula = report.memory.weights.formula(pass);
            assert!(formula.rounded_up);
            let twice = symbols.eval(&(2 * &formula.candidates[0])).unwrap();
            assert_eq!(twice, Some(params));
            // Keys and values are an even number in any case.
            assert!(!report.memory.kv_cache.formula(pass).rounded_up);
        }
        let report = report(&text(10, "int8"));
        assert!(!report.memory.weights.formula(&report.prefill).rounded_up);
    }
}
