//! Bad input: each fault has its diagnostic, exit code 2, in little time and memory.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{Ran, vlmcalc, vlmcalc_within};

/// A file of this test run.
fn file(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("vlmcalc-errors-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// Plans a text that must be refused, and gives what was said.
fn refused(text: impl AsRef<[u8]>) -> String {
    let Ran { code, stdout, stderr } = vlmcalc_within(1, Path::new("."), &["plan", "-"], text);
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    stderr
}

#[test]
fn faults_of_a_spec() {
    let faulty = "image: 225\nencoder: {patch: 16, widht: 1024, heads: sixteen, depth: 0}\n\
                  bridge: {qformer: {}}\nllm: {width: 4096, hidden_size: 4096, vocab: 1e30}\npromt: {}\n";
    insta::assert_snapshot!("many_faults", refused(faulty));
}

#[test]
fn sizes_that_do_not_divide() {
    let faulty = "image: 225\nencoder: {patch: 16, width: 1024, heads: 15, feature_layer: -30, depth: 24}\n\
                  bridge: {pixel-shuffle: {factor: 2}}\nllm: {width: 4096, heads: 32, kv_heads: 5}\n";
    insta::assert_snapshot!("not_divisible", refused(faulty));
    let grid = "image: 384\nencoder: {patch: 16}\nbridge: {pixel-shuffle: {factor: 7}}\n";
    insta::assert_snapshot!("grid_not_divisible", refused(grid));
}

#[test]
fn processors_that_do_not_suit() {
    let tower =
        "encoder: {patch: 14, width: 64, position: rotary}\nbridge: merger\nllm: {width: 64}\n";
    for (name, text) in [
        ("processor_of_another_patch", "image: 480x640\nprocessor: {smart-resize: {factor: 32}}\n"),
        ("processor_of_another_merge", "image: 480x640\nprocessor: {smart-resize: {factor: 56}}\n"),
        ("processor_refuses_the_ratio", "image: 10x3000\nprocessor: smart-resize\n"),
        ("processor_beside_tiles", "image: {size: 448, tiles: 5}\nprocessor: smart-resize\n"),
        (
            "clip_of_pictures_only",
            "processor: smart-resize\nprompt: {video: {size: 480x640, frames: 8}}\n",
        ),
        (
            "clip_of_too_few_frames",
            "video_processor: {sample: uniform, frame: smart-resize}\n\
             prompt: {video: {size: 480x640, seconds: 10}}\n",
        ),
        (
            "clip_with_newlines",
            "video_processor: {frame: smart-resize, newlines: 1}\n\
             prompt: {video: {size: 480x640, frames: 8}}\n",
        ),
        (
            "clip_in_patches_of_frames",
            "video_processor: {frame: smart-resize, temporal: {patch: 2}}\n\
             prompt: {video: {size: 480x640, frames: 8}}\n",
        ),
    ] {
        insta::assert_snapshot!(name, refused(format!("{text}{tower}")));
    }
}

#[test]
fn bridges_that_do_not_suit() {
    for (name, text) in [
        (
            "kept_class_token",
            "encoder: {class_token: true, feature_select: all}\nbridge: {pixel-shuffle: {factor: 2}}\n",
        ),
        ("pool_without_size", "bridge: avg-pool\n"),
        ("pool_no_square", "bridge: {avg-pool: {tokens: 200}}\n"),
        (
            "pool_not_divisible",
            "image: 384\nencoder: {patch: 16}\nbridge: {avg-pool: {tokens: 225}}\n",
        ),
        ("pool_rounded", "bridge: {avg-pool: {tokens: 225, rounding: floor}}\n"),
        (
            "steps",
            "image: 378\nencoder: {patch: 14, width: 9}\nllm: {width: 64}\n\
             bridge: {steps: [{glu: silu}, {fold: {factor: 30, rounding: floor}}, {fold: 4}]}\n",
        ),
        ("steps_misread", "bridge: {steps: [fold, {pool: {}}, {linear: 0}, shuffle]}\n"),
        (
            "vocabulary_of_indicators",
            "bridge: {visual-vocabulary: {factor: 2, size: 5, indicators: 5}}\n",
        ),
        (
            "nothing_after_pooling",
            "encoder: {width: 64}\nbridge: {avg-pool: {kernel: 2, then: none}}\nllm: {width: 65}\n",
        ),
        ("qformer_heads", "bridge: {qformer: {queries: 4, width: 768, heads: 10}}\n"),
        ("mlp_widths", "bridge: {mlp: {depth: 3, hidden: [64]}}\n"),
        (
            "resampler_fields",
            "bridge: {resampler: {latents: 4, form: cross-attention, depth: 3}}\n",
        ),
        (
            "nested_mlp",
            "bridge:\n  pixel-shuffle:\n    factor: 2\n    then:\n      mlp:\n        depth: 99\n        \
             hidden: [64]\n        image_newline: true\n",
        ),
        ("no_bridge", "image: 224\n"),
        ("unknown_bridge", "bridge: qfromer\n"),
        ("norms", "bridge: linear\nllm: {norms_per_block: 3}\n"),
        ("full_attention_alone", "bridge: linear\nllm: {full_attention_every: 6}\n"),
        ("window_of_no_size", "bridge: linear\nllm: {use_sliding_window: true}\n"),
        (
            "newline_of_tiles",
            "image: {size: 336, tiles: 5}\nbridge: {mlp: {image_newline: true}}\n",
        ),
        (
            "two_widths",
            "vision_config: {embed_dim: 1280, hidden_size: 3584}\nbridge: linear\n\
             llm: {num_layers: 2, num_hidden_layers: 3}\n",
        ),
        ("image", "bridge: linear\nimage: 224y224\n"),
    ] {
        insta::assert_snapshot!(name, refused(text));
    }
}

#[test]
fn absurd_sizes() {
    for size in ["0", "-1", "9223372036854775808", "1e30", "1.5", "4k", "''", "[]", "null_", ".inf"]
    {
        let said = refused(format!("bridge: linear\nllm: {{width: {size}}}\n"));
        assert!(said.contains("<stdin>:2:14"), "{size}: {said}");
        assert!(said.contains("help:"), "{size}: {said}");
    }
    let most = "1000000000000";
    let huge = format!(
        "image: {most}\nencoder: {{patch: 1, width: {most}, depth: {most}, heads: 1, mlp_width: {most}}}\n\
         bridge: linear\nllm: {{width: {most}, depth: {most}, heads: 1, mlp_width: {most}, vocab: {most}}}\n\
         prompt: {{text_tokens: {most}, batch: {most}, images: {most}, generated_tokens: {most}}}\n"
    );
    let said = refused(huge);
    assert!(said.contains("error[overflow]: cannot count `"), "{said}");
    // Many fields together are too large: the file is named, and no line of it blamed.
    assert!(said.contains("--> <stdin>\n"), "{said}");
}

#[test]
fn hostile_text() {
    let bomb = (1..12).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        let reference = format!("*a{},", n - 1).repeat(10);
        format!("{text}a{n}: &a{n} [{reference}]\n")
    });
    let texts: [(&str, Vec<u8>); 9] = [
        ("too-complex", bomb.into_bytes()),
        ("too-complex", "[".repeat(100_000).into_bytes()),
        ("too-complex", "- ".repeat(100_000).into_bytes()),
        ("duplicate-key", b"bridge: linear\nbridge: mlp\n".to_vec()),
        ("not-utf8", b"bridge: lin\xffear\n".to_vec()),
        ("empty", Vec::new()),
        ("empty", b"# nothing\n".to_vec()),
        ("too-large", vec![b' '; 2 << 20]),
        ("bad-yaml", b"bridge: {linear\n".to_vec()),
    ];
    for (code, text) in texts {
        let said = refused(text);
        assert!(said.contains(&format!("error[{code}]")), "{code}: {said}");
        assert!(said.contains("<stdin>"), "{code}: {said}");
        assert!(said.contains("help"), "{code}: {said}");
    }
}

#[test]
fn files_that_cannot_be_read() {
    let huge = file("huge.yaml");
    fs::File::create(&huge).unwrap().set_len(100_000_000).unwrap();
    let folder = file("folder.yaml");
    fs::create_dir_all(&folder).unwrap();
    for (path, code) in
        [(huge, "too-large"), (folder, "cannot-read"), (file("missing.yaml"), "cannot-read")]
    {
        let plan = ["plan", path.to_str().unwrap()];
        let Ran { code: exit, stderr, .. } = vlmcalc_within(1, Path::new("."), &plan, "");
        assert_eq!(exit, 2);
        assert!(stderr.contains(&format!("error[{code}]")), "{stderr}");
        assert!(stderr.contains(path.file_name().unwrap().to_str().unwrap()), "{stderr}");
    }
}

#[test]
fn keys_of_other_programs_are_shown_their_place() {
    for (text, help) in [
        ("vision_config: {image_size: 336}\n", "the image has its own section: `image: 336`"),
        ("encoder: {num_channels: 3}\n", "its own section: `image: {size: 224, channels: 3}`"),
        ("patch_size: 14\n", "`encoder: {patch: 14}`"),
        ("text_config: {torch_dtype: bfloat16}\n", "`prompt: {dtype: bfloat16}`"),
    ] {
        let said = refused(format!("bridge: linear\n{text}"));
        assert!(said.contains(help), "{said}");
    }
}

#[test]
fn overrides_that_cannot_be_applied() {
    for (set, code) in [
        ("llm.depht=3", "unknown-key"),
        // It changes no shape and no count.
        ("llm.attention_dropout=0.1", "unknown-key"),
        ("llm.depth", "bad-override"),
        ("llm.depth=", "bad-override"),
        ("bridge.mlp.bias=true", "bad-override"),
        ("llm.depth=many", "wrong-type"),
        ("bridge=mpl", "unknown-variant"),
    ] {
        let Ran { code: exit, stderr, .. } = vlmcalc(&["plan", "textbook", "--set", set]);
        assert_eq!(exit, 2);
        assert!(stderr.contains(&format!("error[{code}]")), "{set}: {stderr}");
        assert!(stderr.contains("--set:1:"), "{set}: {stderr}");
    }
}

#[test]
fn one_bad_spec_among_good_ones_stops_the_output_and_all_are_reported() {
    let Ran { code, stdout, stderr } = vlmcalc(&["plan", "textbook", "missing-1", "missing-2"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("missing-1") && stderr.contains("missing-2"));
}
