//! The binary as a user meets it: output, exit codes, streams.

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

#[test]
fn textbook_numbers_appear() {
    let Ran { code, stdout, stderr } = vlmcalc(&["plan", "textbook"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    for number in ["196", "200,704", "4,194,304", "4,096", "802,816"] {
        assert!(stdout.contains(number), "{number} is missing in\n{stdout}");
    }
    let exercise = vlmcalc(&["plan", "exercise-336"]).stdout;
    for text in ["24 × 24", "576", "[1, 576, 4096]"] {
        assert!(exercise.contains(text), "{text} is missing in\n{exercise}");
    }
}

#[test]
fn four_lines_on_standard_input_are_a_spec() {
    let spec =
        "image: 224\nencoder: {patch: 16, width: 1024}\nbridge: linear\nllm: {width: 4096}\n";
    let Ran { code, stdout, .. } = vlmcalc_reading(&["plan", "-", "--width", "80"], spec);
    assert_eq!(code, 0);
    insta::assert_snapshot!("textbook_from_stdin", stdout);
}

#[test]
fn tables_at_both_widths() {
    for width in ["80", "120"] {
        let stdout = vlmcalc(&["plan", "llava-1.5-7b", "--width", width]).stdout;
        let columns: usize = width.parse().unwrap();
        for line in stdout.lines() {
            assert!(line.chars().count() <= columns, "too wide for {width}: {line}");
        }
        insta::assert_snapshot!(format!("llava_at_{width}"), stdout);
        let stdout = vlmcalc(&["plan", "llava-1.5-7b", "--full", "--width", width]).stdout;
        insta::assert_snapshot!(format!("llava_in_full_at_{width}"), stdout);
    }
}

#[test]
fn sections_are_shown_in_their_order() {
    let shown =
        |args: &[&str]| vlmcalc(&[&["plan", "tiny", "--width", "80"], args].concat()).stdout;
    let headings = |args: &[&str]| -> Vec<String> {
        let known =
            ["Tokens", "Shapes", "Costs", "Totals", "Formulas", "Symbols", "Notes", "more:"];
        let is_heading = |line: &&str| known.iter().any(|name| line.starts_with(name));
        let stdout = shown(args);
        stdout.lines().filter(is_heading).map(|line| line[..5].to_owned()).collect()
    };
    assert_eq!(headings(&[]), ["more:"]);
    assert_eq!(headings(&["--section", "costs,shapes"]), ["Shape", "Costs"]);
    assert_eq!(headings(&["--section", "notes", "--formulas"]), ["Formu", "Symbo", "Notes"]);
    assert_eq!(headings(&["--depth", "2"]), ["more:", "Shape", "Costs", "Symbo"]);
    assert_eq!(headings(&["--full"]), ["Token", "Shape", "Costs", "Total", "Symbo", "Notes"],);
    let Ran { code, stderr, .. } = vlmcalc(&["plan", "tiny", "--section", "cost"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("costs"), "{stderr}");
}

#[test]
fn multiply_adds_and_binary_counts_on_request() {
    let plan = |args: &[&str]| {
        vlmcalc(&[&["plan", "llava-1.5-7b", "--width", "80"], args].concat()).stdout
    };
    let with_macs = plan(&["--macs"]);
    assert!(with_macs.contains("4.54\u{a0}T"), "{with_macs}");
    // 303,507,456 parameters are 289.4 times 2^20.
    let binary = plan(&["--units", "binary"]);
    assert!(binary.contains("289\u{a0}Mi"), "{binary}");
}

#[test]
fn operations_with_formulas() {
    let stdout =
        vlmcalc(&["plan", "tiny", "--depth", "3", "--formulas", "--exact", "--width", "120"])
            .stdout;
    insta::assert_snapshot!("tiny_in_full", stdout);
}

#[test]
fn every_format() {
    for format in ["markdown", "json", "csv"] {
        let Ran { code, stdout, stderr } = vlmcalc(&["plan", "llava-1.5-7b", "--format", format]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        insta::assert_snapshot!(format!("llava_as_{format}"), stdout);
    }
}

#[test]
fn json_has_the_documented_keys_and_exact_integers() {
    let stdout = vlmcalc(&["plan", "llava-1.5-7b", "--format", "json"]).stdout;
    let plan: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let at = |path: &str| {
        path.split('.')
            .fold(&plan, |value, key| &value[key])
            .as_i64()
            .unwrap_or_else(|| panic!("{path}"))
    };
    assert_eq!(at("schema_version"), 1);
    assert_eq!(at("params.total"), 7_063_427_072);
    assert_eq!(at("params.active"), 7_063_427_072);
    assert_eq!(at("params.by_component.vision_encoder"), 303_507_456);
    assert_eq!(at("prefill.matmul_flops.total"), 9_078_220_357_632);
    assert_eq!(at("decode.cached"), 640);
    assert_eq!(at("memory.kv_cache_bytes"), 335_544_320);
    assert_eq!(plan["symbols"]["N"]["value"], 576);
    assert_eq!(plan["stages"][0]["output"]["symbolic"], "[B, (H/P)·(W/P), D_v]");
}

#[test]
fn a_symbolic_value_is_null_with_its_formula() {
    let stdout = vlmcalc(&["plan", "textbook", "--format", "json"]).stdout;
    let plan: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(plan["params"]["total"].is_null());
    assert_eq!(plan["params"]["formulas"]["bridge"], "D_v·D + D");
    assert!(plan["tokens"]["sequence"].is_null());
    assert_eq!(plan["tokens"]["formulas"]["sequence"], "S");
    assert_eq!(plan["tokens"]["visual"], 196);
}

#[test]
fn several_specs_make_several_plans() {
    let stdout = vlmcalc(&["plan", "textbook", "exercise-336", "--format", "json"]).stdout;
    let plans: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(plans.as_array().map(Vec::len), Some(2));
    let csv = vlmcalc(&["plan", "textbook", "exercise-336", "--format", "csv"]).stdout;
    assert_eq!(csv.lines().filter(|line| line.starts_with("spec,")).count(), 1);
}

#[test]
fn presets_are_listed_and_shown() {
    insta::assert_snapshot!("presets", vlmcalc(&["presets", "--width", "80"]).stdout);
    let shown = vlmcalc(&["presets", "show", "textbook", "--expect"]).stdout;
    let whole = std::fs::read_to_string("configs/textbook.yaml").unwrap();
    assert_eq!(shown, whole);
    let start = vlmcalc(&["presets", "show", "TextBook"]).stdout;
    assert!(whole.starts_with(&start) && start.contains("# Source:"), "{start}");
    assert!(!start.contains("expect"), "{start}");
    let Ran { code, stderr, .. } = vlmcalc(&["presets", "show", "llava-v0"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("did you mean `llava-v0-7b`"), "{stderr}");
}

#[test]
fn every_config_is_a_preset_and_keeps_its_expectations() {
    let mut files: Vec<String> = std::fs::read_dir("configs")
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        // The policy of the presets is none.
        .filter(|name| !name.starts_with("vlmcalc."))
        .collect();
    files.sort();
    let listed = vlmcalc(&["presets", "--names"]).stdout;
    let names: Vec<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(files, names);
    for name in names {
        let Ran { code, stderr, .. } = vlmcalc(&["plan", name]);
        assert_eq!(code, 0, "{name}: {stderr}");
    }
}

#[test]
fn colour_only_where_asked_for() {
    assert!(!vlmcalc(&["plan", "textbook"]).stdout.contains('\u{1b}'));
    assert!(vlmcalc(&["plan", "textbook", "--color", "always"]).stdout.contains('\u{1b}'));
    let Ran { stderr, .. } = vlmcalc(&["plan", "nothing", "--color", "never"]);
    assert!(!stderr.contains('\u{1b}'));
}

#[test]
fn text_of_a_file_cannot_command_the_terminal() {
    let spec = "name: \"a\\e[31mb|c\\u202Ed\"\nbridge: linear\n";
    for format in ["table", "markdown", "csv"] {
        let stdout = vlmcalc_reading(&["plan", "-", "--format", format], spec).stdout;
        assert!(!stdout.contains(['\u{1b}', '\u{202e}']), "{format}: {stdout:?}");
    }
}

#[test]
fn a_closed_pipe_is_no_fault() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_vlmcalc"))
        .args(["plan", "llava-1.5-7b", "--depth", "9", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_that_cannot_be_written_is_said() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vlmcalc"));
    let output = command.args(["plan", "tiny"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("vlmcalc: cannot write the result: "), "{stderr}");
}

#[test]
fn usage_errors_exit_2() {
    for args in [
        &["plan"][..],
        &["plan", "textbook", "--image", "0"],
        &["plan", "textbook", "--dtype", "f8"],
        &["nonsense"],
    ] {
        let Ran { code, stdout, stderr } = vlmcalc(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(!stderr.is_empty());
    }
}

#[test]
fn blocks_of_some_rounds_say_how_many() {
    let Ran { code, stdout, .. } = vlmcalc(&["plan", "gemma-3-4b", "--depth", "2", "--formulas"]);
    assert_eq!(code, 0);
    assert!(stdout.contains(" 29 of 34 ") && stdout.contains(" 5 of 34 "), "{stdout}");
    assert!(stdout.contains("s² = 256") && !stdout.contains("min(0"), "{stdout}");
    let csv = vlmcalc(&["plan", "gemma-3-4b", "--depth", "2", "--format", "csv"]).stdout;
    assert!(csv.contains("llm.blocks.sliding,2,29 of 34,"), "{csv}");
    let json = vlmcalc(&["plan", "gemma-3-4b", "--depth", "2", "--format", "json"]).stdout;
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    let stages = plan["stages"].as_array().unwrap();
    let sliding = stages.iter().find(|stage| stage["name"] == "sliding").unwrap();
    assert_eq!(sliding["times"], serde_json::json!({"value": 29, "formula": "L_sliding"}));
    assert_eq!(sliding["of"], serde_json::json!({"value": 34, "formula": "L"}));
}

#[test]
fn check_says_of_every_spec_whether_it_keeps_its_expectations() {
    let Ran { code, stdout, stderr } = vlmcalc(&["check", "configs"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("55 specs ok (") && stdout.lines().count() == 1, "{stdout}");
    let folder = std::env::temp_dir().join(format!("vlmcalc-check-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in [
        (
            "a.yaml",
            "image: 224\nencoder: {patch: 16}\nbridge: linear\nexpect: {tokens.visual: 1}\n",
        ),
        ("b.yaml", "bridge: linaer\n"),
        (
            "c.yml",
            "image: 224\nencoder: {patch: 16}\nbridge: linear\nexpect: {tokens.visual: 196}\n",
        ),
    ] {
        std::fs::write(folder.join(file), text).unwrap();
    }
    let check = |format| vlmcalc(&["check", folder.to_str().unwrap(), "--format", format]);
    let (text, list) = (check("text"), check("table"));
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!((text.code, list.code), (2, 2));
    assert_eq!((text.stderr.as_str(), list.stderr.as_str()), ("", ""));
    let (text, stdout) = (text.stdout, list.stdout);
    let specs = stdout.lines().filter(|line| !line.starts_with(' '));
    let verdicts: Vec<&str> = specs.map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(verdicts, ["broken", "error", "ok", "1"]);
    assert!(text.contains("`tokens.visual` is 196") && text.contains("did you mean `linear`"));
}

#[test]
fn a_plan_a_line_however_many_there_are() {
    for specs in [&["tiny"][..], &["tiny", "textbook"]] {
        let Ran { code, stdout, .. } = vlmcalc(&[&["plan", "--format", "jsonl"], specs].concat());
        assert_eq!((code, stdout.lines().count()), (0, specs.len()));
        for (line, spec) in stdout.lines().zip(specs) {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let whole = vlmcalc(&["plan", spec, "--format", "json"]).stdout;
            assert_eq!(line, serde_json::from_str::<serde_json::Value>(&whole).unwrap());
        }
    }
}

#[test]
fn what_a_token_of_experts_touches_is_said_of_one_prompt() {
    let decode = |more: &[&str]| {
        let stdout = vlmcalc(&[&["plan", "qwen3-vl-30b-a3b"], more].concat()).stdout;
        stdout.lines().find(|line| line.starts_with("decode")).unwrap().to_owned()
    };
    assert!(decode(&[]).contains("which touches 3.89"), "{}", decode(&[]));
    assert!(decode(&["--batch", "4"]).ends_with("per step of 4 tokens"));
    let totals = vlmcalc(&["plan", "llama-4-scout", "--section", "totals"]).stdout;
    let needed = totals.lines().filter(|line| line.contains("needed for logits"));
    assert_eq!(needed.count(), 2, "{totals}");
    assert!(totals.contains("active parameters") && totals.contains("18.0"), "{totals}");
}
