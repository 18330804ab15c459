//! The presets: their numbers, whose they are, and what they are compared with.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use vlmcalc::internals::spec::presets::{PRESETS, Preset};
use vlmcalc::internals::stages::bridge::BRIDGES;
use vlmcalc::internals::units::{Unit, exact, human};

use super::markdown::{code, list, rows_of, table};
use super::plans::{number, plan};
use super::stages::report;

/// `table`: the numbers of all presets. A bridge: what is known of those that have it.
pub fn part(what: &str) -> String {
    if what == "table" {
        return numbers();
    }
    if what == "encoders" || what == "llms" {
        return choices(what);
    }
    if what == "others" {
        return others();
    }
    let own = PRESETS.iter().filter(|preset| report(preset.name).design.bridge.kind().name == what);
    let truth = truth();
    own.map(|preset| about(preset, &truth)).collect::<Vec<_>>().join("\n")
}

fn numbers() -> String {
    let rows = PRESETS.iter().filter_map(|preset| {
        let plan = plan(preset.name);
        // Of an exercise most is symbolic.
        plan["params"]["total"].as_number()?;
        let count = |path| exact(number(&plan, path));
        let short = |path, unit| human(number(&plan, path), unit);
        Some([
            code(preset.name),
            count("tokens.encoder"),
            count("tokens.visual"),
            short("params.total", Unit::Count),
            short("prefill.matmul_flops.total", Unit::Flop),
            short("memory.kv_cache_bytes", Unit::Byte),
        ])
    });
    let names = ["preset", "encoder:", "visual:", "params:", "prefill:", "KV cache:"];
    table(names, rows)
}

/// What a field of the vision encoder or LLM is in every preset of a released model.
fn choices(what: &str) -> String {
    let (section, fields): (&str, &[&str]) = match what {
        "encoders" => (
            "encoder",
            &[
                "position",
                "class_token",
                "patch_bias",
                "pre_norm",
                "post_norm",
                "layer_scale",
                "feature_layer",
                "activation",
                "qk_norm",
            ],
        ),
        _ => (
            "llm",
            &["bias", "mlp", "activation", "norms_per_block", "qk_norm", "position", "tied"],
        ),
    };
    let columns: Vec<&str> = ["preset"].into_iter().chain(fields.iter().copied()).collect();
    let rows = PRESETS.iter().filter_map(|preset| {
        let plan = plan(preset.name);
        // Of an exercise most is left open, and `tiny` is made up.
        plan["params"]["total"].as_number().filter(|_| preset.name != "tiny")?;
        let values = fields.iter().map(|field| said(&plan["spec"][section][field]));
        Some([code(preset.name)].into_iter().chain(values).collect())
    });
    rows_of(&columns, rows)
}

/// A choice as a cell of a table.
fn said(value: &Value) -> String {
    let rows = &value["learned"]["rows"];
    match value {
        Value::Object(_) if rows.is_number() => format!("{rows} rows"),
        Value::Object(of) if of.contains_key("qkv") => {
            let kinds = of.iter().filter(|(_, has)| **has == true).map(|(kind, _)| kind.as_str());
            let kinds: Vec<&str> = kinds.collect();
            if kinds.is_empty() { "no".to_owned() } else { kinds.join(", ") }
        }
        Value::Object(_) => "as `context`".to_owned(),
        Value::Bool(is) => if *is { "yes" } else { "no" }.to_owned(),
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a preset's file says of it, and its exact numbers.
fn about(preset: &Preset, truth: &BTreeMap<String, Vec<String>>) -> String {
    let comments = preset.text.lines().map_while(|line| line.strip_prefix("# "));
    let comments: Vec<&str> = comments.collect();
    let source = comments[1].strip_prefix("Source: ").unwrap();
    let plan = plan(preset.name);
    let mut items = vec![comments[0].to_owned(), format!("source: {source}")];
    let counts = ["vision_encoder", "bridge", "llm"].map(|name| {
        let count = plan["params"]["by_component"][name].as_number()?;
        Some(format!("{name} {}", exact(count.as_i128()?)))
    });
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    items.push(format!("parameters: {}", counts.join(", ")));
    match truth.get(preset.name) {
        Some(files) => items.push(format!("compared with {}", files.join(" and "))),
        None if ["made up", "a worked"].iter().any(|made| source.starts_with(made)) => {
            items.push("compared with no measurement: made up".to_owned());
        }
        None => items.push("compared with no measurement of the whole model".to_owned()),
    }
    format!("### {}\n\n{}", preset.name, list(items))
}

/// Specs that are measured and no presets.
fn others() -> String {
    let mut specs: Vec<_> =
        fs::read_dir("tests/truth").unwrap().map(|entry| entry.unwrap().path()).collect();
    specs.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    specs.sort();
    let items = specs.iter().map(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        let text = fs::read_to_string(path).unwrap();
        let summary = text.lines().next().unwrap().trim_start_matches("# ");
        format!("[{name}](../../tests/truth/{name}): {summary}")
    });
    list(items)
}

/// For each preset, the files that it is compared with and the prompts in them.
fn truth() -> BTreeMap<String, Vec<String>> {
    let mut files: Vec<_> =
        fs::read_dir("tests/truth").unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut truth: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|e| e == "json")) {
        let value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let Some(preset) = value["preset"].as_str() else { continue };
        let name = path.file_name().unwrap().to_string_lossy();
        let cases = value["cases"].as_array().unwrap().len();
        let prompts = if cases == 1 { "1 prompt".to_owned() } else { format!("{cases} prompts") };
        let link = format!("[{name}](../../tests/truth/{name}), {prompts}");
        truth.entry(preset.to_owned()).or_default().push(link);
    }
    truth
}

#[test]
fn every_bridge_has_its_models() {
    let page = fs::read_to_string("src/docs/models.md").unwrap();
    for kind in BRIDGES {
        let mark = format!("{}models {} -->", super::parts::START, kind.name);
        assert!(page.contains(&mark), "{}", kind.name);
    }
}
