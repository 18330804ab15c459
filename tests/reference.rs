//! The forward pass against PyTorch: tiny transformers models with given weights, every stage's
//! output to 1e-4. `tests/reference/make.py` made the data, the files beside it those of bridges, towers
//! and LLMs alone.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value as Json;
use vlmcalc::internals::cost::Report;
use vlmcalc::internals::exec::{
    Given, Inputs, Options, Outputs, Progress, RunReport, Stage, run_on,
};
use vlmcalc::internals::ops::Value;
use vlmcalc::internals::planned::count;
use vlmcalc::internals::spec::{self, Overrides};
use vlmcalc::internals::stages::decoder::Logits;

/// Largest difference that is allowed, relative to values above 1.
const TOLERANCE: f32 = 1e-4;

struct Silent;

impl Progress for Silent {
    fn step(&mut self, _: &str, _: u64) {}
}

/// Reads one reference file.
fn reference(name: &str) -> Json {
    let text = fs::read_to_string(format!("tests/reference/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn numbers(json: &Json) -> Vec<f32> {
    match json {
        Json::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.to_string().parse().unwrap()],
    }
}

fn tensor(json: &Json) -> Value {
    let shape = numbers(&json["shape"]).iter().map(|n| *n as usize).collect();
    Value { shape, data: numbers(&json["values"]) }
}

/// The spec's plan.
fn plan(name: &str, text: &str) -> Report {
    let path: PathBuf =
        std::env::temp_dir().join(format!("vlmcalc-{name}-{}.yaml", std::process::id()));
    fs::write(&path, text).unwrap();
    let loaded = spec::load(path.to_str().unwrap(), &Overrides::default()).unwrap();
    fs::remove_file(&path).unwrap();
    count(name, &loaded.spec, Logits::All).unwrap()
}

fn inputs(data: &Json) -> Inputs {
    let mut values = HashMap::new();
    // Of two towers each reads the same picture.
    let towers = ["", "tower_1.", "tower_2."];
    let pixels = towers.map(|tower| format!("vision_encoder.{tower}patch_embed.pixels"));
    let visual = "llm.visual_tokens".to_owned();
    for (input, paths) in [("pixels", &pixels[..]), ("visual_tokens", &[visual])] {
        let given = &data["inputs"][input];
        for path in paths.iter().filter(|_| given.is_object()) {
            values.insert(path.clone(), tensor(given));
        }
    }
    // Of two towers the second may see another size.
    if data["inputs"]["pixels_2"].is_object() {
        values.insert(
            "vision_encoder.tower_2.patch_embed.pixels".to_owned(),
            tensor(&data["inputs"]["pixels_2"]),
        );
    }
    for (input, path) in [
        ("token_ids", "llm.embed_tokens.token_ids"),
        ("qformer_token_ids", "bridge.queries.text_ids"),
        ("start_ids", "llm.start_token.start_id"),
    ] {
        if let Json::Array(rows) = &data["inputs"][input] {
            let ids = numbers(&data["inputs"][input]);
            let shape = vec![rows.len(), ids.len() / rows.len()];
            values.insert(path.to_owned(), Value { shape, data: ids });
        }
    }
    if let Some(id) = data["decode"]["token_id"].as_i64() {
        let batch = data["outputs"]["llm"]["shape"][0].as_u64().unwrap() as usize;
        let ids = Value { shape: vec![batch, 1], data: vec![id as f32; batch] };
        values.insert("llm.embed_tokens.token_id".to_owned(), ids);
    }
    Inputs::Given(values)
}

fn run(name: &str, data: &Json, threads: usize) -> (RunReport, Vec<Outputs>) {
    let report = plan(name, data["spec"].as_str().unwrap());
    let mut weights = Given::default();
    for (path, weight) in data["weights"].as_object().unwrap() {
        weights.insert(path, numbers(&weight["values"]));
    }
    let decode = u64::from(data["decode"].is_object());
    let options = Options { stage: Stage::All, decode, repeat: 1, threads, ..Options::default() };
    let wanted: Vec<&str> =
        data["outputs"].as_object().unwrap().keys().map(String::as_str).collect();
    run_on(&report, &options, &weights, &inputs(data), &wanted, &mut Silent).unwrap()
}

fn assert_close(what: &str, actual: &Value, expected: &Value) {
    assert_eq!(actual.shape, expected.shape, "{what}");
    let worst = actual
        .data
        .iter()
        .zip(&expected.data)
        .map(|(a, b)| (a - b).abs() / b.abs().max(1.0))
        .fold(0.0, f32::max);
    assert!(worst <= TOLERANCE && worst.is_finite(), "{what}: off by {worst}");
}

fn check(name: &str) {
    let data = reference(name);
    let (report, outputs) = run(name, &data, 2);
    assert_eq!(report.differences, []);
    for (path, expected) in data["outputs"].as_object().unwrap() {
        let kept = outputs[0].scopes.iter().find(|(known, _)| known == path);
        let actual = &kept.unwrap_or_else(|| panic!("{name}: no {path}")).1;
        assert_close(&format!("{name}: {path}"), actual, &tensor(expected));
    }
    if data["decode"].is_object() {
        let expected = tensor(&data["decode"]["logits"]);
        assert_close(&format!("{name}: decode"), &outputs[1].result, &expected);
    }
    let (alone, _) = run(name, &data, 1);
    assert_eq!(alone.checksum, report.checksum, "{name}: the number of threads shows");
}

macro_rules! models {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(stringify!($name)); })*

        #[test]
        fn every_file_is_checked() {
            let mut files: Vec<String> = fs::read_dir("tests/reference")
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
                .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
                .collect();
            files.sort();
            assert_eq!(files, [$(stringify!($name)),*]);
        }
    };
}

models! {
    attention_pool bart behind blip2 c_abstractor composed conv_and_gated_merger convnext cross
    davit deepstack delta_net features_of_grids gemma3 gemma3n gemma4_experts gemma4_shared
    grid_mix hybrid_towers idefics2 inner_merge instructblip internvl internvl_qwen3 llava
    merger merging_layer mla moe moe_shared odd_grids padded_windows parallel qwen_vl
    short_conv smolvlm t5 tower_experts two_towers visual_vocabulary windows
}
