//! Bytes.

use super::reading::bytes;
use super::{Key, Read, Said};
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    Key::number(
        "memory.weight_bytes",
        Unit::Byte,
        Read::Plan(|report| bytes(report, &report.memory.weights)),
        "Bytes of all parameters at the dtype. Scales of quantised blocks are not counted.",
    )
    .kept()
    .named("weights")
    .headline("weights"),
    Key::number(
        "memory.kv_cache_bytes",
        Unit::Byte,
        Read::Plan(|report| bytes(report, &report.memory.kv_cache)),
        "Bytes of keys and values that stay after the prefill, at the dtype, for the whole batch. \
         Layers with a sliding window keep at most the window less one token.",
    )
    .kept()
    .named("KV cache")
    .headline("KV cache"),
    Key::number(
        "memory.peak_activation_bytes",
        Unit::Byte,
        Read::Plan(|report| bytes(report, &report.memory.peak_activations)),
        "Bytes of the largest sum of values alive at one operation of the prefill, at 16 bits or \
         more; without weights and KV cache, attention scores never whole.",
    )
    .kept()
    .named("peak activations")
    .headline("peak activations"),
    Key::new("memory.formulas.KEY", Read::Forms, "The closed form of `memory.KEY`."),
    Key::new(
        "memory.dtype",
        Read::Plan(|report| Said::text(report.dtype.name())),
        "The number format of weights and KV cache.",
    ),
];
