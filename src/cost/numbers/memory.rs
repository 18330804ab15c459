//! Bytes.

use super::super::{Closed, Parts, Report};
use super::reading::bytes;
use super::{Form, Key, Read, Said};
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    Key::number(
        "memory.weight_bytes",
        Unit::Byte,
        Read::Plan(|report| bytes(report, &report.memory.weights)),
        "Bytes of all parameters in their formats. Scales of quantised blocks are not counted.",
    )
    .kept()
    .named("weights")
    .headline("weights"),
    Key::number(
        "memory.weight_bytes_by_component.COMPONENT",
        Unit::Byte,
        Read::Component(
            |report| &report.prefill,
            |report, prefill, row| {
                let form = Form::new(&prefill.graph.symbols, || {
                    Closed::Parts(Parts::of_component(prefill, row, report.formats()))
                });
                Said::Number(report.memory.weights_of[row.component as usize], Some(form))
            },
        ),
        "Bytes of the parameters of one component.",
    ),
    Key::number(
        "memory.kv_cache_bytes",
        Unit::Byte,
        Read::Plan(|report| bytes(report, &report.memory.kv_cache)),
        "Bytes of keys and values that stay after the prefill, in the cache's format, for the \
         whole batch. Layers with a sliding window keep at most the window less one token.",
    )
    .kept()
    .named("KV cache")
    .headline("KV cache"),
    Key::number(
        "memory.state_bytes",
        Unit::Byte,
        Read::Plan(|report| match &report.memory.states {
            Some(states) => bytes(report, states),
            None => Said::Absent,
        }),
        "Bytes of the states of layers that keep one in place of keys and values (linear attention, \
         short convolutions), for the whole batch: recurrent states in 32 bits, the places that a \
         convolution keeps in the activations' format. They do not grow with the \
         sequence. Not there where no layer keeps one.",
    )
    .kept()
    .named("states"),
    Key::number(
        "memory.kv_bytes_per_token",
        Unit::Byte,
        Read::Plan(|report| bytes(report, &report.memory.kv_per_token)),
        "Bytes of keys and values that one more token of one prompt takes in all layers, as long as \
         no sliding window is full.",
    )
    .named("KV cache of a token"),
    Key::number(
        "memory.peak_activation_bytes",
        Unit::Byte,
        Read::Plan(|report| bytes(report, &report.memory.peak_activations)),
        "Bytes of the largest sum of values alive at one operation of the prefill; without weights \
         and KV cache, attention scores never whole.",
    )
    .kept()
    .named("peak activations")
    .headline("peak activations"),
    Key::number(
        "memory.total_bytes",
        Unit::Byte,
        Read::Plan(|report| {
            let form = Form::new(&report.decode.graph.symbols, || Closed::Parts(all(report)));
            Said::Number(report.memory.total, Some(form))
        }),
        "Bytes of weights, KV cache after the prefill and peak activations together: what a device \
         needs at least.",
    )
    .named("in total")
    .headline("memory"),
    Key::new("memory.formulas.KEY", Read::Forms, "The closed form of `memory.KEY`."),
    Key::new(
        "memory.formulas.weight_bytes_by_component.COMPONENT",
        Read::Along,
        "The closed form of a component's bytes.",
    ),
    Key::new(
        "memory.dtype",
        Read::Plan(|report| Said::Text(report.formats().weights_in_words().into())),
        "The number format of the weights.",
    ),
    Key::new(
        "memory.kv_dtype",
        Read::Plan(|report| Said::text(report.formats().kv.name())),
        "The number format of the KV cache.",
    ),
    Key::new(
        "memory.activation_dtype",
        Read::Plan(|report| Said::text(report.formats().activations.name())),
        "The number format of the activations.",
    ),
];

/// What the total is made of.
fn all(report: &Report) -> Parts {
    let memory = &report.memory;
    let parts = [
        ("memory.weight_bytes", Some(&memory.weights)),
        ("memory.kv_cache_bytes", Some(&memory.kv_cache)),
        ("memory.state_bytes", memory.states.as_ref()),
        ("memory.peak_activation_bytes", Some(&memory.peak_activations)),
    ];
    let parts = parts.into_iter().filter_map(|(path, bytes)| Some((path, bytes?)));
    Parts::of_bytes(parts.map(|(path, bytes)| (path, bytes.closed(&report.prefill))))
}
