//! `vlmcalc tensors`: names, shapes and bytes, one row each or block by block.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

#[track_caller]
fn plan(args: &[&str]) -> Value {
    let ran = vlmcalc(&[&["plan"], args, &["--format", "json"]].concat());
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The tensors that a command lists as JSON.
#[track_caller]
fn listed(args: &[&str]) -> Vec<Value> {
    let Ran { code, stdout, stderr } =
        vlmcalc(&[&["tensors"], args, &["--format", "json"]].concat());
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    serde_json::from_str(&stdout).unwrap()
}

fn presets() -> Vec<String> {
    let listed = vlmcalc(&["presets", "--names"]).stdout;
    listed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_format() {
    let llava = |format: &[&str]| vlmcalc(&[&["tensors", "llava-1.5-7b"], format].concat()).stdout;
    insta::assert_snapshot!("llava_at_100", llava(&["--width", "100"]));
    insta::assert_snapshot!("llava_at_60", llava(&["--width", "60"]));
    insta::assert_snapshot!(
        "qwen_vl_as_csv",
        vlmcalc(&["tensors", "qwen-vl-7b", "--format", "csv"]).stdout
    );
    insta::assert_snapshot!(
        "textbook_as_markdown",
        vlmcalc(&["tensors", "textbook", "--format", "markdown"]).stdout
    );
    insta::assert_snapshot!(
        "textbook_as_json",
        vlmcalc(&["tensors", "textbook", "--format", "json"]).stdout
    );
}

/// `llava-1.5-7b.txt` holds the names of transformers 5.23 with shapes and counts.
#[test]
fn names_are_those_of_transformers() {
    let shown = |tensor: &Value| {
        let shape = tensor["symbolic"].as_str().unwrap();
        format!("{} {shape} {}", tensor["name"].as_str().unwrap(), tensor["count"])
    };
    let mut found: Vec<String> = listed(&["llava-1.5-7b"]).iter().map(shown).collect();
    found.sort();
    let known = std::fs::read_to_string("tests/tensors/llava-1.5-7b.txt").unwrap();
    assert_eq!(found, known.lines().collect::<Vec<_>>());
}

#[test]
fn tensors_of_all_presets_add_up_to_their_plans() {
    for preset in presets() {
        let plan = plan(&[&preset]);
        let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
        let all = listed(&[&preset]);
        for tensor in &all {
            let axes = tensor["shape"].as_array().unwrap().iter().map(Value::as_i64);
            let Some(elements) = axes.product::<Option<i64>>() else { continue };
            let Some(count) = tensor["count"].as_i64() else { continue };
            *sums.entry(tensor["component"].as_str().unwrap()).or_default() += elements * count;
        }
        for (component, params) in plan["params"]["by_component"].as_object().unwrap() {
            if let Some(params) = params.as_i64() {
                assert_eq!(sums[component.as_str()], params, "{preset}, {component}");
            }
        }
        if plan["memory"]["weight_bytes"].is_null() {
            continue;
        }
        let bytes =
            |all: &[Value]| all.iter().map(|one| one["bytes"].as_i64().unwrap()).sum::<i64>();
        assert_eq!(Some(bytes(&all)), plan["memory"]["weight_bytes"].as_i64(), "{preset}");
        let each = listed(&[&preset, "--expand"]);
        assert_eq!(bytes(&each), bytes(&all), "{preset}");
        let mut names: Vec<&str> = each.iter().map(|one| one["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), each.len(), "{preset}: two tensors of one name");
    }
}

/// "size mismatch for multi_modal_projector.linear_1.weight: [4096, 1664] against [4096, 1024]".
#[test]
fn a_size_mismatch_is_explained() {
    let all = listed(&["llava-1.5-7b", "--set", "encoder.width=1664"]);
    let first = all.iter().find(|one| one["name"] == "model.multi_modal_projector.linear_1.weight");
    assert_eq!(first.unwrap()["shape"], serde_json::json!([4096, 1664]));
}

#[test]
fn what_cannot_be_listed_one_by_one_is_refused() {
    let ran = vlmcalc(&["tensors", "textbook", "--expand"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    insta::assert_snapshot!("not_known", ran.stderr);
    let deep =
        "image: 14\nencoder: {patch: 14, depth: 1}\nbridge: linear\nllm: {depth: 1_000_000}\n";
    let ran = vlmcalc_reading(&["tensors", "-", "--expand"], deep);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    insta::assert_snapshot!("too_many", ran.stderr);
}
