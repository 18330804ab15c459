//! The presets: the files of `configs/`, embedded in the binary.

/// A preset.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// The name to type, which is the file's.
    pub name: &'static str,
    /// The YAML.
    pub text: &'static str,
}

macro_rules! presets {
    ($($name:literal),* $(,)?) => {
        &[$(Preset { name: $name, text: include_str!(concat!("../../configs/", $name, ".yaml")) }),*]
    };
}

/// All presets, sorted by name.
pub const PRESETS: &[Preset] = presets![
    "aya-vision-8b",
    "blip2-opt-2.7b",
    "command-a-vision",
    "deepseek-ocr",
    "deepseek-vl-7b",
    "exercise-336",
    "florence-2-base",
    "gemma-3-4b",
    "gemma-3-4b-pan-and-scan",
    "gemma-4-26b-a4b",
    "gemma-4-e2b",
    "git-base",
    "glm-4.1v-9b",
    "glm-4.5v",
    "idefics2-8b",
    "idefics3-8b",
    "instructblip-vicuna-7b",
    "internvl3-1b",
    "internvl3-8b",
    "internvl3-8b-tiles",
    "janus-pro-1b",
    "kimi-k2.5",
    "lfm2-vl-1.6b",
    "llama-3.2-11b-vision",
    "llama-4-scout",
    "llava-1.5-7b",
    "llava-onevision-7b-anyres",
    "llava-onevision-qwen2-7b",
    "llava-v0-7b",
    "llava-v1.6-mistral-7b",
    "minicpm-v-4.6",
    "minigpt4-vicuna-7b",
    "mistral-small-3.1-24b",
    "molmo2-4b",
    "openvla-7b",
    "ovis2-1b",
    "paligemma-3b-224",
    "paligemma-3b-896",
    "paligemma2-3b-224",
    "perception-lm-1b",
    "pixtral-12b",
    "qwen-vl-7b",
    "qwen2-vl-7b",
    "qwen2.5-vl-7b",
    "qwen3-vl-30b-a3b",
    "qwen3-vl-4b",
    "qwen3-vl-8b",
    "qwen3.5-0.8b",
    "smolvlm-2.2b",
    "smolvlm-256m",
    "smolvlm2-2.2b",
    "smolvlm2-256m",
    "textbook",
    "tiny",
    "vip-llava-7b",
];

/// Letters that make the beginning of a name.
const LEAST_LETTERS: usize = 4;

impl Preset {
    /// The preset of this name, in any case.
    pub fn find(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.name.eq_ignore_ascii_case(name))
    }

    /// The presets whose names begin with a text, in any case.
    pub fn begun(text: &str) -> impl Iterator<Item = &'static Preset> + use<'_> {
        let begins = move |preset: &&Preset| {
            let start = preset.name.get(..text.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(text))
        };
        PRESETS.iter().filter(begins)
    }

    /// The first preset whose name begins with a text where signs do not count: `llava15`.
    pub fn begun_in_letters(text: &str) -> Option<&'static Preset> {
        let letters = |text: &str| -> String {
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let text = letters(text);
        let begins = |preset: &&Preset| letters(preset.name).starts_with(&text);
        PRESETS.iter().find(begins).filter(|_| text.len() >= LEAST_LETTERS)
    }

    /// The YAML without what is expected of it: what a spec of one's own starts from.
    pub fn start(&self) -> &'static str {
        let end = self.text.find("\nexpect:").map_or(self.text.len(), |at| at + 1);
        &self.text[..end]
    }

    /// One line about it: the first comment line of the file.
    pub fn summary(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches('#').trim()
    }
}
