//! Which preset is meant by the name of a model, or by a model type of Hugging Face.

use super::super::presets::{PRESETS, Preset};
use super::super::{Spec, by_own_names};
use crate::diag::{Source, Sources};
use crate::units::Size;
use crate::yaml::{self, Node, Value};

/// Words of a model's name that do not change its sizes.
const SUFFIXES: [&str; 14] = [
    "base", "chat", "dpo", "ft", "hf", "instruct", "it", "lora", "mix", "model", "ov", "pt", "sft",
    "tuned",
];

/// Names of models that have other words than their presets.
const CALLED: [(&str, &str); 3] = [
    ("qwen-vl", "qwen-vl-7b"),
    ("qwen-vl-chat", "qwen-vl-7b"),
    ("smolvlm-256m-video", "smolvlm-256m"),
];

/// The model types of transformers and LLaVA, each with the presets of its family.
const TYPES: [(&str, &[&str]); 19] = [
    ("blip-2", &["blip2-opt-2.7b"]),
    ("gemma3", &["gemma-3-4b"]),
    ("idefics2", &["idefics2-8b"]),
    ("idefics3", &["smolvlm-256m"]),
    ("instructblip", &["instructblip-vicuna-7b"]),
    ("internvl", &["internvl3-1b", "internvl3-8b"]),
    ("internvl_chat", &["internvl3-1b", "internvl3-8b"]),
    ("llava", &["llava-1.5-7b"]),
    ("llava_llama", &["llava-1.5-7b"]),
    ("llava_mistral", &["llava-1.5-7b"]),
    ("llava_next", &["llava-1.5-7b"]),
    ("llava_onevision", &["llava-onevision-qwen2-7b"]),
    ("llava_qwen", &["llava-onevision-qwen2-7b"]),
    ("mini_gpt4", &["minigpt4-vicuna-7b"]),
    ("paligemma", &["paligemma-3b-224", "paligemma-3b-896", "paligemma2-3b-224"]),
    ("qwen", &["qwen-vl-7b"]),
    ("smolvlm", &["smolvlm-256m"]),
    ("vipllava", &["llava-1.5-7b"]),
    ("video_llava", &["llava-1.5-7b"]),
];

/// A preset that is meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meant {
    pub preset: &'static Preset,
    /// Whether its sizes are those of the model, as far as the name tells; else it is only near.
    pub is_it: bool,
}

/// The preset that the name of a model means, `llava-hf/llava-1.5-7b-hf`.
pub(super) fn by_name(name: &str) -> Option<Meant> {
    let own = name.trim_end_matches('/').rsplit('/').next()?.to_lowercase();
    if let Some((_, preset)) = CALLED.iter().find(|(called, _)| *called == own) {
        return Some(Meant { preset: Preset::find(preset)?, is_it: true });
    }
    let words = words(&own);
    let is_meant =
        |preset: &&Preset| self::words(preset.name).iter().all(|word| words.contains(word));
    // The preset with most words, where one is another with a word more.
    let meant = PRESETS.iter().filter(is_meant).max_by_key(|preset| preset.name.len())?;
    let more = words.iter().filter(|word| !self::words(meant.name).contains(word));
    let is_it = more.clone().all(|word| SUFFIXES.contains(&word.as_str()));
    Some(Meant { preset: meant, is_it })
}

/// The preset that is nearest to a configuration of a model type: of the same family, as wide and
/// for the same image, if there is one.
pub(super) fn by_type(kind: &str, config: &Node) -> Option<&'static Preset> {
    let (_, family) = TYPES.iter().find(|(name, _)| *name == kind)?;
    let size = |paths: &[&str]| {
        let found = paths.iter().find_map(|path| config.get(path));
        found.map(|node| node.value.clone())
    };
    let width = size(&["text_config.hidden_size", "llm_config.hidden_size", "hidden_size"]);
    let image = size(&["vision_config.image_size", "force_image_size"]);
    let likeness = |name: &&&str| {
        let spec = Preset::find(name).and_then(spec);
        let is = |said: &Option<Value>, own: Option<Size>| {
            own.is_some_and(|own| said.as_ref() == Some(&Value::Int(own.into())))
        };
        let of = |spec: &Spec| (is(&width, spec.llm.width), is(&image, spec.image.height));
        spec.as_ref().map(of)
    };
    // The first of those that are equally near.
    Preset::find(family.iter().rev().max_by_key(likeness)?)
}

/// What a preset says.
fn spec(preset: &Preset) -> Option<Spec> {
    let mut sources = Sources::default();
    let id = sources.add(Source::new(preset.name, preset.text));
    let mut tree = yaml::parse(&sources, id).ok()?;
    by_own_names(&mut tree, &sources);
    yaml::decode(&tree, &sources).ok()
}

/// The words of a name; of `v1.5` the number.
fn words(name: &str) -> Vec<String> {
    let words = name.split(['-', '_', ' ']).filter(|word| !word.is_empty());
    let plain = |word: &str| {
        let number =
            word.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        number.unwrap_or(word).to_owned()
    };
    words.map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models_mean_presets() {
        for (name, preset, is_it) in [
            ("llava-hf/llava-1.5-7b-hf", "llava-1.5-7b", true),
            ("liuhaotian/llava-v1.5-7b", "llava-1.5-7b", true),
            ("me/llava-v1.5-7b-birds", "llava-1.5-7b", false),
            ("google/gemma-3-4b-it", "gemma-3-4b", true),
            ("google/paligemma2-3b-pt-224", "paligemma2-3b-224", true),
            ("google/paligemma-3b-mix-224", "paligemma-3b-224", true),
            ("OpenGVLab/InternVL3-8B-hf", "internvl3-8b", true),
            ("Qwen/Qwen-VL-Chat", "qwen-vl-7b", true),
            ("Qwen/Qwen2-VL-7B-Instruct", "qwen2-vl-7b", true),
            ("HuggingFaceTB/SmolVLM-256M-Instruct", "smolvlm-256m", true),
            ("llava-hf/llava-onevision-qwen2-7b-ov-hf", "llava-onevision-qwen2-7b", true),
            ("/models/idefics2-8b/", "idefics2-8b", true),
        ] {
            let meant = by_name(name).map(|meant| (meant.preset.name, meant.is_it));
            assert_eq!(meant, Some((preset, is_it)), "{name}");
        }
        for name in
            ["llava-hf/llava-1.5-13b-hf", "Qwen/Qwen2-VL-72B-Instruct", "meta-llama/Llama-3", ""]
        {
            assert!(by_name(name).is_none(), "{name}");
        }
    }

    #[test]
    fn types_name_presets_and_the_nearest_is_taken() {
        let near = |text: &str, kind: &str| {
            let mut sources = Sources::default();
            let id = sources.add(Source::new("config.json", text));
            by_type(kind, &yaml::parse(&sources, id).unwrap()).map(|preset| preset.name)
        };
        for (kind, family) in TYPES {
            assert_eq!(near("{}", kind), Some(family[0]), "{kind}");
        }
        let wide = "{text_config: {hidden_size: 3584}}";
        assert_eq!(near(wide, "internvl"), Some("internvl3-8b"));
        let large = "{text_config: {hidden_size: 2048}, vision_config: {image_size: 896}}";
        assert_eq!(near(large, "paligemma"), Some("paligemma-3b-896"));
        assert_eq!(near("{}", "mllama"), None);
    }
}
