//! How a plan counts.

use super::{Key, Read, Said};
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    Key::new(
        "conventions.matmul_flops",
        Read::Plan(|_| {
            Said::text(
                "2 per multiply-add of linears, convolutions and attention products; dense \
                 attention, no causal discount; as executed",
            )
        }),
        "What counts as a matmul FLOP, in words.",
    ),
    Key::new(
        "conventions.other_flops",
        Read::Plan(|_| {
            Said::text(
                "normalisation, softmax, activations, additions, rotary; never in matmul_flops",
            )
        }),
        "What counts as another FLOP, in words.",
    ),
    Key::new(
        "conventions.params",
        Read::Plan(|_| Said::text("every stored tensor once, tied tensors once")),
        "What counts as a parameter, in words.",
    ),
    Key::new(
        "conventions.logits",
        Read::Plan(|report| Said::text(report.logits.name())),
        "At which positions logits are computed: `all` or `last`.",
    ),
    Key::new(
        "conventions.dtype",
        Read::Plan(|report| Said::Text(report.formats().to_string().into())),
        "The number formats of weights, KV cache and activations: one name, or what is in which.",
    ),
    Key::number(
        "conventions.activation_bits",
        Unit::Count,
        Read::Plan(|report| Said::plain(report.formats().activations.bits())),
        "Bits of a value of an activation.",
    ),
    Key::new(
        "conventions.attention_scores",
        Read::Plan(|_| Said::text("never stored whole")),
        "How attention scores are held in memory, in words.",
    ),
    Key::new(
        "conventions.image_size",
        Read::Plan(|_| Said::text("height x width")),
        "The order of an image's sides, in words.",
    ),
];
