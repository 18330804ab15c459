//! Towers whose reference pads what they see: what is executed is equal to the last integer, and what
//! is needed beside it is what the tower executes on what is valid alone.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use vlmcalc::internals::cost::{Measure, Report};
use vlmcalc::internals::graph::Component;

use super::{of_component, of_tower, plan_of, tensors};

/// What was measured of a tower.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tower {
    /// Of tower and bridge.
    params: [i64; 2],
    tensors: BTreeSet<(Vec<i64>, i64)>,
    /// Height and width on disk, patches, encoder-side tokens that run, visual tokens, and matmul FLOPs
    /// of tower and bridge.
    images: Vec<(u64, u64, i64, i64, i64, i64, i64)>,
}

/// SigLIP 2 at native resolution, its patches padded to those of a tile.
const LFM2: &str = "processor: native-or-grid\n\
    encoder: {patch: 16, patch_storage: matrix, width: 1152, depth: DEPTH, heads: 16, \
    mlp_width: 4304, activation: gelu_tanh, position: {learned: {rows: 256}}}\n";

/// Patches padded to the most, tables of positions by axis, averages made as a product.
const GEMMA4: &str = "processor: token-budget\n\
    encoder: {patch: 16, patch_storage: matrix, patch_bias: false, width: WIDTH, depth: DEPTH, \
    heads: HEADS, mlp_width: MLP, mlp: gated, activation: gelu_tanh, norm: rmsnorm, bias: false, \
    qk_norm: head, norms_per_block: 4, post_norm: false, \
    position: {learned-and-rotary: {rows: 10240, by_axis: true}}}\n\
    bridge: {avg-pool: {kernel: 3, as_product: true, then: {linear: {bias: false}}}}\n";

fn gemma4([width, depth, heads, mlp, llm]: [&str; 5]) -> String {
    let spec = GEMMA4.replace("WIDTH", width).replace("DEPTH", depth).replace("HEADS", heads);
    spec.replace("MLP", mlp) + &format!("llm: {{width: {llm}}}\n")
}

fn specs() -> [(&'static str, String); 5] {
    let lfm2 = |depth: &str, bridge: &str| LFM2.replace("DEPTH", depth) + bridge;
    [
        (
            "lfm2-vl-1.6b",
            lfm2(
                "26",
                "bridge: {pixel-shuffle: {factor: 2, then: {mlp: {norm: layernorm, hidden: [2560]}}}}\n\
                 llm: {width: 2048}\n",
            ),
        ),
        (
            "lfm2.5-vl-1.6b",
            lfm2("27", "bridge: {pixel-shuffle: {factor: 2, then: mlp}}\nllm: {width: 2048}\n"),
        ),
        ("gemma-4-31b-it", gemma4(["1152", "27", "16", "4304", "5376"])),
        ("gemma-4-26b-a4b-it", gemma4(["1152", "27", "16", "4304", "2816"])),
        ("gemma-4-e2b-it", gemma4(["768", "16", "12", "3072", "1536"])),
    ]
}

fn at(name: &str, spec: &str, height: u64, width: u64) -> Report {
    plan_of(name, &format!("image: {height}x{width}\n{spec}"))
}

#[test]
fn padded_towers_are_exact() {
    let measured: BTreeMap<String, Tower> =
        serde_json::from_str(include_str!("padded.json")).unwrap();
    assert_eq!(measured.len(), specs().len());
    for (name, spec) in specs() {
        let tower = &measured[name];
        for (height, width, patches, encoder, visual, flops, of_bridge) in &tower.images {
            let report = at(name, &spec, *height, *width);
            let place = format!("{name} at {height}x{width}");
            let bridge = |measure| of_component(&report, Component::Bridge, measure);
            let tokens = &report.tokens;
            let own = [of_tower(&report, Measure::Params), bridge(Measure::Params)];
            assert_eq!(own, tower.params.map(|params| Some(params.into())), "{place}");
            assert_eq!(tensors(&report), tower.tensors, "{place}");
            assert_eq!(tokens.patches.value, Some((*patches).into()), "{place}");
            assert_eq!(tokens.encoder.value, Some((*encoder).into()), "{place}");
            assert_eq!(tokens.encoder_valid.value, Some((*patches).into()), "{place}");
            assert_eq!(tokens.visual.value, Some((*visual).into()), "{place}");
            assert_eq!(of_tower(&report, Measure::MatmulFlops), Some((*flops).into()), "{place}");
            assert_eq!(bridge(Measure::MatmulFlops), Some((*of_bridge).into()), "{place}");
        }
    }
}

/// The same tower on the same views, without a processor that pads them.
#[test]
fn what_is_needed_is_what_runs_without_padding() {
    for (name, spec) in specs() {
        let name = format!("needed-{name}");
        let report = at(&name, &spec, 480, 640);
        let [view] = &report.tokens.views[..] else { panic!("{name} has one view") };
        let (height, width) = (view.image.0.value.unwrap(), view.image.1.value.unwrap());
        let own = spec.split_once('\n').unwrap().1.replace(", as_product: true", "");
        let plain = plan_of(&name, &format!("image: {height}x{width}\n{own}"));
        for component in [Component::VisionEncoder, Component::Bridge] {
            let needed = of_component(&report, component, Measure::NeededFlops);
            assert_eq!(needed, of_component(&plain, component, Measure::MatmulFlops), "{name}");
            assert_eq!(needed, of_component(&plain, component, Measure::NeededFlops), "{name}");
        }
    }
}

/// Idefics2 8B, measured as the others (transformers 5.23, classic run): picture, whether it is split,
/// tokens that run, FLOPs of tower and bridge.
#[test]
fn sub_images_are_padded_to_the_largest() {
    let encoder = "{patch: 14, width: 1152, depth: 27, heads: 16, mlp_width: 4304, \
                   activation: gelu_tanh, position: {learned: {rows: 4900}}}";
    let bridge = "{resampler: {latents: 64, depth: 3, heads: 16, kv_heads: 4, head_dim: 96, \
                  mlp_width: 16384, input_mlp: {width: 14336}}}";
    for (size, split, encoder_tokens, flops, of_bridge) in [
        ("480x640", false, 1_530, 1_551_193_804_800, 394_863_575_040),
        ("1080x1920", false, 2_730, 3_175_403_212_800, 639_129_354_240),
        ("480x640", true, 7_650, 7_755_969_024_000, 1_974_317_875_200),
        ("1080x1920", true, 13_650, 15_877_016_064_000, 3_195_646_771_200i128),
    ] {
        let text = format!(
            "image: {{size: {size}, remainder: drop}}\n\
             processor: {{edge-limits: {{split: {split}, tokens: 64}}}}\n\
             encoder: {encoder}\nbridge: {bridge}\nllm: {{width: 4096}}\n"
        );
        let report = plan_of("idefics2", &text);
        let bridge = |measure| of_component(&report, Component::Bridge, measure);
        assert_eq!(report.tokens.encoder.value, Some(encoder_tokens), "{size} {split}");
        assert_eq!(of_tower(&report, Measure::MatmulFlops), Some(flops), "{size} {split}");
        assert_eq!(bridge(Measure::MatmulFlops), Some(of_bridge), "{size} {split}");
        let needed = of_tower(&report, Measure::NeededFlops).unwrap();
        assert_eq!(needed < flops, split, "{size} {split}");
    }
}

/// Llama 3.2 11B Vision, measured as the others (transformers 5.23, classic run): always four tiles, one
/// sequence, gated blocks after the others. Its mask product is part of no component.
#[test]
fn tiles_of_a_picture_are_one_sequence() {
    let spec = |size: &str| {
        format!(
            "image: {size}\n\
             processor: {{canvas: {{tile: 560, max_tiles: 4, fit: pad, thumbnail: false, \
             pad_tiles: true}}}}\n\
             encoder: {{patch: 14, patch_bias: false, width: 1280, depth: 32, heads: 16, \
             mlp_width: 5120, bias: {{qkv: false, out: false}}, class_token: true, pre_norm: true, \
             feature_select: all, joint_tiles: {{tiles: 4, beside: [4, 8, 16, 24, 31]}}}}\n\
             bridge: linear\nllm: {{width: 4096}}\n"
        )
    };
    let mut needed = Vec::new();
    for (size, valid) in [("300x400", 1), ("480x640", 2), ("1080x1920", 4)] {
        let report = plan_of("llama", &spec(size));
        assert_eq!(of_tower(&report, Measure::Params), Some(863_567_379), "{size}");
        assert_eq!(of_tower(&report, Measure::MatmulFlops), Some(18_598_998_835_200), "{size}");
        let bridge = of_component(&report, Component::Bridge, Measure::MatmulFlops);
        assert_eq!(bridge, Some(402_904_842_240), "{size}");
        let mask = report.prefill.row("attention_mask").unwrap();
        assert_eq!(mask.costs.get(Measure::MatmulFlops), Some(82_741_248), "{size}");
        assert_eq!(mask.costs.get(Measure::NeededFlops), Some(0), "{size}");
        let tokens = &report.tokens;
        assert_eq!(tokens.encoder.value, Some(4 * 1608), "{size}");
        assert_eq!(tokens.encoder_valid.value, Some(valid * 1601), "{size}");
        assert_eq!(tokens.patches.value, Some(valid * 1600), "{size}");
        assert_eq!(tokens.visual.value, Some(6404), "{size}");
        needed.push(of_tower(&report, Measure::NeededFlops).unwrap());
        let shapes: Vec<Vec<i64>> = tensors(&report).into_iter().map(|(shape, _)| shape).collect();
        for shape in [vec![9, 8_197_120], vec![9, 5120], vec![1], vec![1601, 1280], vec![1280]] {
            assert!(shapes.contains(&shape), "{shape:?}");
        }
    }
    assert!(needed.is_sorted() && needed[1] < 18_598_998_835_200, "{needed:?}");
}
