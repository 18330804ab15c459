//! `vlmcalc schema` against what the tool accepts.

mod fields;

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::{Value, json};
use vlmcalc::internals::diag::{Source, Sources};
use vlmcalc::internals::schema::File;
use vlmcalc::internals::spec::{self, Policy, Spec};
use vlmcalc::internals::units::ImageSize;
use vlmcalc::internals::yaml;

use crate::command::vlmcalc;
use crate::json::json as read;

fn validator() -> Validator {
    jsonschema::validator_for(&File::Spec.schema()).unwrap()
}

fn accepts(validator: &Validator, value: &Value) -> Result<(), String> {
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

/// Reads a spec as the tool does, each field on its own.
fn decode(text: &str) -> Result<Spec, String> {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("spec", text));
    let mut tree = yaml::parse(&sources, id).map_err(|found| format!("{found:?}"))?;
    let twice = spec::by_own_names(&mut tree, &sources);
    let spec = yaml::decode(&tree, &sources).map_err(|found| format!("{found:?}"))?;
    if twice.is_empty() { Ok(spec) } else { Err(format!("{twice:?}")) }
}

/// Reads a spec as the tool does, its fields taken together too.
fn load(text: &str) -> Result<Spec, String> {
    let spec = decode(text)?;
    let (_, problems) = spec.design();
    if problems.is_empty() { Ok(spec) } else { Err(format!("{problems:?}")) }
}

#[test]
fn the_schema_is_one() {
    let schema = File::Spec.schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::meta::validate(&schema).unwrap();
    let ran = vlmcalc(&["schema"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap(), schema);
    assert_eq!(vlmcalc(&["schema", "spec"]).stdout, ran.stdout);
    insta::assert_snapshot!("spec", ran.stdout);
}

fn specs(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_spec = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.ends_with(".yaml") && !name.starts_with("vlmcalc.")
    };
    entries.filter(is_spec).collect()
}

#[test]
fn every_spec_of_the_repository_is_accepted() {
    let validator = validator();
    let all: Vec<PathBuf> = ["configs", "tests/truth"].into_iter().flat_map(specs).collect();
    assert!(all.len() > 25);
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        accepts(&validator, &read(&text)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
}

#[test]
fn the_decoders_conveniences_are_accepted() {
    let validator = validator();
    for text in [
        "bridge: mlp",
        "bridge: {mlp: }",
        "bridge: {linear: {}}",
        "projector: {linear: {norm: null}}",
        "bridge: linear\nprompt:\nencoder:\nllm: ~\nimage:\nname:\nexpect:\n",
        "bridge: linear\nimage: 224",
        "bridge: linear\nimage: '224'",
        "bridge: linear\nimage: 480x640",
        "bridge: linear\nimage: 480 × 640",
        "bridge: linear\nimage: [480, 640]",
        "bridge: linear\nimage: {size: [480, 640], tiles: 2}",
        "bridge: linear\nimage: {size: {height: 480, width: 640}}",
        "bridge: linear\nimage: {image_size: 224, num_channels: 1, remainder: {pad: }}",
        "bridge: linear\nimage: {height: 480, size: null}",
        "bridge: linear\nencoder: {position: learned, bias: {qkv: false, out: null}}",
        "bridge: linear\nencoder: {position: {learned: }, qk_norm: {head: {}}, bias: true}",
        "bridge: linear\nencoder: {feature_select: full, feature_layer: -2, depth: 0x10}",
        "bridge: linear\nvision_config: {hidden_size: 1_024, hidden_act: swish, num_layers: 3}",
        "bridge: linear\nprompt: {dtype: float32, batch_size: 2, text_tokens: 0}",
        "bridge: linear\nllm: {norms_per_block: 4, vocab: 1_000_000_000_000}",
        "bridge: {qformer: {num_query_tokens: 32, then: mlp, text: null}}",
        "bridge: {resampler: {latents: 4, then: null, input_mlp: }}",
        "bridge: {avg-pool: {mm_tokens_per_image: 256, kernel: null}}",
    ] {
        load(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        accepts(&validator, &read(text)).unwrap_or_else(|e| panic!("{text}: {e}"));
    }
    // What an editor's parser of YAML 1.2 makes of `1_024`.
    accepts(&validator, &json!({"bridge": "linear", "llm": {"width": "1_024"}})).unwrap();
}

#[test]
fn sizes_of_images_are_understood_alike_everywhere() {
    let validator = validator();
    for text in [
        "224",
        "0224",
        "+224",
        " 224",
        "480x640",
        "480X640",
        "480×640",
        "480 x 640",
        "0x10",
        "0",
        "-1",
        "x",
        "480x",
        "x640",
        "480x0",
        "480x640x3",
        "480*640",
        "224.0",
        "1e3",
        "",
        "1000000000000",
        "1000000000001",
        "999999999999x1",
        "1x1000000000001",
    ] {
        let read = ImageSize::read(text);
        let value = json!({"bridge": "linear", "image": text});
        let spec = load(&value.to_string()).ok();
        let size = |spec: Spec| spec.image.height.zip(spec.image.width);
        assert_eq!(spec.map(size), read.map(|size| Some((size.height, size.width))), "{text}");
        assert_eq!(accepts(&validator, &value).is_ok(), read.is_some(), "{text}");
        let ran = vlmcalc(&["plan", "textbook", &format!("--image={text}")]);
        assert_eq!(!ran.stderr.contains("is not an image size"), read.is_some(), "{text}");
    }
}

#[test]
fn what_the_tool_refuses_is_refused() {
    let validator = validator();
    for text in [
        "",
        "[]",
        "image: 224",
        "bridge:",
        "bridge: qformer",
        "bridge: avg-pool",
        "bridge: {avg-pool: }",
        "bridge: {avg-pool: {kernel: 2, tokens: 4}}",
        "bridge: {avg-pool: {kernel: 2, mm_tokens_per_image: 4}}",
        "bridge: qfromer",
        "bridge: {linear: {}, mlp: {}}",
        "bridge: {linear: {depth: 2}}",
        "bridge: {mlp: {depth: 65}}",
        "bridge: {mlp: {hidden: 64}}",
        "bridge: {mlp: {hidden: [0]}}",
        "bridge: {pixel-shuffle: {then: {mlp: {image_newline: true}}, factor: 2}}",
        "bridge: {pixel-shuffle: {factor: 2, downsample_ratio: 0.5}}",
        "bridge: mlp\nmm_projector_type: linear",
        "bridge: linear\nencoder: {mlp_ratio: 4}",
        "bridge: linear\nencoder: {width: 8, mlp_ratio: 4, mlp_width: 32}",
        "bridge: {qformer: {queries: 32, num_query_tokens: 32}}",
        "bridge: {qformer: {queries: 32, text: {vocab: 3}}}",
        "bridge: linear\nconnector: linear",
        "bridge: linear\nllm: {width: 1, hidden_size: 1}",
        "bridge: linear\nllm: {d_model: 1, hidden_size: 1}",
        "bridge: linear\nllm: {widht: 1}",
        "bridge: linear\nencoder: {vocab: 1}",
        "bridge: linear\nllm: {width: 0}",
        "bridge: linear\nllm: {width: -1}",
        "bridge: linear\nllm: {width: 1000000000001}",
        "bridge: linear\nllm: {width: 1.5}",
        "bridge: linear\nllm: {width: '16'}",
        "bridge: linear\nllm: {width: sixteen}",
        "bridge: linear\nllm: {norms_per_block: 3}",
        "bridge: linear\nllm: {tied: yes}",
        "bridge: linear\nllm: {tied: null}",
        "bridge: linear\nllm: {mlp: null}",
        "bridge: linear\nllm: {bias: null}",
        "bridge: linear\nllm: {position: rotary_embedding}",
        "bridge: linear\nllm: {norm: {rmsnorm: {eps: 1}}}",
        "bridge: linear\nencoder: {feature_layer: last}",
        "bridge: linear\nimage: 0",
        "bridge: linear\nimage: 224y224",
        "bridge: linear\nimage: 224x0",
        "bridge: linear\nimage: [1, 2, 3]",
        "bridge: linear\nimage: true",
        "bridge: linear\nprompt: {dtype: f64}",
        "bridge: linear\nprompt: [1]",
        "bridge: linear\nname: 5",
    ] {
        assert!(load(text).is_err(), "the tool accepts {text}");
        if !text.is_empty() {
            assert!(accepts(&validator, &read(text)).is_err(), "the schema accepts {text}");
        }
    }
}

#[test]
fn expectations() {
    let validator = validator();
    let said = |expectation: &str| {
        let text = format!("bridge: linear\nexpect: {{params.total: {expectation}}}");
        (decode(&text).map(|_| ()), accepts(&validator, &read(&text)))
    };
    for good in [
        "576",
        "7_063",
        "7.1B",
        "9.5 TFLOP",
        "2 GiB",
        "2.5 GB",
        "'1,024'",
        "100 FLOPs",
        "-3",
        "'1.0'",
        "[1, 576, '?']",
        "[B, N, '(H/P)*(W/P) + 1']",
        "{value: 7B, tolerance: 1%}",
        "{value: 7B, tolerance: 0.01, severity: warn}",
        "{value: 7B, tolerance: 1/20, severity: {error: }}",
        "{value: null, tolerance: null, shape: null, min: 1, max: 2K, severity: warning}",
        "{min: 1, max_fraction_of_context: 50%}",
        "{max_fraction_of_context: 0.5, severity: null}",
        "{shape: [1, N]}",
    ] {
        assert_eq!(said(good), (Ok(()), Ok(())), "{good}");
    }
    for bad in [
        "null",
        "many",
        "B",
        "7.1Q",
        "'1.5'",
        "1 GiBFLOP",
        "true",
        "{}",
        "{maximum: 3}",
        "{min: null}",
        "{tolerance: 1%}",
        "{min: 1, tolerance: 1%}",
        "{value: 1, min: 1}",
        "{shape: [1], max: 1}",
        "{severity: warn}",
        "{value: 1, severity: note}",
        "{value: 1, tolerance: much}",
        "{value: 1, tolerance: -1%}",
        "[1.5]",
        "[-1]",
        "{shape: 3}",
    ] {
        let (tool, schema) = said(bad);
        assert!(tool.is_err(), "the tool accepts {bad}");
        assert!(schema.is_err(), "the schema accepts {bad}");
    }
}

#[test]
fn every_other_name_of_a_choice_is_in_the_schema() {
    let schema = File::Spec.schema().to_string();
    let mut found = 0;
    for folder in ["src/spec", "src/spec/expect", "src/stages", "src/stages/bridge", "src/ops"] {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(Path::new(&path)).unwrap_or_default();
            let lines = text.lines().filter(|line| line.contains("#[serde("));
            for name in lines.flat_map(|line| line.split("alias = \"").skip(1)) {
                let name = name.split('"').next().unwrap();
                found += 1;
                assert!(schema.contains(&format!(r#""const":"{name}""#)), "{name}");
            }
        }
    }
    assert!(found > 10, "{found}");
}

/// Every schema in a schema, with its pointer.
fn each<'a>(schema: &'a Value, pointer: String, see: &mut impl FnMut(&str, &'a Value)) {
    see(&pointer, schema);
    let below: &mut dyn Iterator<Item = (String, &Value)> = match schema {
        Value::Object(map) => &mut map.iter().map(|(key, value)| (key.clone(), value)),
        Value::Array(items) => {
            &mut items.iter().enumerate().map(|(at, value)| (at.to_string(), value))
        }
        _ => return,
    };
    for (key, value) in below {
        each(value, format!("{pointer}/{key}"), see);
    }
}

#[test]
fn everything_has_a_description_to_read() {
    let see = &mut |pointer: &str, value: &Value| {
        let fields = value.get("properties").and_then(Value::as_object);
        // A rule about fields together is no description of them.
        let is_rule = value.get("additionalProperties").is_none();
        for (name, field) in fields.into_iter().flatten().filter(|_| !is_rule) {
            let text = field["description"].as_str().unwrap_or_default();
            assert!(text.len() > 10, "{pointer}/{name} has no description");
        }
        if let Some(text) = value.get("description").and_then(Value::as_str) {
            assert!(text.ends_with('.'), "{pointer}: {text}");
            let hidden = ["[`", "](", "::", "\n ", "  ", "if not given if", "TODO"];
            assert!(!hidden.iter().any(|part| text.contains(part)), "{pointer}: {text}");
        }
        if value.get("const").is_some() {
            assert!(value["description"].is_string(), "{pointer}");
        }
    };
    for file in [File::Spec, File::Policy] {
        each(&file.schema()["properties"], String::new(), see);
        each(&file.schema()["$defs"], String::new(), see);
    }
}

#[test]
fn policies() {
    let schema = File::Policy.schema();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let said = |text: &str| {
        let mut sources = Sources::default();
        let id = sources.add(Source::new("policy", text));
        let tree = yaml::parse(&sources, id).unwrap();
        (yaml::decode::<Policy>(&tree, &sources).is_ok(), accepts(&validator, &read(text)).is_ok())
    };
    for good in [
        "rules:",
        "rules: {r: {limits: }}",
        "rules: {r: {limits: {tokens.visual: {max: 100}, bridge.output: [B, 1]}, severity: warn}}",
        "rules: {r: {match: {bridge: linear, name: [a, 'b*']}, limits: {}}}",
        "rules: {r: {match: {spec: {llm.tied: true, llm.depth: {min: 3}, llm.norm: [a, null]}}, limits: {}}}",
        "rules: {r: {match: {plan: {params.total: {value: 7B, tolerance: 15%}}}, limits: {}}}",
    ] {
        assert_eq!(said(good), (true, true), "{good}");
    }
    for bad in [
        "{}",
        "rules: []",
        "rules: {r: }",
        "rules: {r: {match: {}}}",
        "rules: {r: {limits: {}, severity: loud}}",
        "rules: {r: {limits: {}, match: {bridges: linear}}}",
        "rules: {r: {limits: {}, match: {bridge: lineal}}}",
        "rules: {r: {limits: {}, match: {name: 3}}}",
        "rules: {r: {limits: {tokens.visual: {most: 3}}}}",
    ] {
        assert_eq!(said(bad), (false, false), "{bad}");
    }
}
