//! Memory: weights, KV cache, peak of the activations.

use super::closed::{ByteFormula, Closed, Part, Parts};
use super::{Measure, Pass, Row};
use crate::dim::{Dim, EvalError, Symbols};
use crate::graph::{COMPONENTS, Component, Graph, Node, NodeId, Views, alive};
use crate::ops::{Op, Storage};
use crate::pipeline::Tokens;
use crate::spec::Formats;

/// Bytes of a pass.
#[derive(Clone, Debug)]
pub struct Memory {
    /// All parameters in their formats.
    pub weights: Bytes,
    /// The parameters of each component, in the order of the components.
    pub weights_of: [Option<i128>; COMPONENTS.len()],
    /// Keys and values that stay after the prefill.
    pub kv_cache: Bytes,
    /// States of layers that keep one in place of keys and values, which do not grow; none where no
    /// layer does.
    pub states: Option<Bytes>,
    /// Keys and values of one token of one prompt, in all layers.
    pub kv_per_token: Bytes,
    /// The largest sum of values alive at one operation of the prefill. Attention scores are never
    /// whole; weights and KV cache are counted apart.
    pub peak_activations: Bytes,
    /// Weights, KV cache and activations together.
    pub total: Option<i128>,
}

/// A number of bytes.
#[derive(Clone, Debug)]
pub struct Bytes {
    /// The number; none where it is still symbolic.
    pub value: Option<i128>,
    elements: Elements,
}

/// What takes the bytes, and bits of an element of it.
#[derive(Clone, Debug)]
enum Elements {
    /// All parameters, in these formats.
    Weights(Formats),
    /// So many.
    Counted(Dim, u32),
    /// The KV cache.
    Cache(u32),
    /// The values alive at the worst moment; where sizes are unknown, at any moment.
    Alive(Vec<Vec<NodeId>>, u32),
}

impl Memory {
    /// The memory of a prefill, and of the decode steps after it.
    ///
    /// # Errors
    /// If a number does not fit 128 bits.
    pub fn new(
        prefill: &Pass,
        decode: &Pass,
        tokens: &Tokens,
        formats: &Formats,
    ) -> Result<Memory, EvalError> {
        let params = |of: Component| match prefill.component(of) {
            Some(row) => row.costs.get(Measure::Params),
            None => Some(0),
        };
        let mut weights_of = [None; COMPONENTS.len()];
        let mut bits = Some(0i128);
        for (slot, of) in weights_of.iter_mut().zip(COMPONENTS) {
            let each = formats.of_component(of).bits();
            *slot = stored_bytes(params(of), each)?;
            bits = match bits.zip(params(of)) {
                Some((bits, params)) => {
                    let own = params.checked_mul(each.into()).ok_or(EvalError::Overflow)?;
                    Some(bits.checked_add(own).ok_or(EvalError::Overflow)?)
                }
                None => None,
            };
        }
        let weights =
            Bytes { value: stored_bytes(bits, 1)?, elements: Elements::Weights(*formats) };
        let kv = formats.kv.bits();
        let cached = stored_bytes(prefill.total.get(Measure::Cache), kv)?;
        let kv_cache = Bytes { value: cached, elements: Elements::Cache(kv) };
        let states = Bytes::states(&prefill.graph, formats)?;
        let each = cached_per_token(&decode.graph, &tokens.batch);
        let kv_per_token = Bytes::cached(&decode.graph.symbols, &each, formats)?;
        let (most, moments) = peak(&prefill.graph)?;
        let bits = formats.activations.bits();
        let elements = Elements::Alive(moments, bits);
        let peak_activations = Bytes { value: stored_bytes(most, bits)?, elements };
        let mut total = Some(0i128);
        for bytes in [&weights, &kv_cache, &peak_activations].into_iter().chain(&states) {
            total = match total.zip(bytes.value) {
                Some((sum, more)) => Some(sum.checked_add(more).ok_or(EvalError::Overflow)?),
                None => None,
            };
        }
        Ok(Memory { weights, weights_of, kv_cache, states, kv_per_token, peak_activations, total })
    }
}

/// Elements that one more token adds to the cache of one prompt, as long as no window is full.
fn cached_per_token(decode: &Graph, batch: &Dim) -> Dim {
    let caches = decode.nodes().filter(|(_, node)| matches!(node.op, Op::KvCache(_)));
    let new = caches.map(|(_, node)| {
        let elements: Dim = decode.input_shapes(node).iter().map(|shape| shape.elements()).sum();
        elements * &decode.scope(node.scope).total
    });
    new.sum::<Dim>().over(batch)
}

impl Bytes {
    /// The states that stay after a pass: those that the reference keeps in 32 bits, and those in the
    /// activations' format.
    ///
    /// # Errors
    /// If a number does not fit 128 bits.
    fn states(graph: &Graph, formats: &Formats) -> Result<Option<Bytes>, EvalError> {
        let bits = formats.activations.bits();
        let mut all = Dim::zero();
        for (_, node) in graph.nodes() {
            if let Storage::State { elements, wide } =
                node.op.storage(&graph.input_shapes(node), &node.shape)
            {
                let bits = u64::from(if wide { 32 } else { bits });
                all += elements * &graph.scope(node.scope).total * bits;
            }
        }
        if all.is_zero() {
            return Ok(None);
        }
        let value = stored_bytes(graph.symbols.eval(&all)?, 1)?;
        Ok(Some(Bytes { value, elements: Elements::Counted(all, 1) }))
    }

    /// So many keys and values.
    ///
    /// # Errors
    /// If a number does not fit 128 bits.
    pub fn cached(
        symbols: &Symbols,
        elements: &Dim,
        formats: &Formats,
    ) -> Result<Bytes, EvalError> {
        let kv = formats.kv.bits();
        let value = stored_bytes(symbols.eval(elements)?, kv)?;
        Ok(Bytes { value, elements: Elements::Counted(elements.clone(), kv) })
    }

    /// The closed form, in the symbols of a prefill.
    pub fn closed(&self, prefill: &Pass) -> Closed {
        let one = |elements: Dim, bits: u32| {
            let candidates = vec![bytes_of(elements, bits)];
            let rounded_up = !candidates.iter().all(Dim::has_whole_coefficients);
            Closed::Bytes(ByteFormula { candidates, rounded_up })
        };
        match &self.elements {
            Elements::Weights(formats) => Closed::Parts(Parts::of_weights(prefill, formats)),
            Elements::Counted(elements, bits) => one(elements.clone(), *bits),
            Elements::Cache(bits) => one(prefill.figure(Measure::Cache).dim, *bits),
            Elements::Alive(moments, bits) => {
                let shape = |id: &NodeId| prefill.graph.node(*id).shape.elements();
                let mut candidates: Vec<Dim> = Vec::new();
                for moment in moments {
                    let sum = bytes_of(moment.iter().map(shape).sum(), *bits);
                    if !candidates.contains(&sum) {
                        candidates.push(sum);
                    }
                }
                let candidates = undominated(&prefill.graph.symbols, candidates);
                let rounded_up = !candidates.iter().all(Dim::has_whole_coefficients);
                Closed::Bytes(ByteFormula { candidates, rounded_up })
            }
        }
    }
}

/// The sums that can be the largest of some: one to which another only adds cannot, since no size
/// is below 0.
fn undominated(symbols: &Symbols, sums: Vec<Dim>) -> Vec<Dim> {
    let written_out: Vec<Dim> = sums.iter().map(|sum| symbols.expand(sum)).collect();
    let dominates = |more: usize, less: usize| {
        let added = &written_out[more] - &written_out[less];
        added.has_no_negative() && (written_out[more] != written_out[less] || more < less)
    };
    let can_win = |at: usize| !(0..sums.len()).any(|other| other != at && dominates(other, at));
    let kept: Vec<bool> = (0..sums.len()).map(can_win).collect();
    sums.into_iter().zip(kept).filter_map(|(sum, kept)| kept.then_some(sum)).collect()
}

fn bytes_of(elements: Dim, bits: u32) -> Dim {
    (elements * u64::from(bits)).over(&8.into())
}

impl Parts {
    /// The bytes of all parameters: of each component where they are not all in one format.
    fn of_weights(prefill: &Pass, formats: &Formats) -> Parts {
        Parts::of_params(match formats.of_weights() {
            Some(dtype) => {
                let closed = Closed::Dim(prefill.figure(Measure::Params).dim);
                vec![Part { path: "params.total".to_owned(), bits: dtype.bits(), closed }]
            }
            None => prefill.components().map(|row| part(prefill, row, formats)).collect(),
        })
    }

    /// The bytes of the parameters of a component.
    pub(super) fn of_component(prefill: &Pass, row: &Row, formats: &Formats) -> Parts {
        Parts::of_params(vec![part(prefill, row, formats)])
    }

    fn of_params(terms: Vec<Part>) -> Parts {
        let is_whole = |part: &Part| {
            let dims = part.closed.dims();
            dims.into_iter().all(|dim| bytes_of(dim.clone(), part.bits).has_whole_coefficients())
        };
        let rounded_up = !terms.iter().all(is_whole);
        Parts { terms, rounded_up }
    }
}

/// The weights of a component.
fn part(prefill: &Pass, row: &Row, formats: &Formats) -> Part {
    Part {
        path: format!("params.by_component.{}", row.component.key()),
        bits: formats.of_component(row.component).bits(),
        closed: Closed::Dim(prefill.formula(Measure::Params, row.nodes.clone())),
    }
}

/// Bytes of so many elements; a last half byte is a whole one.
pub fn stored_bytes(count: Option<i128>, bits: u32) -> Result<Option<i128>, EvalError> {
    let Some(count) = count else { return Ok(None) };
    let all = count.checked_mul(bits.into()).ok_or(EvalError::Overflow)?;
    Ok(Some(all.div_euclid(8) + i128::from(all % 8 != 0)))
}

/// The elements alive at the worst moment, and that moment. Where sizes are unknown or vary the
/// worst cannot be told: then every moment that no other one includes.
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
    let varies = |node: &Node| node.shape.0.iter().any(|axis| graph.symbols.varies(axis));
    if graph.nodes().any(|(_, node)| varies(node)) {
        return Ok((Some(largest.0), widest(&moments)));
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
        // The block after the features runs while they wait for the bridge.
        assert_eq!(peak(", feature_layer: 0"), plain + 4 * 2);
        assert_eq!(peak(", feature_layer: -2"), plain + 4 * 2);
    }

    #[test]
    fn what_can_never_be_the_largest_is_left_out() {
        let mut t = Symbols::default();
        let [n, d, f] = ["N", "D", "F"].map(|name| Dim::from(t.free(name, "")));
        let s = Dim::from(t.named("S", "", &n + 4));
        let sums = [4 * &n * &d, 10 * &n * &d, 2 * &n * &f, 6 * &s * &d, 10 * &s * &d];
        assert_eq!(undominated(&t, sums.to_vec()), [2 * &n * &f, 10 * &s * &d]);
        assert_eq!(undominated(&t, vec![&n + 4, s.clone()]), [&n + 4]);
    }

    #[test]
    fn what_is_in_another_format_takes_other_bytes() {
        let of = |dtype: &str| memory("", dtype);
        let (plain, quantised) = (of("bf16"), of("int4"));
        assert_eq!(quantised.kv_cache.value, plain.kv_cache.value);
        assert_eq!(quantised.weights.value, plain.weights.value.map(|bytes| (bytes + 3) / 4));
        let mixed = of("{weights: int8, kv: fp8, activations: f32, vision_encoder: bf16}");
        assert_eq!(mixed.weights_of[0], plain.weights_of[0]);
        let others = plain.weights_of[1..].iter().map(|bytes| bytes.map(|bytes| bytes / 2));
        assert_eq!(mixed.weights_of[1..], others.collect::<Vec<_>>());
        assert_eq!(mixed.kv_cache.value, plain.kv_cache.value.map(|bytes| bytes / 2));
        assert_eq!(mixed.peak_activations.value, plain.peak_activations.value.map(|b| b * 2));
        let all = mixed.weights_of.into_iter().sum::<Option<i128>>();
        assert_eq!(mixed.weights.value, all);
        let parts = [&mixed.weights, &mixed.kv_cache, &mixed.peak_activations];
        assert_eq!(mixed.total, parts.into_iter().map(|bytes| bytes.value).sum());
        // 5 tokens.
        assert_eq!(plain.kv_per_token.value.map(|bytes| bytes * 5), plain.kv_cache.value);
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
            let params = pass.total.get(Measure::Params).unwrap();
            assert_eq!(params % 2, i128::from(vocab % 2), "both an odd and an even count");
            assert_eq!(report.memory.weights.value, Some((params + 1) / 2));
            let Closed::Parts(parts) = report.memory.weights.closed(pass) else { panic!() };
            assert!(parts.rounded_up);
            let mut symbols = pass.graph.symbols.as_ref().clone();
            let dim = Closed::Parts(parts).dim(&mut symbols).unwrap();
            assert_eq!(symbols.eval(&dim), Ok(report.memory.weights.value));
        }
        let report = report(&text(10, "int8"));
        let Closed::Parts(parts) = report.memory.weights.closed(&report.prefill) else { panic!() };
        assert!(!parts.rounded_up);
    }
}
