//! What a command line says against a spec.

use super::load::EXPECT;
use super::{FormatsSpec, Images};
use crate::files::shell_word;
use crate::units::ImageSize;
use crate::yaml;

/// What the command line says against the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--set path=value`, in order.
    pub set: Vec<String>,
    /// `--image`, one for each image of a prompt.
    pub image: Vec<ImageSize>,
    /// `--video`, the size of a clip's frames.
    pub video: Option<ImageSize>,
    /// `--frames`.
    pub frames: Option<u64>,
    /// `--seconds`.
    pub seconds: Option<String>,
    /// `--fps`.
    pub fps: Option<String>,
    /// `--batch`.
    pub batch: Option<u64>,
    /// `--images`.
    pub images: Option<u64>,
    /// `--text-tokens`.
    pub text_tokens: Option<u64>,
    /// `--generated-tokens`.
    pub generated_tokens: Option<u64>,
    /// `--dtype`.
    pub dtype: Option<FormatsSpec>,
    /// Whether logits are computed at other positions than a spec expects (`--logits last`).
    pub other_logits: bool,
    /// Whether the expectations of the text count although the command line changes the spec.
    pub keeps_expectations: bool,
}

/// A flag that sets one field.
pub struct Flag {
    /// The flag.
    pub name: &'static str,
    /// The path of the field.
    pub path: &'static str,
    /// The value as YAML.
    pub value: String,
}

/// What the flags set. `--set` comes after them, as it says things more precisely.
pub fn flags(overrides: &Overrides) -> Vec<Flag> {
    let mut flags = Vec::new();
    let mut push = |name, path, value| flags.push(Flag { name, path, value });
    let mut images = overrides.images;
    match &overrides.image[..] {
        [] => {}
        [size] => push("--image", "image.size", size.to_string()),
        sizes => {
            let sizes: Vec<String> = sizes.iter().map(ImageSize::to_string).collect();
            let times = images.take().unwrap_or(1).min(1 + Images::MOST / sizes.len() as u64);
            let all = vec![sizes.join(", "); times as usize].join(", ");
            push("--image", "prompt.images", format!("[{all}]"));
        }
    }
    let clip = [
        ("--video", "prompt.video.size", overrides.video.map(|size| size.to_string())),
        ("--frames", "prompt.video.frames", overrides.frames.map(|frames| frames.to_string())),
        ("--seconds", "prompt.video.seconds", overrides.seconds.clone()),
        ("--fps", "prompt.video.fps", overrides.fps.clone()),
    ];
    for (name, path, value) in clip {
        if let Some(value) = value {
            push(name, path, value);
        }
    }
    let prompt = [
        ("--batch", "prompt.batch", overrides.batch),
        ("--images", "prompt.images", images),
        ("--text-tokens", "prompt.text_tokens", overrides.text_tokens),
        ("--generated-tokens", "prompt.generated_tokens", overrides.generated_tokens),
    ];
    for (name, path, value) in prompt {
        if let Some(value) = value {
            push(name, path, value.to_string());
        }
    }
    if let Some(dtype) = overrides.dtype {
        push("--dtype", "prompt.dtype", dtype.to_string());
    }
    flags
}

/// Whether the command line changes more than expectations.
pub fn changes(overrides: &Overrides) -> bool {
    let beyond = |argument: &String| yaml::set_path(argument).next() != Some(EXPECT);
    !flags(overrides).is_empty() || overrides.other_logits || overrides.set.iter().any(beyond)
}

impl Overrides {
    /// What is said, as it is typed: `--image 448 --set llm.depth=16`; nothing if nothing is.
    pub fn said(&self) -> Option<String> {
        let flags = flags(self).into_iter().map(|flag| format!("{} {}", flag.name, flag.value));
        let sets = self.set.iter().map(|set| format!("--set {}", shell_word(set)));
        let said: Vec<String> = flags.chain(sets).collect();
        (!said.is_empty()).then(|| said.join(" "))
    }
}
