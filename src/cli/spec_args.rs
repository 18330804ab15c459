//! Arguments that name specs and override their fields, shared by every command that reads one.

use clap::Args;

use super::{BAD_INPUT, BROKEN, Color, DONE, Outcome};
use crate::check::{self, Problem, Verdict};
use crate::cost::Report;
use crate::diag::Diagnostic;
use crate::pipeline;
use crate::render::{numbers, totals};
use crate::spec::{self, Dtype, Failure, Loaded, Overrides};
use crate::stages::decoder::Logits;
use crate::stages::image::Image;
use crate::yaml::Size;

/// The note of a plan whose expectations are left out.
const UNCHECKED: &str = "the command line changes the spec: its expectations are not checked";

/// Which specs, and what the command line says against them.
#[derive(Debug, Default, Args)]
pub struct SpecArgs {
    /// YAML files, preset names, or `-` for standard input.
    #[arg(required = true, value_name = "SPEC")]
    pub specs: Vec<String>,
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
}

/// A spec with everything that was counted of it.
#[derive(Debug)]
pub struct Planned {
    /// The counts, the graphs in them.
    pub report: Report,
    /// The spec and the texts it came from.
    pub loaded: Loaded,
}

impl Planned {
    /// What can be counted but is probably not what was meant.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let excess = self.report.excess();
        excess.iter().map(|excess| self.loaded.locate("llm.context", excess.warning())).collect()
    }

    /// The expectations that the plan does not keep, or cannot, each with its place; and the exit
    /// code that they ask for.
    pub fn verdict(&self) -> (u8, Vec<Diagnostic>) {
        let Planned { report, loaded } = self;
        if loaded.spec.expect.is_empty() {
            return (DONE, Vec::new());
        }
        let mut verdict = check::check(&loaded.spec, &totals(report));
        if verdict.is_bad_input {
            // What is no total may stand in the stages or among the symbols.
            verdict = check::check(&loaded.spec, &numbers(report));
        }
        let Verdict { problems, more, is_bad_input } = verdict;
        let code = match problems[..] {
            [] => DONE,
            _ if is_bad_input => BAD_INPUT,
            _ => BROKEN,
        };
        let located =
            |problem: Problem| problem.diagnostic.at(loaded.expectation(&problem.path), "");
        let mut diagnostics: Vec<Diagnostic> = problems.into_iter().map(located).collect();
        diagnostics
            .sort_by_key(|d| d.primary.as_ref().map(|label| (label.span.source, label.span.start)));
        if more > 0
            && let Some(last) = diagnostics.last_mut()
        {
            last.notes.push(format!("{more} more expectations like these"));
        }
        (code, diagnostics)
    }
}

impl SpecArgs {
    /// Plans every spec; all problems and warnings of all specs go into the outcome.
    pub fn plan_all(&self, logits: Logits, outcome: &mut Outcome, color: Color) -> Vec<Planned> {
        let mut plans = Vec::new();
        for argument in &self.specs {
            match self.plan(argument, logits) {
                Ok(planned) => {
                    outcome.report(&planned.warnings(), &planned.loaded.sources, color);
                    plans.push(planned);
                }
                Err(Failure { diagnostics, sources }) => {
                    outcome.code = BAD_INPUT;
                    outcome.report(&diagnostics, &sources, color);
                }
            }
        }
        plans
    }

    /// Loads, builds and counts one spec.
    ///
    /// # Errors
    /// Every problem found, each with its place.
    pub fn plan(&self, argument: &str, logits: Logits) -> Result<Planned, Failure> {
        let loaded = spec::load(argument, &self.overrides())?;
        let planned = pipeline::build(&loaded.spec, logits).and_then(|pipeline| {
            Report::new(&loaded.name, &loaded.spec, pipeline, logits)
                .map_err(|diagnostic| vec![(String::new(), diagnostic)])
        });
        match planned {
            Ok(mut report) => {
                report.notes.extend(loaded.unchecked.then(|| UNCHECKED.to_owned()));
                Ok(Planned { report, loaded })
            }
            Err(problems) => {
                let located = |(path, problem): (String, Diagnostic)| loaded.locate(&path, problem);
                let diagnostics = problems.into_iter().map(located).collect();
                Err(Failure { diagnostics, sources: loaded.sources })
            }
        }
    }

    /// `--dtype`, if it is given.
    #[cfg(feature = "forward")]
    pub fn dtype(&self) -> Option<Dtype> {
        self.dtype
    }

    /// What is said against the file.
    fn overrides(&self) -> Overrides {
        Overrides {
            set: self.set.clone(),
            image: self.image,
            batch: self.batch,
            images: self.images,
            text_tokens: self.text_tokens,
            generated_tokens: self.generated_tokens,
            dtype: self.dtype,
        }
    }
}

fn image_size(text: &str) -> Result<(Size, Size), String> {
    Image::parse_size(text).map_err(|message| message.replace("; help:", ":"))
}
