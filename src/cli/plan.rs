//! `vlmcalc plan`.

use std::io;

use clap::Args;

use super::{BAD_INPUT, BROKEN, Color, Outcome, terminal_width};
use crate::check;
use crate::cost::Report;
use crate::diag::Diagnostic;
use crate::pipeline;
use crate::render::{self, Format, View, numbers};
use crate::spec::{self, Dtype, Failure, Loaded, Overrides};
use crate::stages::decoder::Logits;
use crate::stages::image::Image;
use crate::yaml::Size;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// YAML files, preset names, or `-` for standard input.
    #[arg(required = true, value_name = "SPEC")]
    specs: Vec<String>,
    /// Sets a field of the spec, e.g. `llm.depth=16` or `bridge={mlp: {depth: 3}}`.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Image size in pixels: one side, or height x width, e.g. `448` or `480x640`.
    #[arg(long, value_name = "SIZE", value_parser = image_size)]
    image: Option<(Size, Size)>,
    /// Prompts in a batch.
    #[arg(long, value_name = "N")]
    batch: Option<u64>,
    /// Images in a prompt.
    #[arg(long, value_name = "N")]
    images: Option<u64>,
    /// Text tokens of a prompt.
    #[arg(long, value_name = "N")]
    text_tokens: Option<u64>,
    /// Tokens of the answer.
    #[arg(long, value_name = "N")]
    generated_tokens: Option<u64>,
    /// Number format of weights, KV cache and activations.
    #[arg(long, value_enum)]
    dtype: Option<Dtype>,
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// How deep stages are opened: 0 components, 1 stages, 2 blocks, more: operations.
    #[arg(long, value_name = "N", default_value_t = 1)]
    depth: usize,
    /// Shows the closed form next to each number.
    #[arg(long)]
    formulas: bool,
    /// Shows integers in full.
    #[arg(long)]
    exact: bool,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

fn image_size(text: &str) -> Result<(Size, Size), String> {
    Image::parse_size(text).map_err(|message| message.replace("; help:", ":"))
}

impl Plan {
    /// Plans every spec. All problems of all specs are reported; a plan is printed only if every
    /// spec can be read.
    pub fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let mut reports = Vec::new();
        for argument in &self.specs {
            match self.plan(argument) {
                Ok((report, loaded, broken)) => {
                    if !broken.is_empty() {
                        outcome.code = outcome.code.max(BROKEN);
                        outcome.report(&broken, &loaded.sources, color);
                    }
                    reports.push(report);
                }
                Err(Failure { diagnostics, sources }) => {
                    outcome.code = BAD_INPUT;
                    outcome.report(&diagnostics, &sources, color);
                }
            }
        }
        if outcome.code != BAD_INPUT {
            outcome.stdout = render::render(&reports, self.format, &self.view(color));
        }
        outcome
    }

    /// One spec's report, and its expectations that do not hold.
    fn plan(&self, argument: &str) -> Result<(Report, Loaded, Vec<Diagnostic>), Failure> {
        let loaded = spec::load(argument, &self.overrides())?;
        let located = |problems: Vec<(String, Diagnostic)>| {
            problems.into_iter().map(|(path, d)| loaded.locate(&path, d)).collect()
        };
        let planned = pipeline::build(&loaded.spec, self.logits).and_then(|pipeline| {
            Report::new(&loaded.name, &loaded.spec, pipeline, self.logits)
                .map_err(|diagnostic| vec![(String::new(), diagnostic)])
        });
        let report = match planned {
            Ok(report) => report,
            Err(problems) => {
                let diagnostics = located(problems);
                return Err(Failure { diagnostics, sources: loaded.sources });
            }
        };
        let broken = if loaded.spec.expect.is_empty() {
            Vec::new()
        } else {
            check::broken(&loaded.spec, &numbers(&report))
        };
        let broken = broken
            .into_iter()
            .map(|broken| broken.diagnostic.at(loaded.expectation(&broken.path), ""))
            .collect();
        Ok((report, loaded, broken))
    }

    fn overrides(&self) -> Overrides {
        let prompt = [
            ("batch", self.batch),
            ("images", self.images),
            ("text_tokens", self.text_tokens),
            ("generated_tokens", self.generated_tokens),
        ];
        Overrides {
            set: self.set.clone(),
            image: self.image,
            prompt: prompt.into_iter().filter_map(|(field, n)| Some((field, n?))).collect(),
            dtype: self.dtype,
        }
    }

    fn view(&self, color: Color) -> View {
        View {
            depth: self.depth,
            formulas: self.formulas,
            exact: self.exact,
            width: self.width.or_else(terminal_width),
            color: color.on(&io::stdout()),
        }
    }
}
