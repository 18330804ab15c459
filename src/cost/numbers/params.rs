//! Parameters.

use super::super::Measure;
use super::reading::{active, of_row, total, unused};
use super::{Key, Read};
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    Key::number(
        "params.total",
        Unit::Count,
        Read::Plan(|report| total(&report.prefill, Measure::Params)),
        "Parameters: every stored tensor once, tied tensors once, unused ones too.",
    )
    .kept()
    .headline("parameters"),
    Key::number(
        "params.by_component.COMPONENT",
        Unit::Count,
        Read::Component(
            |report| &report.prefill,
            |_, pass, row| of_row(pass, row, Measure::Params),
        ),
        "Parameters of one component. Patch and position embeddings belong to the vision encoder, \
         projector or resampler to the bridge, `lm_head` to the LLM.",
    )
    .kept(),
    Key::number(
        "params.unused",
        Unit::Count,
        Read::Plan(|report| unused(&report.prefill, Measure::Params)),
        "Parameters that the logits do not depend on, such as blocks after the selected feature \
         layer. They are in the total.",
    ),
    Key::new(
        "params.formulas.KEY",
        Read::Forms,
        "The closed form of `params.KEY`, or of the component of this name.",
    ),
    Key::number(
        "params.active",
        Unit::Count,
        Read::Plan(|report| active(&report.prefill)),
        "Parameters that a token touches: all stored ones, but of a mixture of experts only those \
         that it is routed to. Tables count whole, and so do blocks that run for nothing.",
    )
    .repeats("params.total"),
];
