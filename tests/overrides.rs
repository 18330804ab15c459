//! What the command line says against a spec.

use serde_json::Value;

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

/// The JSON of a plan that must succeed.
fn json(args: &[&str]) -> Value {
    let args = [&["plan", "--format", "json"], args].concat();
    let Ran { code, stdout, stderr } = vlmcalc(&args);
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn overrides_reach_the_plan() {
    let args = [
        "plan",
        "llava-1.5-7b",
        "--set",
        "llm.depth=16",
        "--set",
        "bridge=linear",
        "--image",
        "448x672",
        "--batch",
        "3",
        "--images",
        "2",
        "--text-tokens",
        "10",
        "--generated-tokens",
        "5",
        "--dtype",
        "int4",
        "--logits",
        "last",
        "--format",
        "json",
    ];
    let Ran { code, stdout, stderr } = vlmcalc(&args);
    assert_eq!(code, 0, "{stderr}");
    let plan: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(plan["tokens"]["patches"], 2 * 32 * 48);
    assert_eq!(plan["tokens"]["sequence"], 2 * 32 * 48 + 10);
    assert_eq!(plan["symbols"]["L"]["value"], 16);
    assert_eq!(plan["symbols"]["B"]["value"], 3);
    assert_eq!(plan["memory"]["dtype"], "int4");
    assert_eq!(plan["answer"]["decode_steps"], 4);
    assert_eq!(plan["params"]["by_component"]["bridge"], 1024 * 4096 + 4096);
}

#[test]
fn hugging_face_names_say_the_same() {
    let ours = "image: 224\nencoder: {patch: 16, width: 64, depth: 2, heads: 4, mlp_width: 128}\n\
                bridge: linear\nllm: {width: 32, vocab: 100, tied: true, context: 999}\n";
    let theirs = "image: {image_size: 224}\nvision_config: {patch_size: 16, hidden_size: 64, \
                  num_hidden_layers: 2, num_attention_heads: 4, intermediate_size: 128}\n\
                  projector: linear\ntext_config: {hidden_size: 32, vocab_size: 100, \
                  tie_word_embeddings: true, max_position_embeddings: 999}\n";
    let plan = |text| vlmcalc_reading(&["plan", "-", "--format", "json"], text);
    assert_eq!(plan(ours).stdout, plan(theirs).stdout);
    assert_eq!(plan(theirs).code, 0);
}

#[test]
fn a_window_that_is_switched_off_is_none() {
    let plan = |window: &str| {
        let text = format!("bridge: linear\nllm: {{depth: 4, width: 8, {window}}}\n");
        let Ran { code, stdout, stderr } =
            vlmcalc_reading(&["plan", "-", "--format", "json"], text);
        assert_eq!((code, stderr.as_str()), (0, ""), "{window}");
        stdout
    };
    let (none, all) = (plan(""), plan("sliding_window: 4"));
    assert_ne!(none, all);
    for (window, same) in [
        ("use_sliding_window: false", &none),
        ("use_sliding_window: false, sliding_window: 4", &none),
        ("use_sliding_window: false, sliding_window: 4, full_attention_every: 2", &none),
        ("use_sliding_window: true, sliding_window: 4", &all),
    ] {
        assert_eq!(&plan(window), same, "{window}");
    }
}

#[test]
fn overrides_leave_the_expectations_of_the_spec_aside() {
    const NOTE: &str = "the command line changes the spec: expectations are not checked";
    let changed = json(&["llava-1.5-7b", "--text-tokens", "100"]);
    assert!(changed["notes"].as_array().unwrap().contains(&NOTE.into()));
    let table = vlmcalc(&["plan", "gemma-3-4b", "--images", "4", "--set", "llm.depth=3"]);
    assert_eq!((table.code, table.stderr.as_str()), (0, ""));
    assert!(table.stdout.contains(&format!("note      {NOTE}")));
    let last = vlmcalc(&["plan", "llava-1.5-7b", "--logits", "last"]);
    assert_eq!((last.code, last.stdout.contains(NOTE)), (0, true), "{}", last.stderr);
    assert!(!vlmcalc(&["plan", "llava-1.5-7b"]).stdout.contains(NOTE));
    // Nothing is left out where there is nothing.
    let bare = vlmcalc_reading(&["plan", "-", "--batch", "2"], "bridge: linear\n").stdout;
    assert!(!bare.contains(NOTE));
}

#[test]
fn every_field_of_the_image_can_be_set() {
    let image = |args: &[&str]| {
        let plan = json(&[&["textbook"], args].concat());
        let side = |name: &str| plan["symbols"][name]["value"].as_i64();
        (side("H"), side("W"))
    };
    assert_eq!(image(&["--set", "image.height=448"]), (Some(448), Some(224)));
    assert_eq!(image(&["--image", "448", "--set", "image.height=320"]), (Some(320), Some(448)));
    assert_eq!(image(&["--image", "320x640"]), (Some(320), Some(640)));
    assert_eq!(image(&["--set", "image.size=[320, 640]"]), (Some(320), Some(640)));
    assert_eq!(image(&["--set", "image.channels=1"]), (Some(224), Some(224)));
    assert_eq!(image(&["--set", "image=null"]), (None, None));
    assert_eq!(image(&["--set", "image=null", "--set", "image.width=64"]), (None, Some(64)));
    let unknown = vlmcalc_reading(&["plan", "-"], "image:\nbridge: linear\n");
    assert_eq!((unknown.code, unknown.stderr.as_str()), (0, ""));
}

#[test]
fn problems_of_flags_are_reported_under_their_names() {
    for (flag, value, message) in [
        ("--batch", "0", "0 is not a size"),
        ("--images", "9999999999999", "9999999999999 is not an amount"),
        ("--text-tokens", "9999999999999", "9999999999999 is not an amount"),
        ("--generated-tokens", "9999999999999", "9999999999999 is not an amount"),
        ("--image", "225", "(225) is not a multiple of the patch size"),
    ] {
        let Ran { code, stderr, .. } = vlmcalc(&["plan", "textbook", flag, value]);
        assert_eq!(code, 2, "{flag}");
        assert!(stderr.contains(message), "{stderr}");
        assert!(stderr.contains(&format!("--> {flag}:1:1")), "{stderr}");
        assert!(!stderr.contains("--set"), "{stderr}");
    }
}
