//! `vlmcalc compare` as a user meets it.

use serde_json::Value;

use vlmcalc::internals::stages::bridge::BRIDGES;

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

const FIVE: &str = "linear,mlp,qformer,resampler,pixel-shuffle";

/// What a comparison prints, without a problem.
fn compared(args: &[&str]) -> String {
    let Ran { code, stdout, stderr } = vlmcalc(&[&["compare"], args].concat());
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    stdout
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&compared(&[args, &["--format", "json"]].concat())).unwrap()
}

#[test]
fn five_bridges_at_both_widths() {
    for width in ["80", "120"] {
        let text = compared(&["llava-1.5-7b", "--bridge", FIVE, "--width", width]);
        let most: usize = width.parse().unwrap();
        let wide = text.lines().find(|line| line.chars().count() > most);
        assert_eq!(wide, None);
        insta::assert_snapshot!(format!("llava_at_{width}"), text);
    }
    for format in ["json", "csv", "markdown"] {
        let text = compared(&["llava-1.5-7b", "--bridge", FIVE, "--format", format]);
        insta::assert_snapshot!(format!("llava_as_{format}"), text);
    }
}

#[test]
fn three_designs() {
    let designs = ["llava-onevision-qwen2-7b", "instructblip-vicuna-7b", "gemma-3-4b"];
    let text = compared(&[&designs[..], &["--width", "80"]].concat());
    insta::assert_snapshot!("three_designs", text);
}

#[test]
fn many_designs_with_long_names_fit_a_narrow_terminal() {
    let listed = vlmcalc(&["presets", "--names"]).stdout;
    let names: Vec<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for width in ["60", "80"] {
        let text = compared(&[&names[..], &["--width", width]].concat());
        let most: usize = width.parse().unwrap();
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > most).collect();
        assert!(wide.is_empty(), "{}", wide.join("\n"));
    }
}

#[test]
fn a_swapped_bridge_is_what_plan_says_of_it() {
    let bridges = [
        "linear",
        "{qformer: {queries: 8, num_hidden_layers: 2, hidden_size: 64, heads: 4, mlp_width: 128}}",
        "avg-pool: {tokens: 36, then: {mlp: {depth: 3}}}",
    ];
    let args: Vec<&str> = bridges.iter().flat_map(|bridge| ["--bridge", bridge]).collect();
    let both = json(&[&["llava-1.5-7b", "--text-tokens", "100"], &args[..]].concat());
    for (bridge, design) in bridges.iter().zip(both["designs"].as_array().unwrap()) {
        let set = match bridge.strip_prefix('{') {
            None if bridge.contains(' ') => format!("bridge={{{bridge}}}"),
            _ => format!("bridge={bridge}"),
        };
        let plan = vlmcalc(&[
            "plan",
            "llava-1.5-7b",
            "--text-tokens",
            "100",
            "--set",
            &set,
            "--format",
            "json",
        ]);
        let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
        let numbers = design["numbers"].as_object().unwrap();
        for (key, value) in numbers.iter().filter(|(key, _)| *key != "tokens.context_use") {
            let planned = key.split('.').fold(&plan, |at, key| &at[key]);
            assert!(value.is_number() && planned == value, "{bridge}: {key}");
        }
    }
}

#[test]
fn one_spec_alone_meets_all_bridges() {
    let names = |args: &[&str]| -> Vec<String> {
        let designs = json(args)["designs"].as_array().unwrap().clone();
        designs.iter().map(|design| design["name"].as_str().unwrap().to_owned()).collect()
    };
    let all: Vec<&str> = BRIDGES.iter().map(|kind| kind.name).collect();
    assert_eq!(names(&["llava-1.5-7b"]).join(" ").replace(" (own)", ""), all.join(" "));
    let twice = [
        "textbook",
        "--bridge",
        "resampler: {latents: 64},mlp",
        "--bridge",
        "resampler: {latents: 9}",
    ];
    assert_eq!(names(&twice), ["resampler #1", "mlp", "resampler #2"]);
    let Ran { code, stdout, .. } = vlmcalc_reading(
        &["compare", "-", "--bridge", "linear,mlp"],
        "encoder: {width: 8}\nbridge: linear\nllm: {width: 9}\n",
    );
    assert_eq!(code, 0);
    assert!(stdout.contains("linear (own)") && stdout.contains("stdin: which bridge?"), "{stdout}");
}

#[test]
fn what_is_not_known_is_a_formula() {
    let args = ["textbook", "--bridge", "linear,qformer: {queries: 32}", "--width", "80"];
    insta::assert_snapshot!("symbolic", compared(&args));
    insta::assert_snapshot!("formulas", compared(&[&args[..], &["--formulas"]].concat()));
    // All bridges of the textbook, on few screens.
    let lines = compared(&["textbook", "--width", "80"]).lines().count();
    assert!(lines < 12 * BRIDGES.len(), "{lines}");
}

#[test]
fn integers_in_full_and_shares_as_numbers() {
    let args = ["llava-1.5-7b", "--bridge", "linear,mlp"];
    let text = compared(&[&args[..], &["--exact"]].concat());
    assert!(text.contains("7,063,427,072") && text.contains("640/4,096"), "{text}");
    let csv = compared(&[&args[..], &["--format", "csv"]].concat());
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let at = rows.headers().unwrap().iter().position(|name| name == "tokens.context_use").unwrap();
    for row in rows.records() {
        assert_eq!(row.unwrap()[at].parse::<f64>(), Ok(0.15625));
    }
    let lines = compared(&[&args[..], &["--format", "jsonl"]].concat());
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json(&args)["designs"], Value::Array(lines));
}

#[test]
fn a_bridge_that_does_not_suit_is_a_column_with_its_reason() {
    let bridges = "pixel-shuffle,linear,qformer: {queries: 8, width: 64, heads: 5}";
    let text = compared(&["blip2-opt-2.7b", "--bridge", bridges, "--width", "80"]);
    insta::assert_snapshot!("misfits", text);
    let grid = json(&["internvl3-8b", "--bridge", "pixel-shuffle: {factor: 3}, linear"]);
    let reason = grid["designs"][0]["misfit"].as_str().unwrap();
    assert!(reason.contains("not a multiple of the pixel-shuffle factor (3)"), "{reason}");
    assert!(grid["designs"][1]["misfit"].is_null());
}

#[test]
fn what_cannot_be_compared() {
    let fails = |args: &[&str]| {
        let Ran { code, stdout, stderr } = vlmcalc(&[&["compare"], args].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        stderr
    };
    let nothing_left = fails(&["blip2-opt-2.7b", "--bridge", "pixel-shuffle,avg-pool"]);
    let faults =
        fails(&["textbook", "--bridge", "linear, resampler: {latents: x}", "--bridge", ","]);
    let several = fails(&["textbook", "tiny", "--bridge", "mlp"]);
    insta::assert_snapshot!("refused", [nothing_left, faults, several].join("----\n"));
    assert!(fails(&["textbook", "--bridge", "qfromer"]).contains("did you mean `qformer`?"));
    // What is wrong with the spec itself is said once, not for each bridge.
    let broken = fails(&["textbook", "--image", "225"]);
    assert_eq!(broken.matches("is not a multiple of the patch size").count(), 1, "{broken}");
    assert!(fails(&["textbook", "nowhere.yaml"]).contains("no such file"));
}
