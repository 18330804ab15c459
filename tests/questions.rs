//! Questions that people asked in public, with the right answers.

use serde_json::Value;

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

/// LLaMA-7B's sizes, as a section.
const LLAMA: &str =
    "llm: {width: 4096, depth: 32, heads: 32, mlp_width: 11008, vocab: 32000, context: 4096}\n";

fn json(args: &[&str], stdin: &str) -> Value {
    let args = [&["plan", "--format", "json"], args].concat();
    let Ran { code, stdout, stderr } = vlmcalc_reading(&args, stdin);
    assert_eq!(code, 0, "{args:?}: {stderr}");
    serde_json::from_str(&stdout).unwrap()
}

fn at(plan: &Value, path: &str) -> i64 {
    let found = path.split('.').fold(plan, |value, key| match key.parse::<usize>() {
        Ok(index) => &value[index],
        Err(_) => &value[key],
    });
    found.as_i64().unwrap_or_else(|| panic!("{path} in {plan}"))
}

#[test]
fn visual_tokens_in_front_of_an_llm() {
    // In TFLOP, logits at the last position.
    for (count, tflop) in [(192, 3.033), (128, 2.191), (64, 1.353)] {
        let said = format!("visual_tokens: {count}\n{LLAMA}prompt: {{text_tokens: 40}}\n");
        let plan = json(&["-", "--logits", "last"], &said);
        let flops = at(&plan, "prefill.matmul_flops.total");
        assert_eq!((flops as f64 / 1e9).round() / 1e3, tflop, "{count}");
        assert_eq!(at(&plan, "tokens.sequence"), count + 40);
        // The same LLM behind a tower: its own FLOPs are the same.
        let set = format!("visual_tokens={count}");
        let args = ["llava-1.5-7b", "--set", &set, "--text-tokens", "40", "--logits", "last"];
        let whole = json(&[&args[..], &["--set", "llm.vocab=32000"]].concat(), "");
        assert_eq!(at(&whole, "prefill.matmul_flops.by_component.llm"), flops);
        assert_eq!(at(&whole, "params.by_component.vision_encoder"), 303_507_456);
    }
}

#[test]
fn a_prompt_of_text_alone() {
    let spec = format!("visual_tokens: 1\n{LLAMA}prompt: {{images: 0, text_tokens: 3000}}\n");
    let plan = json(&["-", "--depth", "1"], &spec);
    let stages = plan["stages"].as_array().unwrap();
    let blocks = stages.iter().find(|stage| stage["name"] == "blocks").unwrap();
    assert_eq!(blocks["matmul_flops"]["value"], 43_574_624_256_000_i64);
    // 44.36 TFLOP with the logits of all positions.
    assert_eq!(at(&plan, "prefill.matmul_flops.total") / 10_000_000_000, 4436);
    let behind = json(&["llava-1.5-7b", "--images", "0", "--text-tokens", "3000"], "");
    assert_eq!(at(&behind, "tokens.visual"), 0);
    assert_eq!(at(&behind, "prefill.matmul_flops.by_component.vision_encoder"), 0);
    assert_eq!(at(&behind, "params.total"), 7_063_427_072);
}

#[test]
fn an_llm_in_4_bits_behind_a_tower_in_16() {
    let args = ["llava-1.5-7b", "--dtype", "llm=int4"];
    let plan = json(&args, "");
    let of = |component: &str| at(&plan, &format!("memory.weight_bytes_by_component.{component}"));
    assert_eq!(of("vision_encoder") + of("bridge"), 648_974_336);
    assert_eq!(of("llm"), 3_369_469_952);
    assert_eq!(at(&plan, "memory.weight_bytes"), 4_018_444_288);
    // Weights alone are quantised: the cache keeps 16 bits.
    assert_eq!(at(&plan, "memory.kv_cache_bytes"), 335_544_320);
    let int4 = json(&["llava-1.5-7b", "--dtype", "int4", "--batch", "8"], "");
    assert_eq!(at(&int4, "memory.kv_cache_bytes"), 8 * 335_544_320);
}

#[test]
fn the_cache_of_a_token_and_of_an_answer() {
    // Qwen2-7B: 28 layers, 4 heads of 128, keys and values of 2 bytes.
    let qwen = json(&["llava-onevision-qwen2-7b"], "");
    assert_eq!(at(&qwen, "memory.kv_bytes_per_token"), 57_344);
    let llava = json(&["llava-1.5-7b", "--generated-tokens", "500"], "");
    assert_eq!(at(&llava, "memory.kv_cache_bytes"), 640 * 524_288);
    assert_eq!(at(&llava, "answer.memory.kv_cache_bytes"), (640 + 499) * 524_288);
}

#[test]
fn what_is_left_of_a_context_and_how_many_images_fit_it() {
    let args = ["gemma-3-4b", "--set", "llm.context=1024", "--text-tokens", "0"];
    let plan = json(&args, "");
    let markers = at(&plan, "tokens.structural");
    assert_eq!(at(&plan, "tokens.left"), 768 - markers);
    assert_eq!(at(&plan, "tokens.more_images"), (768 - markers) / (256 + markers));
    let over = json(&["gemma-3-4b", "--set", "llm.context=300"], "");
    assert!(at(&over, "tokens.left") < 0);
    assert_eq!(at(&over, "tokens.more_images"), 0);
}

#[test]
fn visual_tokens_of_a_whole_batch() {
    let plan = json(&["llava-1.5-7b", "--batch", "64"], "");
    assert_eq!((at(&plan, "tokens.visual"), at(&plan, "tokens.batch")), (576, 576 * 64));
}

#[test]
fn the_projector_behind_a_wider_tower() {
    // "size mismatch [4096, 1664] vs [4096, 1024]"
    let args = ["tensors", "llava-1.5-7b", "--set", "encoder.width=1664", "--format", "csv"];
    let Ran { stdout, .. } = vlmcalc(&args);
    let line = stdout.lines().find(|line| line.contains("multi_modal_projector.linear_1.weight"));
    assert!(line.is_some_and(|line| line.contains("[4096, 1664]")), "{stdout}");
}

#[test]
fn the_field_that_says_a_symbol_is_one() {
    let open = "bridge: {qformer: {queries: 4, text: {vocab: 9, positions: 8}}}\n\
                llm: {position: learned, sliding_window: 5}\nimage: {tiles: 2}\n\
                prompt: {images: 2, structural_tokens: 1, generated_tokens: 3}\n";
    let mut plans = vec![json(&["-"], open)];
    for preset in ["gemma-3-4b", "idefics2-8b", "internvl3-1b", "llava-1.5-7b", "qwen-vl-7b"] {
        plans.push(json(&[preset], ""));
    }
    let mut fields = std::collections::BTreeSet::new();
    for plan in &plans {
        let symbols = plan["symbols"].as_object().unwrap().values();
        fields.extend(symbols.filter_map(|symbol| symbol["field"].as_str().map(str::to_owned)));
    }
    assert!(fields.len() > 25, "{fields:?}");
    for field in fields {
        let Ran { code, stderr, .. } = vlmcalc(&["doc", &field]);
        assert_eq!(code, 0, "{field}: {stderr}");
    }
}

/// The visual tokens of a preset whose picture on disk has this size.
fn of_picture(preset: &str, size: &str) -> i64 {
    at(&json(&[preset, "--image", size], ""), "tokens.visual")
}

#[test]
fn newlines_stand_after_each_row_of_the_joined_tiles() {
    // 576 + 24 × 25 of a small picture: two tiles and the view of the whole.
    assert_eq!(of_picture("llava-v1.6-mistral-7b", "336x336"), 1_176);
    assert_eq!(of_picture("llava-v1.6-mistral-7b", "672x672"), 2_928);
    assert_eq!(of_picture("llava-onevision-7b-anyres", "384x384"), 1_485);
    assert_eq!(of_picture("llava-onevision-7b-anyres", "768x768"), 3_699);
}

#[test]
fn four_layers_side_by_side_before_tiles_are_joined() {
    // Granite Vision 3.2: 3 × 3 tiles of 27 × 27 tokens, 81 × 82 + 729.
    let granite = "image: {size: 1152x1152, remainder: drop}\n\
                   processor: {anyres: {tile: 384, pinpoints: [1152x1152]}}\n\
                   encoder: {patch: 14, width: 1152, depth: 27, heads: 16, mlp_width: 4304, \
                   position: {learned: {rows: 729}}, feature_layer: [-24, -20, -12, -1]}\n\
                   bridge: {mlp: {image_newline: true}}\n\
                   llm: {width: 2048}\nprompt: {text_tokens: 64}\n";
    assert_eq!(at(&json(&["-"], granite), "tokens.visual"), 7_371);
    let Ran { stdout, .. } = vlmcalc_reading(&["tensors", "-", "--format", "csv"], granite);
    let line = stdout.lines().find(|line| line.contains("multi_modal_projector.linear_1.weight"));
    assert!(line.is_some_and(|line| line.contains("[2048, 4608]")), "{stdout}");
    let vip = json(&["vip-llava-7b"], "");
    // LayerNorm(5 · 1,024), then 5,120 → 4,096 → 4,096 with biases.
    let layers = 2 * 5_120 + 5_121 * 4_096 + 4_097 * 4_096;
    assert_eq!(at(&vip, "params.by_component.bridge"), layers);
}

#[test]
fn a_vision_config_whose_hidden_size_is_that_of_the_llm() {
    // Qwen2-VL: `embed_dim: 1280`, `hidden_size: 3584`; patches of two frames of 14 × 14 pixels.
    let tower = at(&json(&["qwen2-vl-7b"], ""), "params.by_component.vision_encoder");
    assert_eq!(tower / 10_000_000, 63);
    let Ran { stdout, .. } = vlmcalc(&["tensors", "qwen2-vl-7b", "--format", "csv"]);
    assert!(stdout.contains("[1280, 3, 2, 14, 14]"), "{stdout}");
}
