//! Files of other programs: each is recognised, and those with all sizes are read.

use std::path::Path;

use serde_json::Value;

use crate::command::{Ran, vlmcalc_reading, vlmcalc_within};

fn plan(text: &str, more: &[&str]) -> Ran {
    vlmcalc_reading(&[&["plan", "-", "--format", "json"], more].concat(), text)
}

/// The plan of a text that is read.
fn planned(text: &str, more: &[&str]) -> Value {
    let Ran { code, stdout, stderr } = plan(text, more);
    assert_eq!((code, stderr.as_str()), (0, ""), "{text}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn files_are_recognised() {
    for (text, what, help) in [
        (
            "{model_type: llava, architectures: [LlavaForConditionalGeneration], vision_config: {}}",
            "a config.json of Hugging Face",
            "`vlmcalc new my.yaml --from llava-1.5-7b`",
        ),
        (
            "{model_type: internvl_chat, llm_config: {hidden_size: 3584}, force_image_size: 448}",
            "a config.json of Hugging Face",
            "the nearest preset is `internvl3-8b`",
        ),
        (
            "{_name_or_path: google/gemma-3-4b-it, model_type: gemma3, vision_config: {}}",
            "a config.json of Hugging Face",
            "the preset `gemma-3-4b` is this model",
        ),
        ("{model_type: qwen2, hidden_size: 3584}", "Hugging Face", "it is an LLM alone"),
        ("{model_type: dinov2, patch_size: 14}", "Hugging Face", "it is an encoder alone"),
        ("{model_type: mllama, vision_config: {}}", "Hugging Face", "no preset is near"),
        ("{transformers_version: 4.57.1, max_length: 20}", "without sizes", "config.json"),
        ("{eos_token_id: 2, do_sample: true}", "about generating answers", "config.json"),
        ("{base_emb_dim: 4096, head_dim: 8}", "a MaxText file", "it names no model"),
        ("{version: '1.0', added_tokens: [], model: {}}", "a tokenizer's file", "config.json"),
        ("model_id: llava-hf/llava-1.5-7b-hf", "recipe (TRL)", "`llava-1.5-7b` is this model"),
        ("on: push\njobs: {}", "a workflow of GitHub Actions", "`vlmcalc doc ci`"),
        ("import torch\n\nclass Model:\n    width = 8\n", "in Python", "`vlmcalc new my.yaml`"),
        ("from torch import nn\nx: 3\n", "in Python", "`vlmcalc new my.yaml`"),
        ("{image_processor_type: CLIPImageProcessor}", "an image processor's file", "`image`"),
        ("{architecture: vit_base_patch16_224, num_classes: 0}", "a timm file", "`encoder`"),
        (
            "model: {arch: blip2_opt, model_type: pretrain_opt2.7b}",
            "a LAVIS file",
            "the preset `blip2-opt-2.7b` is this model",
        ),
        (
            "model: {arch: blip2_vicuna_instruct, model_type: vicuna7b}",
            "a LAVIS file",
            "the preset `instructblip-vicuna-7b` is this model",
        ),
        (
            "{model_type: mllm, vision_config: {}, projector_config: {projector_type: c-abs}, lm_config: {}}",
            "a Honeybee file",
            "vlmcalc new my.yaml",
        ),
        (
            "{base_emb_dim: 2560, image_size_for_vit: 896, model_name: gemma3-4b}",
            "a MaxText file",
            "gemma3-4b",
        ),
        (
            "base_model: llava-hf/llava-1.5-7b-hf\ndatasets: []",
            "a recipe of axolotl (`base_model: llava-hf/llava-1.5-7b-hf`)",
            "the preset `llava-1.5-7b` is this model: `vlmcalc plan llava-1.5-7b`",
        ),
        (
            "model_name_or_path: llava-hf/llava-1.5-13b-hf\nstage: sft",
            "a training recipe (LLaMA-Factory, TRL)",
            "no preset is called like `llava-hf/llava-1.5-13b-hf`",
        ),
        (
            "model: {_component_: torchtune.models.llama3_2_vision.llama3_2_vision_11b}",
            "a recipe of torchtune",
            "no preset is called like",
        ),
        (
            "trainer: {devices: 8}\nmodel: {mm_cfg: {llm: {from_pretrained: null}}}",
            "a recipe of NeMo",
            "vlmcalc new my.yaml",
        ),
        ("rules: {}", "a policy of vlmcalc", "vlmcalc check --policy"),
        ("{version: 1, paths: [], specs: {}}", "a baseline of vlmcalc", "vlmcalc baseline check"),
    ] {
        let Ran { code, stdout, stderr } = plan(text, &[]);
        assert_eq!((code, stdout.as_str()), (2, ""), "{text}");
        assert!(
            stderr.starts_with(&format!("error[other-file]: this is {what}"))
                || stderr.contains(what),
            "{text}: {stderr}"
        );
        assert!(stderr.contains(help), "{text}: {stderr}");
        assert_eq!(stderr.matches("error[").count(), 1, "{text}: {stderr}");
        assert!(stderr.lines().count() < 12, "{text}: {stderr}");
    }
}

/// Keys that say a number format or nothing about shapes.
#[test]
fn keys_of_no_shape_are_left_out() {
    for (set, help) in [
        ("torch_dtype=float16", "`prompt: {dtype: float16}`"),
        ("vision_config.torch_dtype=float16", "`prompt: {dtype: float16}`"),
        ("encoder.dtype=float32", "`prompt: {dtype: float32}`"),
        ("llm.dtype=torch.bfloat16", "`prompt: {dtype: bfloat16}`"),
        ("llm.rope_theta=10000.0", "`rope_theta` changes no shape: leave it out"),
        ("vision_config.attention_dropout=0.1", "changes no shape: leave it out"),
        ("prompt.logits=last", "`--logits last`"),
    ] {
        let Ran { code, stderr, .. } = plan("bridge: linear\n", &["--set", set]);
        assert_eq!(code, 2, "{set}");
        assert!(stderr.contains(help), "{set}: {stderr}");
    }
}

/// Of a line with many faults a few, each for one word.
#[test]
fn a_line_says_each_fault_once() {
    let of = |line: &str| vlmcalc_reading(&["plan", line], "").stderr;
    let many = of("aa bb cc dd ee ff gg -> llm 4096");
    assert_eq!(many.matches("is not understood").count(), 5, "{many}");
    assert!(many.contains("and 2 more of this kind"), "{many}");
    let words = of("siglip-so400m 384/14 foo 12 -> llm 4k");
    assert_eq!(words.matches("error[").count(), 3, "{words}");
    for said in ["`siglip-so400m` is not", "`foo` is not", "write `4000`"] {
        assert!(words.contains(said), "{said}: {words}");
    }
}

#[test]
fn a_saved_plan_is_recognised() {
    let saved = vlmcalc_reading(&["plan", "tiny", "--format", "json"], "").stdout;
    let Ran { code, stderr, .. } = plan(&saved, &[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("this is a saved plan of vlmcalc"), "{stderr}");
}

/// A spec may have sections by the names of other programs.
#[test]
fn a_spec_is_none_of_them() {
    let text =
        "image: 28\nvision_config: {patch_size: 14}\nprojector_config: mlp\ntext_config: {}\n";
    planned(text, &[]);
    let Ran { stderr, .. } = plan(&format!("model_type: llava\n{text}"), &[]);
    assert!(stderr.contains("other-file") || stderr.contains("unknown key"), "{stderr}");
}

/// Towers of open_clip, the width of the space that they project their class token into, and their
/// published GFLOPs. Source: docs/model_profile.csv of github.com/mlfoundations/open_clip.
const TOWERS: [(&str, u64, &str); 9] = [
    ("image_size: 336, layers: 24, width: 1024, patch_size: 14", 768, "381.92"),
    ("image_size: 224, layers: 24, width: 1024, patch_size: 14", 768, "162.03"),
    ("image_size: 280, layers: 24, width: 1024, patch_size: 14", 768, "258.49"),
    ("image_size: 224, layers: 32, width: 1280, head_width: 80, patch_size: 14", 1024, "334.59"),
    ("image_size: 336, layers: 32, width: 1280, head_width: 80, patch_size: 14", 1024, "781.45"),
    (
        "image_size: 224, layers: 40, width: 1408, head_width: 88, mlp_ratio: 4.3637, patch_size: 14",
        1024,
        "534.06",
    ),
    (
        "image_size: 224, layers: 48, width: 1664, head_width: 104, mlp_ratio: 4.9231, patch_size: 14",
        1280,
        "967.50",
    ),
    (
        "image_size: 224, layers: 56, width: 1792, head_width: 112, mlp_ratio: 8.5715, patch_size: 14",
        1280,
        "1981.35",
    ),
    ("image_size: 224, layers: 12, width: 768, patch_size: 16", 512, "35.13"),
];

#[test]
fn towers_of_open_clip_have_their_published_flops() {
    for (tower, shared, published) in TOWERS {
        let text = format!("{{embed_dim: {shared}, vision_cfg: {{{tower}}}, text_cfg: {{}}}}");
        let plan = planned(&text, &["--set", "bridge=linear"]);
        let flops = plan["prefill"]["matmul_flops"]["by_component"]["vision_encoder"].as_u64();
        let width = plan["spec"]["encoder"]["width"].as_u64().unwrap();
        // The projection is no part of a pipeline: one token times a matrix.
        let all = flops.unwrap() + 2 * width * shared;
        assert_eq!(format!("{:.2}", all as f64 / 1e9), published, "{tower}");
    }
}

#[test]
fn a_tower_says_what_is_missing() {
    let clip =
        "{embed_dim: 768, vision_cfg: {image_size: 336, layers: 24, width: 1024, patch_size: 14}}";
    let Ran { code, stderr, .. } = plan(clip, &[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("an open_clip file has no bridge and no LLM"), "{stderr}");
    // CLIP ViT-L/14-336 as llava-1.5-7b has it, number by number.
    let whole = planned(clip, &["--set", "bridge=mlp", "--set", "llm.width=4096"]);
    assert_eq!(whole["params"]["by_component"]["vision_encoder"], 303_507_456);
    assert_eq!(whole["tokens"]["visual"], 576);
    let notes = whole["notes"].to_string();
    assert!(notes.contains("read from an open_clip file"), "{notes}");
    // As the hub has it, with defaults and what a ViT does not have.
    let hub = format!("{{model_cfg: {clip}, preprocess_cfg: {{}}}}");
    planned(&hub, &["--set", "bridge=mlp"]);
    let plain = planned("{embed_dim: 512, vision_cfg: {}, text_cfg: {}}", &["--set", "bridge=mlp"]);
    assert_eq!(plain["params"]["by_component"]["vision_encoder"], 85_798_656 + 768 * 2 - 768);
    for (tower, why) in [
        ("timm_model_name: vit_so400m_patch14_siglip_384, timm_proj: none", "timm's"),
        ("layers: [3, 4, 6, 3], width: 64", "ResNet"),
        ("input_patchnorm: true", "`input_patchnorm` of open_clip cannot be planned"),
    ] {
        let Ran { stderr, .. } = plan(&format!("{{vision_cfg: {{{tower}}}, text_cfg: {{}}}}"), &[]);
        assert!(stderr.contains("other-file") && stderr.contains(why), "{tower}: {stderr}");
    }
}

/// The configuration of lusxvr/nanoVLM-222M on the hub.
const NANOVLM: &str = "{vit_hidden_dim: 768, vit_inter_dim: 3072, vit_patch_size: 16, \
    vit_img_size: 224, vit_n_heads: 12, vit_dropout: 0.0, vit_n_blocks: 12, vit_ln_eps: 1e-06, \
    vit_cls_flag: false, vit_model_type: google/siglip-base-patch16-224, lm_hidden_dim: 576, \
    lm_inter_dim: 1536, lm_rms_eps: 1e-05, lm_re_base: 100000, lm_max_position_embeddings: 8192, \
    lm_vocab_size: 49152, lm_n_heads: 9, lm_n_kv_heads: 3, lm_dropout: 0.0, lm_n_blocks: 30, \
    lm_attn_scaling: 1.0, lm_tie_weights: true, mp_pixel_shuffle_factor: 2}";

#[test]
fn a_nanovlm_file_is_a_whole_pipeline() {
    let plan_of = planned(NANOVLM, &["--text-tokens", "64"]);
    let params = &plan_of["params"]["by_component"];
    // A SigLIP base/16 tower, one matrix of 4·768 × 576, SmolLM2-135M.
    assert_eq!(params["vision_encoder"], 85_797_120);
    assert_eq!(params["bridge"], 3_072 * 576);
    assert_eq!(params["llm"], 134_515_008);
    assert_eq!(plan_of["tokens"]["visual"], 49);
    assert!(plan_of["notes"].to_string().contains("read from a nanoVLM file"));
    let with_class = NANOVLM.replace("vit_cls_flag: false", "vit_cls_flag: true");
    let Ran { code, stderr, .. } = plan(&with_class, &[]);
    assert_eq!(code, 2);
    assert!(stderr.contains("vit_cls_flag"), "{stderr}");
    // A size that is not there stays a symbol.
    let without = NANOVLM.replace("lm_inter_dim: 1536, ", "");
    assert!(!planned(&without, &[])["params"]["total"].is_number());
}

#[test]
fn of_many_errors_a_few() {
    let keys: String = (0..43).map(|n| format!("k{n}: 1\n")).collect();
    let Ran { stderr, .. } = plan(&format!("bridge: mlp\n{keys}"), &[]);
    assert_eq!(stderr.matches("error[unknown-key]").count(), 5, "{stderr}");
    assert_eq!(stderr.matches("known keys:").count(), 1, "{stderr}");
    assert!(stderr.contains("and 38 more of this kind"), "{stderr}");
    // Many of them take no longer.
    let keys: String = (0..9000).map(|n| format!("k{n}: 1\n")).collect();
    let ran = vlmcalc_within(5, Path::new("."), &["plan", "-"], format!("bridge: mlp\n{keys}"));
    assert!(ran.stderr.contains("and 8995 more of this kind"), "{}", ran.stderr);
}

#[test]
fn fields_are_said_in_another_way() {
    let own = "image: 28\nencoder: {patch: 14, width: 64, depth: 4, heads: 4, mlp_width: 279, \
        bias: {qkv: false, mlp: false}, layer_scale: true, qk_norm: full, feature_layer: -2}\n\
        bridge: {pixel-shuffle: {factor: 2, then: {mlp: {activation: relu, bias: false, hidden: [8]}}}}\n\
        llm: {width: 32, bias: {qkv: true, out: true, mlp: true}, tied: true}\n";
    let theirs = "image: 28\nvision_cfg: {patch_size: [14, 14], embed_dim: 64, layers: 4, num_heads: 4, \
        mlp_ratio: 4.3637, qkv_bias: false, mlp_bias: false, layer_scale_init_value: 0.1, use_qk_norm: true}\n\
        projector_config: {pixel-shuffle: {downsample_ratio: 0.5, then: {mlp: {projector_hidden_act: relu, \
        projector_bias: false, projector_hidden_size: 8}}}}\n\
        llm_config: {hidden_size: 32, attention_bias: true, mlp_bias: true}\n\
        vision_feature_layer: -2\ntie_word_embeddings: true\n";
    assert_eq!(planned(theirs, &[])["spec"], planned(own, &[])["spec"]);
    for (one, other) in [
        ("mm_projector_type: mlp2x_gelu", "bridge: {mlp: {depth: 2}}"),
        ("mm_projector_type: linear", "bridge: linear"),
        (
            "bridge: {qformer: {num_query_token: 4, hidden_size: 8, num_attention_heads: 2}}",
            "bridge: {qformer: {queries: 4, width: 8, heads: 2}}",
        ),
        (
            "bridge: {pixel-shuffle: {spatial_merge_size: 2}}",
            "bridge: {pixel-shuffle: {factor: 2}}",
        ),
        (
            "bridge: linear\nvision_tower_cfg: {layer_scale_init_value: 0, mlp_ratio: null}",
            "bridge: linear",
        ),
        ("bridge: linear\nvision_select_layer: -1", "bridge: linear\nencoder: {feature_layer: -1}"),
        (
            "bridge: linear\nllm: {hidden_activation: gelu, use_qk_norm: false}",
            "bridge: linear\nllm: {activation: gelu}",
        ),
    ] {
        assert_eq!(planned(one, &[])["spec"], planned(other, &[])["spec"], "{one}");
    }
    // What is set on the command line is stronger, and a ratio follows the width.
    let ratio = "bridge: linear\nencoder: {width: 64, mlp_ratio: 4}";
    let mlp_width = |more: &[&str]| planned(ratio, more)["spec"]["encoder"]["mlp_width"].clone();
    assert_eq!(mlp_width(&[]), 256);
    assert_eq!(mlp_width(&["--set", "encoder.width=32"]), 128);
    assert_eq!(mlp_width(&["--set", "encoder.mlp_width=7"]), 7);
    assert_eq!(mlp_width(&["--set", "encoder.mlp_ratio=2"]), 128);
}

#[test]
fn what_cannot_be_taken_over_is_said() {
    for (text, said) in [
        ("bridge: linear\nencoder: {mlp_ratio: 4}", "a ratio needs the encoder's width"),
        ("bridge: linear\nencoder: {width: 8, mlp_ratio: 4, mlp_width: 9}", "say the same"),
        ("bridge: linear\nllm: {use_qk_norm: true}", "say which norm"),
        ("bridge: linear\nencoder: {bias: true, qkv_bias: false}", "say the same"),
        ("mm_projector_type: resampler", "`linear` and `mlp2x_gelu`"),
        ("bridge: mlp\nmm_projector_type: linear", "say the same"),
        ("bridge: {pixel-shuffle: {downsample_ratio: 0.7}}", "write `0.5`"),
        ("bridge: linear\nencoder: {mlp: 4304}", "for the width: `mlp_width: 4304`"),
        ("bridge: linear\nencoder: {dim: 8}", "did you mean `width`?"),
        ("bridge: linear\nllm: {n_layers: 8}", "did you mean `depth`?"),
        ("bridge: linear\nencoder: {hidden: 8}", "did you mean `width`?"),
        ("bridge: linear\nprompt: {text: 8}", "did you mean `text_tokens`?"),
        ("bridge: perceiver", "did you mean `resampler`?"),
        ("bridge: linear\nimage_size: 448", "write `image: 448`"),
        ("bridge: linear\nscale_factor: 3", "`bridge: {pixel-shuffle: {scale_factor: 3}}`"),
        ("bridge: linear\nvocab_size: 9", "it belongs to `llm`: `llm: {vocab_size: 9}`"),
        ("bridge: linear\nhidden_size: 9", "it belongs to a section:"),
        ("bridge: linear\nencoder: {model_type: clip_vision_model}", "write what it implies"),
        ("bridge: linear\nencoder: {torch_dtype: float16}", "`prompt: {dtype: float16}`"),
        ("bridge: linear\nencoder: {patch: [14, 16]}", "encoder.patch"),
        ("bridge: linear\nexpect: {tokens.visual: \"<= 256\"}", "write `{max: 256}`"),
        (
            "image: 640x480\nencoder: {patch: 14}\nbridge: linear",
            "help: `image` is the size after the processor's resizing; ",
        ),
    ] {
        let Ran { code, stderr, .. } = plan(text, &[]);
        assert_eq!(code, 2, "{text}: {stderr}");
        assert!(stderr.contains(said), "{text}: {stderr}");
    }
}
