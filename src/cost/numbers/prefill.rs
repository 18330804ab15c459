//! The pass over the prompt.

use super::super::Measure;
use super::reading::{of_row, total, unused};
use super::{Key, Read, Said};
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[Key::new(
    "prefill.logits",
    Read::Plan(|report| Said::text(report.logits.name())),
    "At which positions logits are computed: `all` or `last`.",
)];

pub(super) const MATMUL_FLOPS: &[Key] = &[
    Key::number(
        "prefill.matmul_flops.total",
        Unit::Flop,
        Read::Plan(|report| total(&report.prefill, Measure::MatmulFlops)),
        "FLOPs of all matrix products of the pass over the prompt, for the whole batch: 2 per multiply-add of linears, convolutions and attention products, dense attention.",
    )
    .kept()
    .headline("prefill"),
    Key::number(
        "prefill.matmul_flops.by_component.COMPONENT",
        Unit::Flop,
        Read::Component(
            |report| &report.prefill,
            |_, pass, row| of_row(pass, row, Measure::MatmulFlops),
        ),
        "Matmul FLOPs of one component in the prefill.",
    )
    .kept(),
    Key::number(
        "prefill.matmul_flops.needed",
        Unit::Flop,
        Read::Plan(|report| total(&report.prefill, Measure::NeededFlops)),
        "Matmul FLOPs that the logits need: without what they do not depend on, padding, keys beyond a \
         sliding window and experts that no token picks. Nothing is taken off for a causal mask.",
    )
    .repeats("prefill.matmul_flops.total"),
    Key::number(
        "prefill.matmul_flops.needed_by_component.COMPONENT",
        Unit::Flop,
        Read::Component(
            |report| &report.prefill,
            |_, pass, row| of_row(pass, row, Measure::NeededFlops),
        ),
        "Matmul FLOPs of one component that the logits need.",
    )
    .repeats("prefill.matmul_flops.by_component.COMPONENT"),
    Key::number(
        "prefill.matmul_flops.unused",
        Unit::Flop,
        Read::Plan(|report| unused(&report.prefill, Measure::MatmulFlops)),
        "Matmul FLOPs of the prefill that the logits do not depend on. They are in the total, since the reference models run them.",
    ),
    Key::new(
        "prefill.matmul_flops.formulas.KEY",
        Read::Forms,
        "The closed form of the total, of what is needed or unused, or of the component of this name.",
    ),
    Key::new(
        "prefill.matmul_flops.formulas.needed_by_component.COMPONENT",
        Read::Along,
        "The closed form of what is needed of a component.",
    ),
];

pub(super) const OTHER_FLOPS: &[Key] = &[
    Key::number(
        "prefill.other_flops.total",
        Unit::Flop,
        Read::Plan(|report| total(&report.prefill, Measure::OtherFlops)),
        "FLOPs of the prefill that are no matrix products: normalisation, softmax, activations, additions, rotary.",
    )
    .kept(),
    Key::number(
        "prefill.other_flops.by_component.COMPONENT",
        Unit::Flop,
        Read::Component(
            |report| &report.prefill,
            |_, pass, row| of_row(pass, row, Measure::OtherFlops),
        ),
        "Other FLOPs of one component in the prefill.",
    ),
    Key::number(
        "prefill.other_flops.unused",
        Unit::Flop,
        Read::Plan(|report| unused(&report.prefill, Measure::OtherFlops)),
        "Other FLOPs of the prefill that the logits do not depend on. They are in the total.",
    ),
    Key::new(
        "prefill.other_flops.formulas.KEY",
        Read::Forms,
        "The closed form of the total, of what is unused, or of the component of this name.",
    ),
];
