//! One decode step, the first after the prefill.

use super::super::Measure;
use super::reading::{figure, of_row, total, unused};
use super::{Key, Read};
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    Key::number(
        "decode.cached",
        Unit::Count,
        Read::Plan(|report| figure(report, &report.tokens.past)),
        "Tokens in the KV cache before the decode step: the sequence.",
    )
    .repeats("tokens.sequence"),
    Key::new("decode.formulas.cached", Read::Forms, "The closed form of `decode.cached`."),
];

pub(super) const MATMUL_FLOPS: &[Key] = &[
    Key::number(
        "decode.matmul_flops.total",
        Unit::Flop,
        Read::Plan(|report| total(&report.decode, Measure::MatmulFlops)),
        "Matmul FLOPs of one decode step, the first after the prefill, for the whole batch.",
    )
    .kept()
    .headline("decode"),
    Key::number(
        "decode.matmul_flops.by_component.llm",
        Unit::Flop,
        Read::Component(
            |report| &report.decode,
            |_, pass, row| of_row(pass, row, Measure::MatmulFlops),
        ),
        "Matmul FLOPs of the LLM in the decode step; nothing else runs.",
    )
    .repeats("decode.matmul_flops.total"),
    Key::number(
        "decode.matmul_flops.needed",
        Unit::Flop,
        Read::Plan(|report| total(&report.decode, Measure::NeededFlops)),
        "Matmul FLOPs of the decode step that the logits need.",
    )
    .repeats("decode.matmul_flops.total"),
    Key::number(
        "decode.matmul_flops.unused",
        Unit::Flop,
        Read::Plan(|report| unused(&report.decode, Measure::MatmulFlops)),
        "Matmul FLOPs of the decode step that the logits do not depend on.",
    ),
    Key::new(
        "decode.matmul_flops.formulas.KEY",
        Read::Forms,
        "The closed form of the total, of what is needed or unused, or of the component of this name.",
    ),
];

pub(super) const OTHER_FLOPS: &[Key] = &[
    Key::number(
        "decode.other_flops.total",
        Unit::Flop,
        Read::Plan(|report| total(&report.decode, Measure::OtherFlops)),
        "FLOPs of one decode step that are no matrix products.",
    ),
    Key::number(
        "decode.other_flops.by_component.llm",
        Unit::Flop,
        Read::Component(
            |report| &report.decode,
            |_, pass, row| of_row(pass, row, Measure::OtherFlops),
        ),
        "Other FLOPs of the LLM in the decode step; nothing else runs.",
    )
    .repeats("decode.other_flops.total"),
    Key::number(
        "decode.other_flops.unused",
        Unit::Flop,
        Read::Plan(|report| unused(&report.decode, Measure::OtherFlops)),
        "Other FLOPs of the decode step that the logits do not depend on.",
    ),
    Key::new(
        "decode.other_flops.formulas.KEY",
        Read::Forms,
        "The closed form of the total, of what is unused, or of the component of this name.",
    ),
];
