//! Random bridges.

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use vlmcalc::internals::stages::bridge::{BRIDGES, BridgeKind, Draw, LinearSpec, ProjectorSpec};
use vlmcalc::internals::units::Size;

use super::yaml::*;

/// Every bridge, with fields in which they may be given; one that has no strategy here as a drill
/// makes it up.
pub fn bridge(factor: i128) -> impl Strategy<Value = (&'static str, String)> {
    let folded = |name, key: &'static str, norm: bool| {
        let own = (projector(), self::norm(), rounding());
        own.prop_map(move |(then, kind, rounding)| {
            let kind = kind.filter(|_| norm);
            let all = [yes(key, factor), some("then", then), some("norm", kind)];
            (name, map(all.into_iter().chain([some("rounding", rounding)])))
        })
    };
    let own = [
        ("linear", linear().prop_map(|fields| ("linear", fields)).boxed()),
        ("mlp", mlp(true).prop_map(|fields| ("mlp", fields)).boxed()),
        ("qformer", qformer().prop_map(|fields| ("qformer", fields)).boxed()),
        ("resampler", perceiver(true).prop_map(|fields| ("resampler", fields)).boxed()),
        ("resampler", cross_attention(true).prop_map(|fields| ("resampler", fields)).boxed()),
        ("pixel-shuffle", folded("pixel-shuffle", "factor", true).boxed()),
        ("avg-pool", folded("avg-pool", "kernel", false).boxed()),
        ("merger", merger(factor).prop_map(|fields| ("merger", fields)).boxed()),
        ("attention-pool", attention_pool(factor).prop_map(|f| ("attention-pool", f)).boxed()),
        ("visual-vocabulary", vocabulary(factor).prop_map(|f| ("visual-vocabulary", f)).boxed()),
        ("c-abstractor", c_abstractor().prop_map(|fields| ("c-abstractor", fields)).boxed()),
        ("d-abstractor", d_abstractor().prop_map(|fields| ("d-abstractor", fields)).boxed()),
        ("ldp", Just(("ldp", "{}".to_owned())).boxed()),
        ("ldpv2", tokens().prop_map(|n| ("ldpv2", map([yes("tokens", n)]))).boxed()),
        ("token-packer", token_packer(factor).prop_map(|f| ("token-packer", f)).boxed()),
        ("steps", steps(factor).prop_map(|steps| ("steps", steps)).boxed()),
    ];
    let others = BRIDGES.iter().filter(|kind| own.iter().all(|(name, _)| *name != kind.name));
    let others: Vec<_> = others.map(|kind| Just(made_up(kind, factor)).boxed()).collect();
    Union::new(own.into_iter().map(|(_, strategy)| strategy).chain(others))
}

/// A bridge in whose place any number is this one, which divides the grid.
fn made_up(kind: &'static BridgeKind, number: i128) -> (&'static str, String) {
    let number = u64::try_from(number).unwrap();
    let then = ProjectorSpec::Linear(LinearSpec::default());
    let mut draw = Draw { side: number, llm: Size::of(64), then, pick: &mut |_| number };
    let drawn = (kind.practice.drawn)(&mut draw).unwrap();
    let said = serde_json::to_value(drawn).unwrap();
    (kind.name, said[kind.name].to_string())
}

/// Bridges whose code takes square grids only.
pub const SQUARE: [&str; 4] = ["c-abstractor", "d-abstractor", "ldp", "ldpv2"];

/// Tokens that form a square.
fn tokens() -> impl Strategy<Value = i128> {
    select(vec![1i128, 4, 9])
}

fn c_abstractor() -> impl Strategy<Value = String> {
    let sizes = (tokens(), option::of(2i128..20), 0i128..3, 1i128..4, 0i128..3);
    (sizes, any::<[bool; 2]>()).prop_map(|(sizes, [position, prenorm])| {
        let (queries, width, depth, mlp_depth, end_tokens) = sizes;
        map([
            yes("queries", queries),
            some("width", width),
            yes("depth", depth),
            yes("mlp_depth", mlp_depth),
            yes("end_tokens", end_tokens),
            yes("position", position),
            yes("prenorm", prenorm),
        ])
    })
}

fn d_abstractor() -> impl Strategy<Value = String> {
    let sizes = (tokens(), 1i128..4, 1i128..6, 1i128..3, 1i128..20);
    let more = (1i128..4, select(vec!["position", "query", "none"]), 0i128..3, any::<bool>());
    (sizes, more).prop_map(|(sizes, (points, pooled, end_tokens, position))| {
        let (queries, heads, size, depth, mlp_width) = sizes;
        map([
            yes("queries", queries),
            yes("width", heads * size),
            yes("heads", heads),
            yes("depth", depth),
            yes("mlp_width", mlp_width),
            yes("points", points),
            yes("pooled", pooled),
            yes("end_tokens", end_tokens),
            yes("position", position),
        ])
    })
}

fn token_packer(factor: i128) -> impl Strategy<Value = String> {
    (1i128..4, 1i128..6).prop_map(move |(heads, size)| {
        map([
            yes("factor", factor),
            yes("levels", 1),
            yes("width", heads * size),
            yes("heads", heads),
        ])
    })
}

/// What becomes of a remainder. Blocks are no larger than the grid.
pub fn rounding() -> impl Strategy<Value = Option<&'static str>> {
    option::of(select(vec!["exact", "floor", "ceil"]))
}

pub fn activation() -> impl Strategy<Value = &'static str> {
    select(vec!["gelu", "gelu_tanh", "quick_gelu", "silu", "relu", "relu2"])
}

pub fn merger(factor: i128) -> impl Strategy<Value = String> {
    let choices = (norm(), option::of(select(vec!["token", "block"])), option::of(1i128..20));
    let more = (option::of(activation()), option::of(any::<bool>()), rounding());
    (choices, more).prop_map(move |((norm, over, hidden), (activation, bias, rounding))| {
        map([
            yes("factor", factor),
            some("norm", norm),
            some("norm_over", over),
            some("hidden", hidden),
            some("activation", activation),
            some("bias", bias),
            some("rounding", rounding),
        ])
    })
}

/// Side of the blocks, heads and their size, biases, rounding.
fn attention(kernel: i128) -> impl Strategy<Value = Vec<Entry>> {
    (1i128..4, 1i128..6, option::of(any::<bool>()), rounding()).prop_map(
        move |(heads, size, bias, rounding)| {
            vec![
                yes("kernel", kernel),
                yes("heads", heads),
                yes("head_dim", size),
                some("bias", bias),
                some("rounding", rounding),
            ]
        },
    )
}

pub fn attention_pool(factor: i128) -> impl Strategy<Value = String> {
    (attention(factor), 1i128..20).prop_map(|(mut fields, hidden)| {
        fields.push(yes("hidden", hidden));
        map(fields)
    })
}

pub fn vocabulary(factor: i128) -> impl Strategy<Value = String> {
    (10i128..40, option::of(0i128..10), norm(), rounding()).prop_map(
        move |(size, indicators, norm, rounding)| {
            map([
                yes("factor", factor),
                yes("size", size),
                some("indicators", indicators),
                some("norm", norm),
                some("rounding", rounding),
            ])
        },
    )
}

/// Steps on each token, one on the grid, more on each token, and a last one to the LLM's width.
pub fn steps(factor: i128) -> impl Strategy<Value = String> {
    let some_of = || prop::collection::vec(tokenwise(), 0..3);
    let asking = option::of(asking());
    let last = prop_oneof![
        Just("linear".to_owned()),
        Just("gated-mlp: 5".to_owned()),
        (400_000i128..400_010).prop_map(|rows| format!("softmax}}, {{table: {rows}")),
    ];
    (some_of(), on_grid(factor), some_of(), asking, last).prop_map(|parts| {
        let (mut steps, grid, more, asking, last) = parts;
        steps.extend(grid.into_iter().chain(more).chain(asking));
        let last = if last == "linear" { last } else { format!("{{{last}}}") };
        steps.push(last.replace("{softmax}", "softmax"));
        format!("[{}]", steps.join(", "))
    })
}

fn tokenwise() -> impl Strategy<Value = String> {
    prop_oneof![
        norm().prop_map(|kind| kind.map_or("norm".to_owned(), |kind| format!("{{norm: {kind}}}"))),
        activation().prop_map(str::to_owned),
        (1i128..20, any::<bool>())
            .prop_map(|(width, bias)| { format!("{{linear: {{width: {width}, bias: {bias}}}}}") }),
        (1i128..20, activation())
            .prop_map(|(half, gate)| { format!("{{linear: {}}}, {{glu: {gate}}}", 2 * half) }),
        (1i128..20, 1i128..20).prop_map(|(hidden, width)| {
            format!("{{gated-mlp: {{hidden: {hidden}, width: {width}}}}}")
        }),
        (1i128..20).prop_map(|rows| format!("{{positions: {rows}}}")),
        nested(),
    ]
}

/// Steps with steps within them, which leave the number of tokens as it is, and their width if it is
/// so wide already.
fn nested() -> impl Strategy<Value = String> {
    let inner = || {
        select(vec![
            "gelu",
            "norm",
            "{linear: same}",
            "{linear: x3}, hard_swish, {linear: input}",
            "{self-attention: 1}",
            "{conv: {kernel: 3, stride: 1, padding: 1, depthwise: true}}",
            "{squeeze-excitation: 3}",
            "{gate: [{pool: {tokens: 1}}, {linear: same}, sigmoid]}",
        ])
    };
    prop_oneof![
        inner().prop_map(|steps| format!("{{residual: [{steps}]}}")),
        (inner(), 1i128..4)
            .prop_map(|(steps, times)| format!("{{repeat: {{times: {times}, steps: [{steps}]}}}}")),
        (inner(), inner(), 1i128..4).prop_map(|(steps, more, times)| {
            format!(
                "{{repeat: {{times: {times}, steps: [{{every: {{period: 2, steps: [{steps}]}}}}, \
                 {more}]}}}}"
            )
        }),
        (inner(), inner(), select(vec!["add", "multiply", "channels"])).prop_map(
            |(one, other, join)| {
                format!("{{branches: {{join: {join}, of: [[{one}], [{other}]]}}}}")
            }
        ),
    ]
}

/// Other tokens that ask those of the image.
fn asking() -> impl Strategy<Value = String> {
    let asked = select(vec!["{latents: 3}", "{queries: [{pool: {tokens: 1}}]}"]);
    let attention = select(vec![
        "{cross-attention: 1}",
        "{residual: [norm, {cross-attention: {heads: 2, head_dim: 3, keys: [norm], with_own: true}}]}",
        "{cross-attention: {heads: 1, qkv: kv, values: [{linear: same}]}}",
    ]);
    (asked, attention).prop_map(|(asked, attention)| format!("{asked}, {attention}"))
}

fn on_grid(factor: i128) -> impl Strategy<Value = Option<String>> {
    let rounded = move |name: &'static str, key: &'static str| {
        rounding().prop_map(move |rounding| {
            format!("{{{name}: {}}}", map([yes(key, factor), some("rounding", rounding)]))
        })
    };
    let conv = (rounding(), option::of(1i128..20)).prop_map(move |(rounding, width)| {
        let fields = [yes("kernel", factor), some("rounding", rounding), some("width", width)];
        format!("{{conv: {}}}", map(fields))
    });
    option::of(prop_oneof![
        rounded("fold", "factor"),
        rounded("pool", "kernel"),
        rounded("interpolate", "factor"),
        conv,
        attention(factor).prop_map(|fields| format!("{{attention-pool: {}}}", map(fields))),
    ])
}

pub fn norm() -> impl Strategy<Value = Option<&'static str>> {
    option::of(select(vec!["layernorm", "rmsnorm"]))
}

pub fn linear() -> impl Strategy<Value = String> {
    (any::<bool>(), norm(), any::<bool>()).prop_map(|(bias, norm, in_out)| {
        let layout = if in_out { "in_out" } else { "out_in" };
        map([yes("bias", bias), some("norm", norm), yes("layout", layout)])
    })
}

pub fn mlp(whole_bridge: bool) -> impl Strategy<Value = String> {
    let layers = prop_oneof![
        option::of(1i128..4).prop_map(|depth| some("depth", depth)),
        prop::collection::vec(1i128..20, 0..3)
            .prop_map(|widths| yes("hidden", format!("{widths:?}"))),
    ];
    (layers, any::<bool>(), norm(), any::<bool>()).prop_map(move |(layers, bias, norm, newline)| {
        let newline = (whole_bridge && newline).then_some(true);
        map([layers, yes("bias", bias), some("norm", norm), some("image_newline", newline)])
    })
}

pub fn projector() -> impl Strategy<Value = Option<String>> {
    option::of(prop_oneof![
        linear().prop_map(|fields| map([yes("linear", fields)])),
        mlp(false).prop_map(|fields| map([yes("mlp", fields)])),
    ])
}

pub fn qformer() -> impl Strategy<Value = String> {
    let sizes = (1i128..6, 1i128..5, 1i128..4, 1i128..5, 1i128..20, 1i128..4);
    // At least as many positions as any prompt here has text tokens.
    let text = option::of((1i128..30, 10i128..30, option::of(0i128..6)));
    (sizes, text, projector()).prop_map(|(sizes, text, then)| {
        let (queries, heads, size, depth, mlp_width, every) = sizes;
        let text = text.map(|(vocab, positions, tokens)| {
            map([yes("vocab", vocab), yes("positions", positions), some("tokens", tokens)])
        });
        map([
            yes("queries", queries),
            yes("width", heads * size),
            yes("depth", depth),
            yes("heads", heads),
            yes("mlp_width", mlp_width),
            yes("cross_attention_every", every),
            some("text", text),
            some("then", then),
        ])
    })
}

/// The fields that both forms of a resampler have; `own_width` says whether the width may be.
pub fn resampler(own_width: bool) -> impl Strategy<Value = Vec<Entry>> {
    let heads = (1i128..3, 1i128..4, 1i128..5);
    // No encoder and no LLM here is as wide, so leaving their width out changes no structure.
    let options = (option::of(100i128..120), norm(), option::of(biases()), any::<bool>());
    let rest = (1i128..6, select(vec!["none", "head", "full"]), projector());
    (heads, options, rest).prop_map(
        move |((kv, groups, size), options, (latents, qk_norm, then))| {
            let (width, norm, bias, fused) = options;
            vec![
                yes("latents", latents),
                some("width", width.filter(|_| own_width)),
                yes("heads", kv * groups),
                yes("kv_heads", kv),
                yes("head_dim", size),
                some("norm", norm),
                some("bias", bias),
                yes("qkv", storage(fused)),
                yes("qk_norm", qk_norm),
                some("then", then),
            ]
        },
    )
}

pub fn perceiver(own_width: bool) -> impl Strategy<Value = String> {
    let blocks = (1i128..4, 1i128..20, any::<bool>(), option::of(any::<bool>()));
    let input = option::of((1i128..20, any::<bool>(), any::<bool>()));
    (resampler(own_width), blocks, input).prop_map(|(mut fields, blocks, input)| {
        let (depth, mlp_width, gated, with_latents) = blocks;
        let input = input.map(|(width, gated, bias)| {
            map([yes("width", width), yes("mlp", kind(gated)), yes("bias", bias)])
        });
        fields.extend([
            yes("depth", depth),
            yes("mlp_width", mlp_width),
            yes("mlp", kind(gated)),
            some("keys_with_latents", with_latents),
            some("input_mlp", input),
        ]);
        map(fields)
    })
}

pub fn cross_attention(own_width: bool) -> impl Strategy<Value = String> {
    (resampler(own_width), option::of(any::<bool>())).prop_map(|(mut fields, position)| {
        fields.extend([yes("form", "cross-attention"), some("position", position)]);
        map(fields)
    })
}

pub fn biases() -> impl Strategy<Value = String> {
    any::<[bool; 3]>().prop_map(bias)
}
