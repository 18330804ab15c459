//! Arguments that name specs and override their fields, shared by every command that reads one.

use clap::Args;

use super::number::whole;
use super::{BAD_INPUT, Color, Outcome};
use crate::check::{Checked, told};
use crate::planned::{Planned, plan};
use crate::spec::{self, Failure, FormatsSpec, Loaded, Overrides};
use crate::stages::decoder::Logits;
use crate::units::ImageSize;

/// Which specs, and what the command line says against them.
#[derive(Debug, Default, Args)]
pub struct SpecArgs {
    /// YAML files, presets, `-` for standard input, or a pipeline in one line: an image by its
    /// patches, a bridge and an arrow, as `'336/14 mlp -> llm 4096'` (`vlmcalc doc planning`).
    #[arg(required = true, value_name = "SPEC")]
    pub specs: Vec<String>,
    #[command(flatten)]
    changes: ChangeArgs,
}

/// What the command line says against specs, wherever they are named.
#[derive(Debug, Default, Args)]
pub struct ChangeArgs {
    /// Sets a field of the spec, e.g. `llm.depth=16` or `bridge={mlp: {depth: 3}}`.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Image size in pixels: one side, or height x width, e.g. `448` or `480x640`; the size on disk
    /// where the spec has a processor. Given several times, the images of one prompt.
    #[arg(long, value_name = "SIZE", value_parser = image_size)]
    image: Vec<ImageSize>,
    /// A clip in the prompt: the size of its frames, e.g. `480x640`, with `--frames`, or with
    /// `--seconds` and `--fps`.
    #[arg(long, value_name = "SIZE", value_parser = image_size)]
    video: Option<ImageSize>,
    /// Frames of the clip.
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    frames: Option<u64>,
    /// Seconds of the clip on disk.
    #[arg(long, value_name = "S", value_parser = rate)]
    seconds: Option<String>,
    /// Frames per second of the clip on disk.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    fps: Option<String>,
    /// Prompts in a batch.
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    batch: Option<u64>,
    /// Images in a prompt; repeats those of several `--image`.
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    images: Option<u64>,
    /// Text tokens of a prompt.
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    text_tokens: Option<u64>,
    /// Tokens of the answer.
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    generated_tokens: Option<u64>,
    /// Number format: bf16, f16, f32, fp8, int8 or int4, or what differs, e.g.
    /// `weights=int4,kv=fp8`.
    #[arg(long, value_name = "FORMAT", value_parser = FormatsSpec::read)]
    dtype: Option<FormatsSpec>,
}

impl SpecArgs {
    /// Plans every spec; all problems and warnings of all specs go into the outcome.
    pub fn plan_all(&self, logits: Logits, outcome: &mut Outcome, color: Color) -> Vec<Planned> {
        let overrides =
            Overrides { other_logits: logits != Logits::All, ..self.changes.overrides() };
        let (mut plans, mut unread) = (Vec::new(), Vec::new());
        for argument in &self.specs {
            match plan(argument, &overrides, logits) {
                Ok(planned) => {
                    outcome.report(&planned.warnings(), &planned.loaded.sources, color);
                    plans.push(planned);
                }
                Err(failure) => unread.push(Checked::unread(argument, failure)),
            }
        }
        if !unread.is_empty() {
            outcome.code = BAD_INPUT;
        }
        for (problem, sources) in told(&unread, self.specs.len()) {
            outcome.report([&problem], sources, color);
        }
        plans
    }

    /// Loads one spec.
    ///
    /// # Errors
    /// Every problem found in it.
    pub fn load(&self, argument: &str) -> Result<Loaded, Failure> {
        spec::load(argument, &self.changes.overrides())
    }

    /// `--dtype`, if it is given.
    #[cfg(feature = "forward")]
    pub fn dtype(&self) -> Option<FormatsSpec> {
        self.changes.dtype
    }
}

impl ChangeArgs {
    /// What is said against the file.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            set: self.set.clone(),
            image: self.image.clone(),
            video: self.video,
            frames: self.frames,
            seconds: self.seconds.clone(),
            fps: self.fps.clone(),
            batch: self.batch,
            images: self.images,
            text_tokens: self.text_tokens,
            generated_tokens: self.generated_tokens,
            dtype: self.dtype,
            ..Overrides::default()
        }
    }
}

/// A number that may have a fraction, as it is written.
fn rate(text: &str) -> Result<String, String> {
    let is_number = text.parse::<f64>().is_ok_and(|rate| rate.is_finite() && rate > 0.0);
    is_number
        .then(|| text.to_owned())
        .ok_or_else(|| format!("`{text}` is no number above 0; write one such as 24 or 29.97"))
}

fn image_size(text: &str) -> Result<ImageSize, String> {
    let how = ImageSize::HOW;
    ImageSize::read(text).ok_or_else(|| format!("`{text}` is not an image size: {how}"))
}
