//! The cost of an answer: the sum of its decode steps.

use super::{Bytes, Measure, Pass, TokenFigures};
use crate::dim::EvalError;
use crate::pipeline::Tokens;

/// The answer to the prompt, token by token.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Matmul FLOPs of all decode steps, each with one more cached token: the first token comes out
    /// of the prefill, so one step fewer than tokens. None where a step is still symbolic.
    pub matmul_flops: Option<i128>,
    /// Decode steps.
    pub steps: i128,
    /// The KV cache after the last step, for the whole batch.
    pub kv_cache: Bytes,
}

impl Answer {
    /// The cost of an answer of more than no tokens.
    ///
    /// # Errors
    /// If a number does not fit 128 bits.
    pub fn new(
        decode: &Pass,
        tokens: &Tokens,
        figures: &TokenFigures,
        kv_cache: impl FnOnce() -> Result<Bytes, EvalError>,
    ) -> Result<Option<Answer>, EvalError> {
        let steps = match figures.generated.value {
            Some(count) if count > 0 => count - 1,
            _ => return Ok(None),
        };
        let (Some(past), Some(length)) = (tokens.past.symbols().next(), figures.past.value) else {
            return Ok(Some(Answer { matmul_flops: None, steps, kv_cache: kv_cache()? }));
        };
        let step = decode.figure(Measure::MatmulFlops).dim;
        let end = length.checked_add(steps).ok_or(EvalError::Overflow)?;
        let matmul_flops = decode.graph.symbols.sum_over(&step, past, length..=end - 1)?;
        Ok(Some(Answer { matmul_flops, steps, kv_cache: kv_cache()? }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{report, try_report};

    const TINY: &str = "image: 8\nencoder: {patch: 8, width: 1, depth: 1, heads: 1, mlp_width: 1}\n\
                        bridge: linear\n";

    /// A decoder of width 2 that has read 3 tokens.
    fn spec(window: &str, generated: i128) -> String {
        format!(
            "{TINY}llm: {{width: 2, depth: 7, heads: 2, position: none, mlp_width: 3, vocab: 5{window}}}\n\
             prompt: {{text_tokens: 2, generated_tokens: {generated}, batch: 2}}\n"
        )
    }

    /// Matmul FLOPs of a step of that decoder after `past` tokens, with these windows.
    fn step(past: i128, windows: &[Option<i128>; 7]) -> i128 {
        let layer = |window: &Option<i128>| {
            let keys = window.map_or(past + 1, |window| (past + 1).min(window));
            2 * (4 * 2 * 2 + 3 * 2 * 3) + 4 * 2 * keys
        };
        2 * (windows.iter().map(layer).sum::<i128>() + 2 * 2 * 5)
    }

    #[test]
    fn an_answer_costs_the_sum_of_its_steps() {
        let every = |n: usize| std::array::from_fn(|layer| (layer % n != n - 1).then_some(9));
        for (written, windows) in [
            ("", [None; 7]),
            (", sliding_window: 9", [Some(9); 7]),
            (", sliding_window: 9, full_attention_every: 1", [None; 7]),
            (", sliding_window: 9, full_attention_every: 2", every(2)),
            (", sliding_window: 9, full_attention_every: 6", every(6)),
            (", sliding_window: 1", [Some(1); 7]),
        ] {
            for generated in [1, 2, 3, 4, 6, 7, 8, 40, 41] {
                let answer = report(&spec(written, generated)).answer.unwrap();
                assert_eq!(answer.steps, generated - 1);
                let all = (0..generated - 1).map(|at| step(3 + at, &windows)).sum();
                assert_eq!(answer.matmul_flops, Some(all), "{written}, {generated} tokens");
            }
        }
        assert!(report(&spec("", 0)).answer.is_none());
    }

    #[test]
    fn a_sum_is_exact_up_to_128_bits_and_an_error_beyond() {
        let huge = |depth: u32| {
            format!(
                "{TINY}llm: {{width: 1, depth: {depth}, heads: 1, position: none, mlp_width: 1, vocab: 1, \
                 sliding_window: 500000000100}}\n\
                 prompt: {{batch: 1000000000000, text_tokens: 0, generated_tokens: 1000000000000}}\n"
            )
        };
        let most = report(&huge(110)).answer.unwrap().matmul_flops;
        assert_eq!(most, Some(165_000_000_023_651_999_997_820_018_000_000_000_000));
        // It would be 240,000,000,034,401,999,996,829,118,000,000,000,000.
        let refused = try_report(&huge(160)).unwrap_err();
        assert_eq!(refused.code, crate::diag::Code::Overflow);
        assert!(refused.message.contains("`answer`"), "{}", refused.message);
    }
}
