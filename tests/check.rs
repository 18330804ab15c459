//! `vlmcalc check` on many specs, and every kind of expectation.

use crate::command::{Ran, vlmcalc_alone, vlmcalc_reading};
use crate::folder::Folder;

const SPEC: &str = "image: 336\nencoder: {patch: 14, width: 1024, class_token: true}\n\
                    bridge: {pixel-shuffle: {factor: 2, then: mlp}}\n\
                    llm: {width: 4096, heads: 32, context: 1000}\n\
                    prompt: {text_tokens: 56, batch: 2}\nexpect:\n";

/// The exit code of a plan with one expectation, and what was said of it.
fn expect(path: &str, expectation: &str) -> (i32, String) {
    let spec = format!("{SPEC}  {path}: {expectation}\n");
    let Ran { code, stderr, .. } = vlmcalc_reading(&["plan", "-"], spec);
    (code, stderr)
}

#[test]
fn every_kind_of_expectation_to_the_last_integer() {
    // 144 visual tokens, a sequence of 200, a bridge of 33,562,624 parameters.
    for (path, holds, broken) in [
        ("tokens.visual", "144", "143"),
        ("tokens.visual", "{value: 144}", "{value: 145}"),
        ("tokens.visual", "{min: 144}", "{min: 145}"),
        ("tokens.visual", "{max: 144}", "{max: 143}"),
        ("tokens.visual", "{min: 144, max: 144}", "{min: 0, max: 143}"),
        ("tokens.visual", "{value: 160, tolerance: 10%}", "{value: 160, tolerance: 9.99%}"),
        ("tokens.visual", "{value: 128, tolerance: 1/8}", "{value: 127, tolerance: 0.13}"),
        ("tokens.sequence", "{max_fraction_of_context: 20%}", "{max_fraction_of_context: 0.1999}"),
        (
            "tokens.sequence",
            "{max_fraction_of_context: 1/5, min: 200}",
            "{max_fraction_of_context: 1/5, min: 201}",
        ),
        ("params.by_component.bridge", "33_562_624", "33.6M"),
        ("params.by_component.bridge", "{max: 33.562624M}", "{max: 33.562623M}"),
        ("bridge.params", "{value: 33.6M, tolerance: 0.12%}", "{value: 33.6M, tolerance: 0.11%}"),
        ("bridge.matmul_flops", "{max: 20 GFLOP}", "{max: 19 GFLOP}"),
        ("bridge.output", "[2, 144, 4096]", "[2, 144, 4095]"),
        ("bridge.output", "[B, N/r^2, D]", "[B, N/r, D]"),
        ("bridge.output", "[B, (H/P)*(W/P)/(r*r), '?']", "[B, '?']"),
        ("bridge.input", "{shape: [B, '(H/P)·(W/P)', D_v]}", "{shape: [B, 576, D]}"),
        ("vision_encoder.patch_embed.output", "[B, N + 1, D_v]", "[B, N, D_v]"),
        ("llm.output", "['?', 200, vocab]", "['?', 200, D]"),
        ("stages.0.output", "[2, 576, 1024]", "[2, 577, 1024]"),
    ] {
        let (code, said) = expect(path, holds);
        assert_eq!(code, 0, "{path}: {holds}: {said}");
        let (code, said) = expect(path, broken);
        assert_eq!(code, 1, "{path}: {broken}: {said}");
        assert!(said.contains("<stdin>:7:"), "{said}");
    }
}

#[test]
fn what_is_unknown_breaks_and_says_so() {
    for (path, expectation, words) in [
        ("params.total", "{max: 1B}", "is still symbolic"),
        ("tokens.generated", "{value: 3, severity: error}", "is 0; expected 3"),
    ] {
        let (code, said) = expect(path, expectation);
        assert_eq!(code, 1, "{path}");
        assert!(said.contains(words), "{said}");
    }
    let spec = "bridge: linear\nprompt: {text_tokens: 3}\n\
                expect: {tokens.text: {max_fraction_of_context: 1}}\n";
    let Ran { code, stderr, .. } = vlmcalc_reading(&["plan", "-"], spec);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("the context of the LLM is not given"), "{stderr}");
}

#[test]
fn a_number_that_is_meant_in_three_digits_is_told_how_to_say_so() {
    let (code, said) = expect("params.by_component.bridge", "33.6M");
    assert_eq!(code, 1);
    assert!(said.contains("`{value: 33600000, tolerance: 0.5%}`"), "{said}");
}

#[test]
fn warnings_are_said_and_fail_only_where_asked() {
    let (code, said) = expect("tokens.visual", "{max: 100, severity: warn}");
    assert_eq!(code, 0);
    assert!(said.starts_with("warning[expectation]: `tokens.visual` is 144"), "{said}");
    let folder = Folder::new();
    folder.write("a.yaml", format!("{SPEC}  tokens.visual: {{max: 100, severity: warn}}\n"));
    let Ran { code, stdout, .. } = folder.run(&["check", "a.yaml"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("warning[expectation]"), "{stdout}");
    assert!(stdout.ends_with("0 ok, 1 with warnings, 0 broken, 0 with errors\n"), "{stdout}");
    assert_eq!(folder.run(&["check", "a.yaml", "--fail-on-warn"]).code, 1);
}

#[test]
fn many_specs_come_out_in_order_on_any_number_of_threads() {
    let folder = Folder::new();
    for at in 0..200 {
        let text = match at % 50 {
            7 => "bridge: linaer\n".to_owned(),
            9 => format!("{SPEC}  tokens.visual: {at}\n"),
            _ => format!("{SPEC}  tokens.visual: 144\n"),
        };
        folder.write(&format!("s{at:03}.yaml"), text);
    }
    let list = ["check", ".", "s000.yaml", "s0*.yaml", "--format", "table"];
    let all = folder.run(&list);
    assert_eq!(all.code, 2);
    assert!(all.stdout.ends_with("192 ok, 4 broken, 4 with errors\n"), "{}", all.stdout);
    let files: Vec<&str> = all
        .stdout
        .lines()
        .filter(|line| line.contains(".yaml "))
        .map(|line| line.split_whitespace().nth(1).unwrap())
        .collect();
    assert!(files.is_sorted() && files.len() == 200, "{files:?}");
    let text = folder.run(&["check", "."]);
    assert_eq!(text.stdout.matches("error[unknown-variant]").count(), 4);
    assert_eq!(text.stdout.matches("error[expectation]").count(), 4);
    assert_eq!((all.stderr.as_str(), text.stderr.as_str()), ("", ""));
    let one = vlmcalc_alone(folder.as_ref(), &list);
    assert_eq!(one.stdout, all.stdout);
    let quiet = folder.run(&["check", ".", "--quiet", "--format", "table"]).stdout;
    assert_eq!(quiet.lines().filter(|line| line.starts_with("ok")).count(), 0);
    assert!(quiet.contains("error   s007.yaml") && quiet.contains("broken  s009.yaml"), "{quiet}");
}

#[test]
fn who_keeps_everything_is_told_in_a_line_or_not_at_all() {
    let folder = Folder::new();
    folder.write("a.yaml", format!("{SPEC}  tokens.visual: 144\n  tokens.text: 56\n"));
    folder.write("b.yaml", "bridge: linear\n");
    let Ran { code, stdout, stderr } = folder.run(&["check", "."]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout, "2 specs ok (2 expectations)\n");
    assert_eq!(folder.run(&["check", ".", "--quiet"]).stdout, "");
}

#[test]
fn changes_of_the_command_line_are_judged() {
    let folder = Folder::new();
    folder.write("a.yaml", format!("{SPEC}  tokens.visual: {{max: 144}}\n"));
    folder.write("vlmcalc.policy.yaml", "rules: {r: {limits: {tokens.sequence: {max: 300}}}}\n");
    let check = |args: &[&str]| folder.run(&[&["check", "a.yaml"], args].concat());
    assert_eq!(check(&["--image", "280"]).code, 0);
    let Ran { code, stdout, .. } = check(&["--image", "448"]);
    assert_eq!(code, 1);
    assert!(stdout.contains("`tokens.visual` is 256; expected at most 144"), "{stdout}");
    assert!(stdout.contains("`tokens.sequence` is 312; expected at most 300"), "{stdout}");
    assert_eq!(check(&["--text-tokens", "157"]).code, 1);
    assert_eq!(check(&["--set", "bridge.pixel-shuffle.factor=3", "--batch", "4"]).code, 0);
    assert_eq!(check(&["--set", "expect.tokens.visual=3"]).code, 1);
    assert_eq!(check(&["--set", "nothing=3"]).code, 2);
    let head = "expect.llm.lm_head.output=['?', 1, '?']";
    assert_eq!(check(&["--set", head, "--logits", "last"]).code, 0);
    assert_eq!(check(&["--set", head]).code, 1);
}

#[test]
fn a_limit_is_told_as_it_was_written() {
    for (path, limit, words) in [
        ("memory.kv_cache_bytes", "{max: 24 KiB}", "at most 24 KiB (24,576 B)"),
        ("params.by_component.bridge", "{min: 7.1B}", "at least 7.1B (7,100,000,000)"),
        (
            "bridge.matmul_flops",
            "{value: 1 TFLOP, tolerance: 1%}",
            "1 TFLOP (1,000,000,000,000 FLOP) ± 1 %",
        ),
    ] {
        let spec = format!("{SPEC}  {path}: {limit}\n").replace("heads: 32", "heads: 32, depth: 2");
        let Ran { code, stderr, .. } = vlmcalc_reading(&["plan", "-"], spec);
        assert_eq!(code, 1, "{path}: {stderr}");
        assert!(stderr.contains(&format!("; expected {words}")), "{stderr}");
    }
}

#[test]
fn a_comparison_in_signs_leads_to_a_limit() {
    let (code, said) = expect("tokens.visual", "'<= 256'");
    assert_eq!(code, 2);
    assert!(said.contains("help: write `{max: 256}`"), "{said}");
    // Without quotes, YAML takes these for the beginning of something else.
    for sign in ["> 256", ">= 256", ">256"] {
        let (code, said) = expect("tokens.visual", sign);
        assert_eq!(code, 2);
        assert!(said.contains("help: a limit is written `{min: 257}`"), "{sign}: {said}");
    }
}

#[test]
fn a_wrong_key_is_marked_as_such() {
    let (code, said) = expect("tokens.visul", "144");
    assert_eq!(code, 2);
    assert!(said.contains("<stdin>:7:3"), "{said}");
    assert!(
        said.contains("|   ^^^^^^^^^^^^") && said.contains("did you mean `tokens.visual`?"),
        "{said}"
    );
}

#[test]
fn a_fault_of_the_command_line_is_told_once_for_all_specs() {
    let scratch = Folder::new();
    for file in ["models/a.yaml", "models/b.yaml"] {
        scratch.write(file, "image: 28\nencoder: {patch: 14}\nbridge: linear\n");
    }
    let bad = ["--set", "image=29"];
    let whole = |ran: Ran| (ran.code, format!("{}{}", ran.stdout, ran.stderr));
    for args in [&["check", "models"][..], &["plan", "models/a.yaml", "models/b.yaml"]] {
        let (code, said) = whole(scratch.run(&[args, &bad].concat()));
        assert_eq!((code, said.matches("error[").count()), (2, 1), "{said}");
        assert!(said.contains("in `models/a.yaml`, `models/b.yaml`"), "{said}");
    }
    let one = ["plan", "tiny", "models/a.yaml", "--set", "image=29"];
    let (code, said) = whole(scratch.run(&one));
    assert!(code == 2 && said.contains("in `models/a.yaml`"), "{said}");
    let (_, said) = whole(scratch.run(&[&["check", "models/a.yaml"][..], &bad].concat()));
    assert!(!said.contains("in `models"), "{said}");
}

#[test]
fn a_plan_ends_with_how_many_expectations_are_broken() {
    let scratch = Folder::new();
    let spec = "image: 28\nencoder: {patch: 14}\nbridge: linear\nexpect: {tokens.visual: 5, \
                tokens.encoder: 4}\n";
    scratch.write("a.yaml", spec);
    let Ran { code, stderr, .. } = scratch.run(&["plan", "a.yaml"]);
    assert_eq!(code, 1);
    assert!(stderr.ends_with("\n1 of 2 expectations broken\n"), "{stderr}");
    let Ran { stderr, .. } = scratch.run(&["plan", "a.yaml", "a.yaml"]);
    assert!(stderr.ends_with("\n2 of 4 expectations broken\n"), "{stderr}");
    scratch.write("a.yaml", spec.replace("visual: 5", "visual: 4"));
    assert_eq!(scratch.run(&["plan", "a.yaml"]).stderr, "");
}

#[test]
fn limits_are_written_as_a_plan_prints_numbers() {
    let scratch = Folder::new();
    let check = |expect: &str, code: i32, words: &str| {
        let args = ["check", "llava-1.5-7b", "--set", &format!("expect={{{expect}}}")];
        let ran = scratch.run(&args);
        assert_eq!(ran.code, code, "{expect}: {}", ran.stdout);
        assert!(ran.stdout.contains(words), "{expect}: {}", ran.stdout);
    };
    check("memory.total_bytes: {max: 14.1 GiB}", 0, "ok");
    check("memory.weight_bytes: {value: 13.2GiB, tolerance: 1%}", 0, "ok");
    check("memory.weight_bytes: {max: 13.1 GiB}", 1, "at most 13.1 GiB (14,066,017,894 B)");
    check("memory.weight_bytes: 13.2 GiB", 2, "`{value: 13.2 GiB, tolerance: 0.5%}`");
    check("params.total: {max: 2.1 GiB}", 2, "is a count, and its limit is written in bytes");
    check("params.total: {max: 7e9}", 1, "7,000,000,000");
    check("params.total: {max: 7.1e9}", 0, "ok");
}
