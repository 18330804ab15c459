//! `vlmcalc explain` as a user meets it.

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

/// What an explanation prints, told without a problem.
fn explained(args: &[&str]) -> String {
    let Ran { code, stdout, stderr } = vlmcalc(&[&["explain"], args].concat());
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

#[test]
fn the_textbooks_numbers_to_the_last_digit() {
    let text = explained(&["textbook", "--width", "80"]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        " patches per side 14 = H/P = 224/16",
        " patches 196 = N = (H/P)·(W/P) = 14 × 14",
        " values of E 200,704 = N·D_v = 196 × 1,024",
        " linear.proj W 4,194,304 = D_v·D = 1,024 × 4,096",
        " linear.proj b 4,096 = D",
        " values of V 802,816 = n_vis·D = 196 × 4,096",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    let exercise = explained(&["exercise-336"]);
    for part in
        ["= H/P = 336/14", "= N = (H/P)·(W/P) = 24 × 24", "[576\u{a0}×\u{a0}4096]", "  576 "]
    {
        assert!(exercise.contains(part), "{part} is missing in\n{exercise}");
    }
}

#[test]
fn every_bridge_is_told() {
    for preset in [
        "textbook",
        "exercise-336",
        "llava-1.5-7b",
        "blip2-opt-2.7b",
        "idefics2-8b",
        "internvl3-8b",
        "gemma-3-4b",
        "qwen-vl-7b",
    ] {
        insta::assert_snapshot!(preset, explained(&[preset, "--width", "80"]));
    }
}

#[test]
fn tiles_images_and_a_batch() {
    let spec = ["smolvlm-256m", "--set", "image.tiles=13", "--images", "2", "--batch", "3"];
    let more = ["--set", "prompt.structural_tokens=5", "--generated-tokens", "20", "--width", "80"];
    insta::assert_snapshot!("smolvlm_in_tiles", explained(&[&spec[..], &more].concat()));
}

#[test]
fn a_spec_with_nothing_known() {
    let Ran { code, stdout, .. } =
        vlmcalc_reading(&["explain", "-", "--width", "80"], "bridge: linear\n");
    assert_eq!(code, 0);
    insta::assert_snapshot!("nothing_known", stdout);
}

#[test]
fn short_and_in_markdown() {
    let args = ["llava-1.5-7b", "--level", "short", "--format", "markdown"];
    insta::assert_snapshot!("llava_short_in_markdown", explained(&args));
}

#[test]
fn equal_widths_differ_in_their_spaces_only() {
    let text = explained(&["textbook", "--set", "llm.width=1024"]);
    assert!(text.contains("the widths fit. Only the spaces differ"), "{text}");
    assert!(!text.contains("the widths differ"), "{text}");
}

#[test]
fn one_kv_head_is_no_kv_heads() {
    let text = explained(&["paligemma-3b-224", "--level", "short"]);
    assert!(text.contains("Its 8 heads share 1 KV head, 8 to each"), "{text}");
}

#[test]
fn sides_and_remainders() {
    let text = explained(&["textbook", "--image", "224x448", "--width", "80"]);
    for part in ["patches from top to bottom   14", "from left to right           28", "= 14 × 28"]
    {
        assert!(text.replace("= N = (H/P)·(W/P) ", "").contains(part), "{part} in\n{text}");
    }
    let cut = explained(&["textbook", "--image", "230", "--set", "image.remainder=drop"]);
    assert!(cut.contains("= ⌊H/P⌋ = ⌊230/16⌋") && cut.contains("dropped"), "{cut}");
    let padded = explained(&["textbook", "--image", "230", "--set", "image.remainder=pad"]);
    assert!(padded.contains("= ⌈H/P⌉ = ⌈230/16⌉") && padded.contains("padded"), "{padded}");
}

#[test]
fn json_is_exact() {
    let text = explained(&["textbook", "exercise-336", "--format", "json"]);
    let both: serde_json::Value = serde_json::from_str(&text).unwrap();
    let steps = both[0]["steps"].as_array().unwrap();
    let bridge = &steps[3]["lines"][0];
    assert_eq!(bridge["value"], 4_194_304);
    assert_eq!(bridge["formula"], "D_v·D");
    assert!(steps[8]["lines"][0]["value"].is_null());
    assert_eq!(both[1]["steps"][0]["lines"][1]["value"], 576);
}

#[test]
fn a_product_by_hand() {
    let textbook = explained(&["--toy", "--width", "80"]);
    insta::assert_snapshot!("toy", textbook);
    let written = explained(&[
        "--toy",
        "x=[2,1,0,3]",
        "w=[[1,0,2],[2,1,−1],[0,3,1],[−1,2,0]]",
        "--width",
        "80",
    ]);
    assert_eq!(textbook, written);
    let own = ["--toy", "x=0.1,2.5;-1,0", "w=1,0.2;0.08,-3", "b=0.2,1", "--width", "80"];
    insta::assert_snapshot!("toy_of_ones_own", explained(&own));
}

#[test]
fn a_product_that_does_not_fit() {
    let Ran { code, stdout, stderr } = vlmcalc(&["explain", "--toy", "x=1,2", "w=1;2;3", "b=1,2"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    insta::assert_snapshot!("toy_misfit", stderr);
    let Ran { code, stderr, .. } =
        vlmcalc(&["explain", "--toy", "x=1,a", "w=1;2,3", "q=1", "nix", "x=3"]);
    assert_eq!(code, 2);
    insta::assert_snapshot!("toy_faults", stderr);
    for args in
        [&["explain"][..], &["explain", "textbook", "--toy"], &["explain", "--toy", "--batch", "2"]]
    {
        assert_eq!(vlmcalc(args).code, 2, "{args:?}");
    }
}
