//! The answer, token by token.

use super::super::{Answer, Report};
use super::reading::{bytes, figure};
use super::{Closed, Form, Key, Read, Said};
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    Key::number(
        "answer.tokens",
        Unit::Count,
        Read::Plan(|report| asked(report, |_| figure(report, &report.tokens.generated))),
        "Tokens of the answer. `answer` is `null` if the prompt asks for none.",
    )
    .repeats("tokens.generated"),
    Key::number(
        "answer.decode_steps",
        Unit::Count,
        Read::Plan(|report| {
            asked(report, |answer| {
                let symbols = &report.prefill.graph.symbols;
                let form = Form::dim(symbols, || report.decode_steps());
                Said::Number(Some(answer.steps), Some(form))
            })
        }),
        "Decode steps that the answer takes. The first token comes out of the prefill, so one less \
         than tokens.",
    ),
    Key::number(
        "answer.matmul_flops",
        Unit::Flop,
        Read::Plan(|report| {
            asked(report, |answer| {
                let form = Form::new(&report.decode.graph.symbols, || sum_of_steps(report));
                Said::Number(answer.matmul_flops, Some(form))
            })
        }),
        "Matmul FLOPs of all decode steps together; each reads one more cached token than the one \
         before.",
    )
    .named("matmul FLOPs"),
    Key::new("answer.formulas.KEY", Read::Forms, "The closed form of `answer.KEY`."),
    Key::number(
        "answer.memory.kv_cache_bytes",
        Unit::Byte,
        Read::Plan(|report| asked(report, |answer| bytes(report, &answer.kv_cache))),
        "Bytes of keys and values after the last decode step, for the whole batch: the last token \
         of the answer is not read.",
    )
    .named("KV cache at its end"),
    Key::new(
        "answer.memory.formulas.kv_cache_bytes",
        Read::Forms,
        "The closed form of the KV cache at the end of the answer.",
    ),
];

/// What is said of an answer, if the prompt asks for one.
fn asked<'r>(report: &'r Report, say: impl FnOnce(&'r Answer) -> Said<'r>) -> Said<'r> {
    report.answer.as_ref().map_or(Said::Absent, say)
}

/// Steps times the mean step, or what is to be added up.
pub fn sum_of_steps(report: &Report) -> Closed {
    let batch = report.tokens.batch.dim.clone();
    let each = report.mean_decode_step().map(|mean| mean.over(&batch));
    Closed::Steps { steps: report.decode_steps(), batch, each }
}
