//! `expect:` blocks: what holds, what is broken, what cannot be expected.

use std::path::Path;

use crate::command::{Ran, vlmcalc, vlmcalc_within};

const SPEC: &str = "image: 224\nencoder: {patch: 16}\nbridge: linear\nexpect:\n";

/// Plans the spec with these expectations, each a line.
fn plan(expectations: &[&str]) -> Ran {
    let lines: String = expectations.iter().map(|line| format!("  {line}\n")).collect();
    // Without optimisation; with it, the longest takes a tenth of a second.
    vlmcalc_within(5, Path::new("."), &["plan", "-"], format!("{SPEC}{lines}"))
}

#[test]
fn a_broken_expectation_exits_1_and_points_at_its_line() {
    let Ran { code, stdout, stderr } =
        plan(&["tokens.visual: 256", "tokens.patches: {max: 0.1K}", "params.total: 1B"]);
    assert_eq!(code, 1);
    assert!(stdout.contains("visual tokens"));
    insta::assert_snapshot!("broken", stderr);
}

#[test]
fn any_number_of_the_json_can_be_expected() {
    let Ran { code, stderr, .. } = plan(&[
        "tokens.grid.0: 14",
        "symbols.N.value: {min: 196, max: 196}",
        "stages.0.output.shape.1: 196",
        "conventions.activation_bits: 16",
    ]);
    assert_eq!((code, stderr.as_str()), (0, ""));
}

#[test]
fn a_size_in_quotes_is_a_size() {
    let ran = plan(&["bridge.output: [B, '196', \" ? \"]", "llm.output: {shape: ['1', ?, ?]}"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let ran = plan(&["bridge.output: [B, '195', ?]"]);
    assert!(ran.stderr.contains("axis 1 is 196 = (H/P)·(W/P), not 195"), "{}", ran.stderr);
}

#[test]
fn what_a_plan_does_not_have_is_bad_input() {
    let Ran { code, stdout, stderr } = plan(&[
        "tokens.viusal: 1",
        "tokens.visual: 2",
        "tokens.grid.2: 14",
        "tokens: 3",
        "name: 4",
        "nothing.like.it: 5",
    ]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    insta::assert_snapshot!("unknown", stderr);
}

#[test]
fn bounds_that_no_number_keeps_are_a_fault_of_the_spec() {
    let Ran { code, stdout, stderr } = plan(&["tokens.visual: {min: 300, max: 200}"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    insta::assert_snapshot!("bounds", stderr);
}

#[test]
fn expectations_of_the_command_line_are_checked() {
    let expect = |args: &[&str]| vlmcalc(&[&["plan", "textbook"], args].concat());
    assert_eq!(expect(&["--set", "expect.tokens.visual=196"]).code, 0);
    let broken = expect(&["--set", "expect.tokens.visual=3"]);
    assert_eq!(broken.code, 1);
    assert!(broken.stderr.contains("`tokens.visual` is 196; expected 3"), "{}", broken.stderr);
    assert!(broken.stderr.contains("--> --set:1:22"), "{}", broken.stderr);
    // Those of the spec hold at 224 pixels only.
    assert_eq!(expect(&["--image", "448", "--set", "expect.tokens.visual=784"]).code, 0);
    assert_eq!(expect(&["--image", "448", "--set", "expect.tokens.visual=196"]).code, 1);
    assert_eq!(expect(&["--set", "expect={tokens.visual: {min: 1, max: 2}}"]).code, 1);
    assert_eq!(expect(&["--set", "expect=null"]).code, 0);
}

#[test]
fn thousands_of_unknown_paths_are_refused_in_no_time() {
    let many = (0..9000).map(|n| format!("prefill.matmul_flops.totel{n}: 1")).collect();
    let long = (0..900).map(|n| format!("{}{n}: 1", "prefill.".repeat(120))).collect();
    let lists: [Vec<String>; 2] = [many, long];
    for lines in &lists {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let Ran { code, stderr, .. } = plan(&lines);
        assert_eq!(code, 2);
        assert_eq!(stderr.matches("error[unknown-key]").count(), 50);
        let more = format!("{} more expectations like these", lines.len() - 50);
        assert!(stderr.contains(&more));
        assert!(stderr.len() < 50_000);
    }
}
