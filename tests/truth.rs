//! Models whose numbers are known exactly, compared to the last integer.
//!
//! `tests/truth/<model>.json` holds what a reference implementation measured (PyTorch's
//! `FlopCounterMode` on transformers' own models): parameters, the shape of every stored tensor,
//! tokens, FLOPs, KV cache and a decode step, for one or more images. `tests/truth/extract.py`
//! writes these files. The spec of a model is a preset, or `tests/truth/<model>.yaml`.
//!
//! A test reports every difference of its model, and a number that was not measured is null.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vlmcalc::internals::check::Status;
use vlmcalc::internals::cost::{Measure, Pass, Report};
use vlmcalc::internals::diag;
use vlmcalc::internals::dim::Dim;
use vlmcalc::internals::graph::Component;
use vlmcalc::internals::planned::count;
use vlmcalc::internals::spec::presets::PRESETS;
use vlmcalc::internals::spec::{self, Overrides, Spec};
use vlmcalc::internals::stages::decoder::Logits;
use vlmcalc::internals::units::ImageSize;

/// One JSON file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    model: String,
    preset: Option<String>,
    #[serde(rename = "reference")]
    _versions: BTreeMap<String, String>,
    params: BTreeMap<String, i64>,
    tensors: BTreeSet<(Vec<i64>, i64)>,
    cases: Vec<Case>,
}

/// One prompt.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    set: BTreeMap<String, Value>,
    tokens: BTreeMap<String, Option<i64>>,
    matmul_flops: BTreeMap<String, Option<i64>>,
    kv_cache_bytes: Option<i64>,
    decode: Option<Decode>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

/// One token after the prompt.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decode {
    cached: i64,
    matmul_flops: i64,
}

/// The models: a test for each, and the list that the folder is compared with.
macro_rules! models {
    ($($test:ident: $name:literal,)*) => {
        const MODELS: &[&str] = &[$($name),*];

        $(#[test]
        fn $test() {
            check($name);
        })*
    };
}

models! {
    aya_vision_8b: "aya-vision-8b",
    blip2_opt_2_7b: "blip2-opt-2.7b",
    command_a_vision_07_2025: "command-a-vision-07-2025",
    deepseek_vl_1_3b_chat: "deepseek-vl-1.3b-chat",
    deepseek_vl_7b_chat: "deepseek-vl-7b-chat",
    florence_2_base: "florence-2-base",
    gemma_3_4b_it: "gemma-3-4b-it",
    gemma_3_4b_it_pan_and_scan: "gemma-3-4b-it-pan-and-scan",
    gemma_3n_e2b_it_llm: "gemma-3n-e2b-it-llm",
    gemma_4_26b_a4b_it: "gemma-4-26b-a4b-it",
    gemma_4_26b_a4b_it_llm: "gemma-4-26b-a4b-it-llm",
    gemma_4_31b_it_llm: "gemma-4-31b-it-llm",
    gemma_4_e2b_it: "gemma-4-e2b-it",
    gemma_4_e2b_it_llm: "gemma-4-e2b-it-llm",
    git_base: "git-base",
    glm_4_1v_9b_thinking: "glm-4.1v-9b-thinking",
    glm_4_5v: "glm-4.5v",
    idefics2_8b: "idefics2-8b",
    idefics3_8b_llama3: "idefics3-8b-llama3",
    instructblip_vicuna_7b: "instructblip-vicuna-7b",
    internvl2_5_8b_mpo: "internvl2_5-8b-mpo-hf",
    internvl3_1b: "internvl3-1b-hf",
    internvl3_38b: "internvl3-38b-hf",
    internvl3_8b: "internvl3-8b-hf",
    internvl3_8b_hf_tiles: "internvl3-8b-hf-tiles",
    internvl3_5_1b: "internvl3_5-1b-hf",
    janus_pro_1b: "janus-pro-1b",
    kimi_k2_5: "kimi-k2.5",
    lfm2_vl_1_6b: "lfm2-vl-1.6b",
    lfm3_vl_2b: "lfm3-vl-2b",
    llama_3_2_11b_vision: "llama-3.2-11b-vision",
    llama_4_scout_17b_16e_instruct: "llama-4-scout-17b-16e-instruct",
    llava_1_5_7b: "llava-1.5-7b",
    llava_onevision_7b_anyres: "llava-onevision-7b-anyres",
    llava_onevision_qwen2_7b: "llava-onevision-qwen2-7b",
    llava_onevision_qwen2_7b_ov: "llava-onevision-qwen2-7b-ov-hf",
    llava_v0_linear_7b: "llava-v0-linear-7b",
    llava_v1_6_mistral_7b: "llava-v1.6-mistral-7b",
    minicpm_v_4_6: "minicpm-v-4.6",
    minigpt4_vicuna_7b: "minigpt4-vicuna-7b",
    mistral_small_3_1_24b: "mistral-small-3.1-24b-instruct-2503",
    molmo2_4b: "molmo2-4b",
    ovis2_1b: "ovis2-1b-hf",
    paligemma_3b_224: "paligemma-3b-224",
    paligemma_3b_896: "paligemma-3b-896",
    paligemma2_3b_224: "paligemma2-3b-224",
    paligemma2_3b_448: "paligemma2-3b-448",
    perception_lm_1b: "perception-lm-1b",
    pixtral_12b: "pixtral-12b",
    qwen_vl_7b: "qwen-vl-7b",
    qwen2_vl_7b: "qwen2-vl-7b-instruct",
    qwen2_5_vl_7b: "qwen2.5-vl-7b-instruct",
    qwen3_vl_30b_a3b_instruct: "qwen3-vl-30b-a3b-instruct",
    qwen3_vl_4b_instruct: "qwen3-vl-4b-instruct",
    qwen3_vl_8b_instruct: "qwen3-vl-8b-instruct",
    qwen3_5_0_8b: "qwen3.5-0.8b",
    smolvlm_256m: "smolvlm-256m",
    smolvlm_256m_tiles: "smolvlm-256m-tiles",
    smolvlm_instruct_2_2b: "smolvlm-instruct-2.2b",
    smolvlm2_256m_video_instruct: "smolvlm2-256m-video-instruct",
}

#[test]
fn every_file_is_tested() {
    let listed: BTreeSet<String> = MODELS.iter().map(ToString::to_string).collect();
    assert_eq!(stems("json"), listed);
    let own = listed.into_iter().filter(|name| read::<Model>(name).preset.is_none()).collect();
    assert_eq!(stems("yaml"), own);
}

#[test]
fn expectations_of_presets_hold() {
    for preset in PRESETS {
        let planned =
            vlmcalc::internals::planned::plan(preset.name, &Overrides::default(), Logits::All)
                .unwrap();
        let findings = vlmcalc::internals::check::expectations(&planned);
        assert!(!findings.is_empty(), "{} expects nothing", preset.name);
        for finding in findings {
            assert_eq!(finding.status, Status::Holds, "{}: {finding:?}", preset.name);
        }
    }
}

#[test]
fn presets_say_what_they_are_and_whence() {
    let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    assert!(names.is_sorted(), "{names:?}");
    for preset in PRESETS {
        let source = preset.text.lines().nth(1).unwrap();
        assert!(source.starts_with("# Source: "), "{}: {source}", preset.name);
        let length = preset.summary().chars().count();
        assert!((10..=90).contains(&length), "{}: {length} characters", preset.name);
    }
}

/// Compares all cases of a model.
fn check(name: &str) {
    let model: Model = read(name);
    assert_eq!(model.model, name);
    assert!(!model.cases.is_empty());
    let argument = model.preset.clone().unwrap_or_else(|| path(name, "yaml"));
    let mut differences = Differences::default();
    for case in &model.cases {
        differences.place = format!("{name}, {}", case.name);
        let (_, report) = plan(&argument, &overrides(&case.set));
        compare(&model, case, &report, &mut differences);
    }
    differences.report();
}

/// Compares everything that is known of a case.
fn compare(model: &Model, case: &Case, report: &Report, differences: &mut Differences) {
    let known = |(name, value): (&String, &Option<i64>)| Some((name.clone(), (*value)?));
    let mut compare_all = |section: &str, expected: BTreeMap<String, i64>| {
        for (name, expected) in expected {
            let is_component = Component::of_key(&name).is_some();
            let level = if is_component { ".by_component" } else { "" };
            let key = format!("{section}{level}.{name}");
            differences.equal(&key, expected, number(report, &key));
        }
    };
    compare_all("params", model.params.clone());
    compare_all("tokens", case.tokens.iter().filter_map(known).collect());
    compare_all("prefill.matmul_flops", case.matmul_flops.iter().filter_map(known).collect());
    if let Some(bytes) = case.kv_cache_bytes {
        let key = "memory.kv_cache_bytes";
        differences.equal(key, bytes, number(report, key));
    }
    if let Some(decode) = &case.decode {
        let key = "decode.matmul_flops.total";
        differences.equal(key, decode.matmul_flops, number(report, key));
        differences.equal("decode.cached", decode.cached, number(report, "tokens.sequence"));
    }
    compare_tensors(&model.tensors, &report.prefill, differences);
}

/// Compares how many tensors there are of each shape.
fn compare_tensors(
    expected: &BTreeSet<(Vec<i64>, i64)>,
    pass: &Pass,
    differences: &mut Differences,
) {
    let mut left: BTreeMap<Vec<i64>, i64> = tensors(pass);
    for (shape, count) in expected {
        let found = left.remove(shape).unwrap_or(0);
        differences.equal(&format!("tensors {shape:?}"), *count, Some(found.into()));
    }
    for (shape, found) in left {
        differences.equal(&format!("tensors {shape:?}"), 0, Some(found.into()));
    }
}

/// The shapes of all stored tensors, each with how many tensors have it.
fn tensors(pass: &Pass) -> BTreeMap<Vec<i64>, i64> {
    let symbols = &pass.graph.symbols;
    let value = |dim: &Dim| i64::try_from(symbols.eval(dim).unwrap().unwrap()).unwrap();
    let mut counts = BTreeMap::new();
    for param in pass.graph.params.iter() {
        let shape = param.shape.0.iter().map(value).collect();
        *counts.entry(shape).or_insert(0) += value(&param.copies);
    }
    counts
}

/// The plan of the spec that an argument names.
#[track_caller]
fn plan(argument: &str, overrides: &Overrides) -> (Spec, Report) {
    let loaded = spec::load(argument, overrides).unwrap_or_else(|failure| {
        let rendered = failure.diagnostics.iter().map(|d| diag::render(d, &failure.sources, false));
        panic!("{}", rendered.collect::<Vec<_>>().join("\n"));
    });
    let report = count(&loaded.name, &loaded.spec, Logits::All).expect("a spec that fits together");
    (loaded.spec, report)
}

/// The number at a path of the JSON output.
fn number(report: &Report, key: &str) -> Option<i128> {
    let tokens = &report.tokens;
    if let Some(name) = key.strip_prefix("tokens.") {
        let figure = match name {
            "patches" => &tokens.patches,
            "encoder" => &tokens.encoder,
            "visual" => &tokens.visual,
            "structural" => &tokens.structural,
            "text" => &tokens.text,
            "sequence" => &tokens.sequence,
            _ => panic!("no token count `{name}`"),
        };
        return figure.value;
    }
    let measures = [("params.", Measure::Params), ("prefill.matmul_flops.", Measure::MatmulFlops)];
    for (prefix, measure) in measures {
        let Some(rest) = key.strip_prefix(prefix) else { continue };
        return match rest.strip_prefix("by_component.") {
            Some(name) => {
                let component = Component::of_key(name).expect("a component");
                report.prefill.component(component).expect("its row").costs.get(measure)
            }
            None if rest == "total" => report.prefill.total.get(measure),
            None if key == "params.active" => report.prefill.active(),
            _ => panic!("no figure `{key}`"),
        };
    }
    match key {
        "decode.matmul_flops.total" => report.decode.total.get(Measure::MatmulFlops),
        "memory.kv_cache_bytes" => report.memory.kv_cache.value,
        _ => panic!("no figure `{key}`"),
    }
}

/// A case's changes of the spec.
fn overrides(set: &BTreeMap<String, Value>) -> Overrides {
    let mut overrides = Overrides::default();
    for (path, value) in set {
        match value {
            Value::String(size) if path == "image" => {
                overrides.image = vec![ImageSize::read(size).unwrap()];
            }
            value => overrides.set.push(format!("{path}={value}")),
        }
    }
    overrides
}

/// What differs, collected.
#[derive(Default)]
struct Differences {
    place: String,
    lines: Vec<String>,
}

impl Differences {
    fn equal(&mut self, what: &str, expected: i64, found: Option<i128>) {
        self.require(found == Some(expected.into()), what, expected, found);
    }

    fn require(&mut self, holds: bool, what: &str, expected: impl Display, found: Option<i128>) {
        if holds {
            return;
        }
        let found = found.map_or("a formula".to_owned(), |found| found.to_string());
        self.lines.push(format!("{}: {what}: expected {expected}, found {found}", self.place));
    }

    #[track_caller]
    fn report(self) {
        assert!(self.lines.is_empty(), "\n{}", self.lines.join("\n"));
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/truth")
}

fn path(name: &str, extension: &str) -> String {
    folder().join(format!("{name}.{extension}")).to_str().unwrap().to_owned()
}

/// The names of the files with this extension, without it.
fn stems(extension: &str) -> BTreeSet<String> {
    let paths = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let of_kind = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    of_kind.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&std::fs::read_to_string(path(name, "json")).unwrap()).unwrap()
}
