//! Vision towers whose numbers are known exactly, compared to the last integer: parameters, the shape
//! of every stored tensor, and the matmul FLOPs of several images. `extract.py` made `towers.json`.

mod behind;
mod experts;
mod measured;
mod padded;
mod profile;
mod refused;
mod said;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use vlmcalc::internals::cost::{Measure, Report};
use vlmcalc::internals::dim::Dim;
use vlmcalc::internals::graph::Component;
use vlmcalc::internals::planned::count;
use vlmcalc::internals::spec::{self, Overrides};
use vlmcalc::internals::stages::decoder::Logits;

/// Shapes, each with how many tensors have it.
type Counts = BTreeSet<(Vec<i64>, i64)>;

/// What was measured of a tower.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tower {
    params: i64,
    tensors: Counts,
    /// Height, width and number of pictures, patches and matmul FLOPs of all.
    images: Vec<(u64, u64, u64, i64, i64)>,
}

/// The encoders, and the names of their models.
const TOWERS: [(&str, &str); 14] = [
    (
        "qwen2-vl-7b-instruct",
        "{patch: 14, temporal_patch: 2, patch_bias: false, width: 1280, depth: 32, heads: 16, \
         mlp_width: 5120, activation: quick_gelu, qkv: fused, position: rotary, post_norm: false}",
    ),
    (
        "qwen2.5-vl-7b-instruct",
        "{patch: 14, temporal_patch: 2, patch_bias: false, width: 1280, depth: 32, heads: 16, \
         mlp_width: 3420, mlp: gated, activation: silu, norm: rmsnorm, qkv: fused, position: rotary, \
         post_norm: false, window: 8, full_attention: [7, 15, 23, 31]}",
    ),
    (
        "qwen3-vl-4b-instruct",
        "{patch: 16, temporal_patch: 2, width: 1024, depth: 24, heads: 16, mlp_width: 4096, \
         activation: gelu_tanh, qkv: fused, position: {learned-and-rotary: {rows: 2304}}, \
         post_norm: false}",
    ),
    (
        "qwen3-vl-8b-instruct",
        "{patch: 16, temporal_patch: 2, width: 1152, depth: 27, heads: 16, mlp_width: 4304, \
         activation: gelu_tanh, qkv: fused, position: {learned-and-rotary: {rows: 2304}}, \
         post_norm: false}",
    ),
    (
        "glm-4.1v-9b-thinking",
        "{patch: 14, temporal_patch: 2, width: 1536, depth: 24, heads: 12, mlp_width: 4096, \
         mlp: gated, activation: silu, norm: rmsnorm, bias: false, qkv: fused, pre_norm: true, \
         position: {learned-and-rotary: {rows: 576}}}",
    ),
    ("mistral-small-3.1-24b-instruct-2503", PIXTRAL_14),
    (
        "pixtral-12b",
        "{patch: 16, patch_bias: false, width: 1024, depth: 24, heads: 16, mlp_width: 4096, \
         mlp: gated, activation: silu, norm: rmsnorm, bias: false, position: rotary, \
         rotary_frequencies: alternating, pre_norm: true, post_norm: false}",
    ),
    (
        "muse-glimmer-30b",
        "{patch: 14, temporal_patch: 2, patch_bias: false, patch_storage: matrix, width: 1536, \
         depth: 50, heads: 16, mlp_width: 8960, pre_norm: true, window: 32, \
         position: {learned-and-rotary: {rows: 1024}}, \
         full_attention: [3, 7, 11, 15, 19, 23, 27, 31, 35, 39, 43, 47, 49]}",
    ),
    (
        "kimi-k2.5",
        "{patch: 14, width: 1152, depth: 27, heads: 16, mlp_width: 4304, activation: gelu_tanh, \
         position: {learned-and-rotary: {rows: 4096}}}",
    ),
    (
        "ovis2-1b-hf",
        "{patch: 14, width: 1024, depth: 24, heads: 8, mlp_width: 2816, mlp: gated, \
         activation: silu, norm: rmsnorm, bias: false, pre_norm: true}",
    ),
    (
        "perception-lm-1b",
        "{patch: 14, patch_bias: false, width: 1024, depth: 23, heads: 16, mlp_width: 4096, \
         qkv: fused, layer_scale: true, class_token: true, table_storage: batched, \
         position: learned-and-rotary, pre_norm: true, post_norm: false}",
    ),
    (
        "molmo2-4b",
        "{patch: 14, patch_storage: matrix, width: 1152, depth: 25, heads: 16, mlp_width: 4304, \
         activation: gelu_tanh, post_norm: false, feature_layer: [-3, -9]}",
    ),
    (
        "llama-4-scout-17b-16e-instruct",
        "{patch: 14, patch_bias: false, patch_storage: matrix, width: 1408, depth: 34, heads: 16, \
         mlp_width: 5632, class_token: true, class_token_at: end, position: learned-and-rotary, \
         pre_norm: true}",
    ),
    (
        "phi-4-multimodal-instruct",
        "{patch: 14, width: 1152, depth: 27, heads: 16, mlp_width: 4304, activation: gelu_tanh, \
         feature_layer: -2, head: attention-pool}",
    ),
];

const PIXTRAL_14: &str = "{patch: 14, patch_bias: false, width: 1024, depth: 24, heads: 16, \
    mlp_width: 4096, mlp: gated, activation: silu, norm: rmsnorm, bias: false, position: rotary, \
    rotary_frequencies: alternating, pre_norm: true, post_norm: false}";

/// The plan of an encoder on so many pictures, before some LLM.
fn plan(name: &str, encoder: &str, [height, width, pictures]: [u64; 3]) -> Report {
    let image = format!("{{size: {height}x{width}, tiles: {pictures}}}");
    loaded(name, &image, encoder).unwrap_or_else(|text| panic!("{text}"))
}

/// The plan of an encoder on an image, before some LLM, or why there is none.
fn loaded(name: &str, image: &str, encoder: &str) -> Result<Report, String> {
    let text = format!("image: {image}\nencoder: {encoder}\nbridge: linear\nllm: {{width: 64}}\n");
    planned(name, &text)
}

/// The plan of a spec.
fn plan_of(name: &str, text: &str) -> Report {
    planned(name, text).unwrap_or_else(|text| panic!("{text}"))
}

/// The plan of a spec, or why there is none.
fn planned(name: &str, text: &str) -> Result<Report, String> {
    let file = format!("vlmcalc-tower-{}-{}.yaml", name.replace(' ', "-"), std::process::id());
    let path = std::env::temp_dir().join(file);
    std::fs::write(&path, text).unwrap();
    let loaded = spec::load(path.to_str().unwrap(), &Overrides::default());
    std::fs::remove_file(&path).unwrap();
    let loaded = loaded.map_err(|failure| format!("{:?}", failure.diagnostics))?;
    count(name, &loaded.spec, Logits::All).map_err(|problem| format!("{problem:?}"))
}

fn of_tower(report: &Report, measure: Measure) -> Option<i128> {
    of_component(report, Component::VisionEncoder, measure)
}

fn of_component(report: &Report, component: Component, measure: Measure) -> Option<i128> {
    report.prefill.component(component).unwrap().costs.get(measure)
}

/// The shapes of the tensors that the tower stores, each with how many tensors have it.
fn tensors(report: &Report) -> Counts {
    let graph = &report.prefill.graph;
    let value = |dim: &Dim| i64::try_from(graph.symbols.eval(dim).unwrap().unwrap()).unwrap();
    let mut counts = BTreeMap::new();
    for param in graph.params.iter().filter(|one| one.component == Component::VisionEncoder) {
        let shape: Vec<i64> = param.shape.0.iter().map(value).collect();
        *counts.entry(shape).or_insert(0) += value(&param.copies);
    }
    counts.into_iter().collect()
}

fn measured() -> BTreeMap<String, Tower> {
    serde_json::from_str(include_str!("towers.json")).unwrap()
}

#[test]
fn towers_are_exact() {
    let measured = measured();
    assert_eq!(measured.len(), TOWERS.len());
    for (name, encoder) in TOWERS {
        let tower = &measured[name];
        assert!(!tower.images.is_empty());
        for (height, width, pictures, patches, flops) in &tower.images {
            let report = plan(name, encoder, [*height, *width, *pictures]);
            let place = format!("{name} at {height}x{width}");
            assert_eq!(of_tower(&report, Measure::Params), Some(tower.params.into()), "{place}");
            assert_eq!(report.tokens.patches.value, Some((*patches).into()), "{place}");
            assert_eq!(of_tower(&report, Measure::MatmulFlops), Some((*flops).into()), "{place}");
            assert_eq!(tensors(&report), tower.tensors, "{place}");
        }
    }
}

/// Molmo 2's features of two layers are side by side; VipLLaVA's of five (of CLIP-L/14-336) too.
#[test]
fn features_of_several_layers_are_as_wide_together() {
    let width = |encoder: &str, size| {
        let report = plan("features", encoder, size);
        report.tokens.encoder_width.value
    };
    let molmo = TOWERS.iter().find(|(name, _)| *name == "molmo2-4b").unwrap().1;
    assert_eq!(width(molmo, [378, 378, 1]), Some(2 * 1152));
    let clip = "{patch: 14, patch_bias: false, width: 1024, depth: 24, heads: 16, mlp_width: 4096, \
                class_token: true, pre_norm: true, feature_layer: [-2, -5, -8, -11, 6]}";
    assert_eq!(width(clip, [336, 336, 1]), Some(5 * 1024));
    let report = plan("vip", clip, [336, 336, 1]);
    assert_eq!(of_tower(&report, Measure::Params), Some(303_507_456));
    assert_eq!(report.prefill.component(Component::Bridge).unwrap().input.last(), {
        report.tokens.encoder_width.dim.clone()
    });
    let added = clip.replace("feature_layer:", "feature_join: add, feature_layer:");
    assert_eq!(width(&added, [336, 336, 1]), Some(1024));
}

/// open_clip's profile of SigLIP's towers with their attention-pool heads, in GFLOP with two decimals
/// (docs/model_profile.csv of open_clip).
#[test]
fn pooled_heads_are_those_of_the_profile() {
    for (size, encoder, profile) in [
        (384, "patch: 14, width: 1152, depth: 27, heads: 16, mlp_width: 4304", "670.35"),
        (224, "patch: 14, width: 1152, depth: 27, heads: 16, mlp_width: 4304", "220.35"),
        (512, "patch: 16, width: 768, depth: 12, heads: 12, mlp_width: 3072", "216.24"),
        (384, "patch: 16, width: 1024, depth: 24, heads: 16, mlp_width: 4096", "383.85"),
    ] {
        let side = size / 14 * 14;
        let size = if encoder.starts_with("patch: 14") { side } else { size };
        let encoder = format!("{{{encoder}, head: attention-pool}}");
        let report = plan("pooled", &encoder, [size, size, 1]);
        let flops = of_tower(&report, Measure::MatmulFlops).unwrap();
        assert_eq!(format!("{:.2}", flops as f64 / 1e9), profile);
    }
}

/// Keys of Hugging Face's files: windows in pixels, blocks without windows, frames, a head, and the
/// layers of DeepStack, which need a bridge beside them.
#[test]
fn keys_of_configuration_files_are_understood() {
    let said = |encoder: &str| {
        let text = format!("vision_config: {encoder}\nbridge: merger\nllm: {{width: 64}}\n");
        let ran = crate::command::vlmcalc_reading(&["plan", "-", "--format", "json"], text);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let plan: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        plan["spec"].clone()
    };
    let qwen = "{hidden_size: 1280, depth: 32, num_heads: 16, intermediate_size: 3420, patch_size: 14, \
                temporal_patch_size: 2, window_size: 112, fullatt_block_indexes: [7, 15, 23, 31], \
                position: rotary}";
    let encoder = &said(qwen)["encoder"];
    assert_eq!(encoder["window"], 8);
    assert_eq!(encoder["full_attention"], serde_json::json!([7, 15, 23, 31]));
    assert_eq!(encoder["temporal_patch"], 2);
    let siglip = "{hidden_size: 1024, patch_size: 16, vision_use_head: true}";
    assert_eq!(said(siglip)["encoder"]["head"]["attention-pool"]["run"], true);
    let text = "vision_config: {deepstack_visual_indexes: [5, 11, 17]}\nbridge: merger\n";
    let refused = crate::command::vlmcalc_reading(&["plan", "-"], text).stderr;
    assert!(refused.contains("`deepstack: {layers: [5, 11, 17]}`"), "{refused}");
}

/// One tower has layers whose features are as many tokens as those that they are added to.
#[test]
fn deepstack_is_refused_where_its_layers_are_not_clear() {
    let tower = "patch: 16, width: 32, depth: 4, heads: 2, mlp_width: 64";
    for (encoder, said) in [
        (format!("{{towers: [{{{tower}}}, {{{tower}}}]}}"), "there are several `towers`"),
        (format!("{{{tower}, merge: {{after: 1}}}}"), "has fewer in some"),
    ] {
        let text = format!(
            "image: 64x96\nencoder: {encoder}\nbridge: linear\n\
             deepstack: {{layers: [0, 3], bridge: linear}}\nllm: {{width: 32}}\n"
        );
        let ran = crate::command::vlmcalc_reading(&["plan", "-"], text);
        assert_eq!(ran.code, 2, "{}", ran.stdout);
        assert!(ran.stderr.contains(said) && ran.stderr.contains("<stdin>:4:"), "{}", ran.stderr);
    }
}

/// The features of inner layers and the visual tokens are as many, whatever the bridges.
#[test]
fn deepstack_adds_to_every_visual_token() {
    let plan = |bridge: &str| {
        let text = format!(
            "image: 64x96\nencoder: {{patch: 16, width: 32, depth: 4, heads: 2, mlp_width: 64}}\n\
             bridge: {{pixel-shuffle: {{factor: 2}}}}\ndeepstack: {{layers: [0, 3], bridge: {bridge}}}\n\
             llm: {{width: 32, depth: 2, heads: 2, mlp_width: 64, vocab: 10}}\n\
             prompt: {{text_tokens: 2}}\n"
        );
        crate::command::vlmcalc_reading(&["plan", "-"], text)
    };
    for bridge in ["merger", "{pixel-shuffle: {factor: 2}}", "{avg-pool: {kernel: 2}}"] {
        let ran = plan(bridge);
        assert_eq!(ran.code, 0, "{bridge}: {}", ran.stderr);
    }
    for bridge in ["linear", "{pixel-shuffle: {factor: 1}}"] {
        let ran = plan(bridge);
        assert_eq!(ran.code, 2, "{bridge}: {}", ran.stdout);
        assert!(ran.stderr.contains("another number of tokens than `bridge`"), "{}", ran.stderr);
        assert!(ran.stderr.contains("<stdin>:4:"), "{}", ran.stderr);
    }
}
