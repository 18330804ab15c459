//! Presets at the sizes of the tables: what a plan says of pictures and clips is what the real
//! processors made of them.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use vlmcalc::internals::cost::Report;
use vlmcalc::internals::media::Kind;
use vlmcalc::internals::planned::plan;
use vlmcalc::internals::spec::Overrides;
use vlmcalc::internals::stages::decoder::Logits;
use vlmcalc::internals::units::ImageSize;

/// A preset, the table of its family, and the settings of the clips that it has.
const PRESETS: &[(&str, &str, Option<&str>)] = &[
    ("gemma-3-4b-pan-and-scan", "gemma-3-pan-and-scan", None),
    ("glm-4.1v-9b", "glm-4.1v", Some("class_default")),
    ("idefics3-8b", "idefics3", None),
    ("internvl3-8b-tiles", "internvl", None),
    ("llava-onevision-7b-anyres", "llava-onevision", Some("class_default")),
    ("llava-v1.6-mistral-7b", "llava-next", None),
    ("mistral-small-3.1-24b", "mistral-small-3.1", None),
    ("molmo2-4b", "molmo2", None),
    ("ovis2-1b", "ovis2", None),
    ("perception-lm-1b", "perception-lm", Some("class_default")),
    ("pixtral-12b", "pixtral", None),
    ("qwen2-vl-7b", "qwen2.5-vl", Some("image_preprocessor_fallback")),
    ("qwen2.5-vl-7b", "qwen2.5-vl", Some("image_preprocessor_fallback")),
    ("qwen3-vl-4b", "qwen3-vl", Some("remembered_checkpoint")),
    ("qwen3-vl-8b", "qwen3-vl", Some("remembered_checkpoint")),
    ("smolvlm-2.2b", "smolvlm-2.2b", None),
    ("smolvlm2-2.2b", "smolvlm-2.2b", None),
    ("smolvlm2-256m", "smolvlm-256m", None),
];

/// A picture of a table, with what a plan says of it too.
#[derive(Deserialize)]
struct Picture {
    size: [u64; 2],
    refused: Option<String>,
    patches: Option<i128>,
    encoder: Option<i128>,
    visual: Option<i128>,
    structural: Option<i128>,
}

/// Several pictures in one prompt.
#[derive(Deserialize)]
struct Prompt {
    images: Vec<[u64; 2]>,
    mode: String,
    each: Vec<Each>,
    visual: i128,
    structural: i128,
}

#[derive(Deserialize)]
struct Each {
    kinds: BTreeMap<String, u64>,
}

/// A clip of a table.
#[derive(Deserialize)]
struct Clip {
    config: String,
    size: [u64; 2],
    frames: Option<u64>,
    seconds: Option<f64>,
    fps: Option<f64>,
    #[serde(default)]
    call: BTreeMap<String, Value>,
    visual: Option<i128>,
    patches: Option<i128>,
    error: Option<String>,
}

fn table<T: DeserializeOwned>(folder: &str, name: &str) -> Vec<T> {
    let path = format!("tests/media/{folder}/{name}.json");
    fs::read_to_string(path).map_or(Vec::new(), |text| serde_json::from_str(&text).unwrap())
}

fn sizes(sizes: &[[u64; 2]]) -> Overrides {
    let size = |[height, width]: &[u64; 2]| ImageSize::read(&format!("{height}x{width}")).unwrap();
    Overrides { image: sizes.iter().map(size).collect(), ..Overrides::default() }
}

/// What is wrong with the plan of a preset at these changes.
fn differences(
    preset: &str,
    overrides: &Overrides,
    is_refused: bool,
    expected: &[(&str, Option<i128>)],
    found: impl Fn(&Report, &str) -> Option<i128>,
) -> Vec<String> {
    let planned = match plan(preset, overrides, Logits::All) {
        Ok(planned) if !is_refused => planned,
        Ok(_) => return vec!["planned, but refused by the processor".to_owned()],
        Err(_) if is_refused => return Vec::new(),
        Err(failure) => return vec![format!("{:?}", failure.diagnostics)],
    };
    let known = expected.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let pairs = known.map(|(name, value)| (name, value, found(&planned.report, name)));
    let wrong = pairs.filter(|(_, value, found)| Some(*value) != *found);
    wrong.map(|(name, value, found)| format!("{name}: {found:?}, measured {value}")).collect()
}

/// A token count of a plan.
fn tokens(report: &Report, name: &str) -> Option<i128> {
    let tokens = &report.tokens;
    match name {
        "patches" => tokens.patches.value,
        "encoder" => tokens.encoder.value,
        "visual" => tokens.visual.value,
        "structural" => tokens.structural.value,
        // Newlines are text where a table does not count them.
        "structural but for newlines" => {
            let newlines =
                tokens.structural_kinds.iter().filter(|(kind, _)| *kind == Kind::Newline);
            Some(
                tokens.structural.value?
                    - newlines.filter_map(|(_, count)| count.value).sum::<i128>(),
            )
        }
        _ => panic!("no count {name}"),
    }
}

#[test]
fn presets_at_every_size_of_the_tables() {
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for (preset, family, _) in PRESETS {
        for row in table::<Picture>("tables", family) {
            let expected = [
                ("patches", row.patches),
                ("encoder", row.encoder),
                ("visual", row.visual),
                ("structural", row.structural),
            ];
            let overrides = sizes(&[row.size]);
            let found = differences(preset, &overrides, row.refused.is_some(), &expected, tokens);
            wrong.extend(found.into_iter().map(|text| format!("{preset} {:?}: {text}", row.size)));
            rows += 1;
        }
    }
    assert!(rows >= 14 * 45, "{rows} rows");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn presets_with_several_pictures() {
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for (preset, family, _) in PRESETS {
        // Any resolution of LLaVA-OneVision asks how many pictures the sample of a list has.
        let own = |row: &Prompt| *family != "llava-onevision" || row.mode == "nested";
        for row in table::<Prompt>("several", family).into_iter().filter(own) {
            let newlines = row.each.iter().any(|each| each.kinds.contains_key("newline"));
            let structural = if newlines { "structural" } else { "structural but for newlines" };
            let expected = [("visual", Some(row.visual)), (structural, Some(row.structural))];
            let found = differences(preset, &sizes(&row.images), false, &expected, tokens);
            wrong
                .extend(found.into_iter().map(|text| format!("{preset} {:?}: {text}", row.images)));
            rows += 1;
        }
    }
    assert!(rows >= 120, "{rows} rows");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn presets_with_clips() {
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for (preset, family, config) in PRESETS {
        let Some(config) = config else { continue };
        let own = |row: &Clip| row.config == *config && row.call.is_empty();
        for row in table::<Clip>("clips/tables", family).into_iter().filter(own) {
            let [height, width] = row.size;
            let length = match (row.frames, row.seconds, row.fps) {
                (Some(frames), None, None) => format!("frames: {frames}"),
                (None, Some(seconds), Some(fps)) => format!("seconds: {seconds}, fps: {fps}"),
                _ => panic!("neither given nor on disk"),
            };
            let video = format!("prompt.video={{size: {height}x{width}, {length}}}");
            let overrides = Overrides { set: vec![video.clone()], ..Overrides::default() };
            let expected = [("visual", row.visual), ("patches", row.patches)];
            let found = differences(preset, &overrides, row.error.is_some(), &expected, tokens);
            wrong.extend(found.into_iter().map(|text| format!("{preset} {video}: {text}")));
            rows += 1;
        }
    }
    assert!(rows >= 130, "{rows} rows");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
