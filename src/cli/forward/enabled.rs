//! Running a pipeline for real.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};

use super::progress::Bar;
use crate::cli::command::Run;
use crate::cli::format::Formats;
use crate::cli::spec_args::SpecArgs;
use crate::cli::{BAD_INPUT, Color, INTERNAL, Outcome, view};
use crate::cost::Report;
use crate::exec::{self, Options, Precision, Stage};
use crate::graph;
use crate::render::{Executed, FormatOf, View, formats};
use crate::spec::{Dtype, FormatsSpec};
use crate::stages::decoder::Logits;
use crate::units::{Unit, human};

/// Arguments of `forward`.
#[derive(Debug, Args)]
pub struct Forward {
    #[command(flatten)]
    spec: SpecArgs,
    /// Runs one component only; what it reads from others is random.
    #[arg(long, value_enum)]
    stage: Option<Component>,
    /// Decode steps after the prefill, with a real KV cache.
    #[arg(long, value_name = "N", default_value_t = 0)]
    decode: u64,
    /// Seed of weights and inputs. The same seed gives the same logits on any number of threads.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Threads; as many as the machine has if not given.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Passes over the prompt; the median one is shown.
    #[arg(long, value_name = "N", default_value_t = 1)]
    repeat: u64,
    /// Gives all rounds of a repeated block the same weights.
    #[arg(long)]
    reuse_weights: bool,
    /// Runs even if the machine seems to have too little memory.
    #[arg(long)]
    force: bool,
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// How deep stages are opened: 0 components, 1 stages, 2 blocks, more: operations.
    #[arg(long, value_name = "N", default_value_t = 1)]
    depth: usize,
    /// Output format.
    #[arg(long, value_parser = Formats(formats::<Executed>), default_value = "table")]
    format: FormatOf<Executed>,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

/// What `--stage` names.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Component {
    /// The vision encoder.
    Encoder,
    /// The bridge.
    Bridge,
    /// The LLM.
    Llm,
}

impl From<Component> for graph::Component {
    fn from(named: Component) -> graph::Component {
        match named {
            Component::Encoder => graph::Component::VisionEncoder,
            Component::Bridge => graph::Component::Bridge,
            Component::Llm => graph::Component::Llm,
        }
    }
}

impl Run for Forward {
    const NAME: &'static str = "forward";
    const ABOUT: &'static str =
        "Runs a pipeline on random tensors and compares every operation with its prediction";

    /// Plans every spec, then runs it.
    fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let plans = self.spec.plan_all(self.logits, &mut outcome, color);
        if outcome.code != 0 {
            return outcome;
        }
        let reports: Vec<Report> = plans.into_iter().map(|planned| planned.report).collect();
        let precision = match self.spec.dtype() {
            None | Some(FormatsSpec::Name(Dtype::F32)) => Precision::F32,
            Some(FormatsSpec::Name(Dtype::Bf16)) => Precision::Bf16,
            Some(other) => {
                return refused(format!("cannot run in {other}"), "`--dtype` is f32 or bf16 here");
            }
        };
        let options = Options {
            stage: self.stage.map_or(Stage::All, |named| Stage::Component(named.into())),
            decode: self.decode,
            repeat: self.repeat,
            seed: self.seed,
            threads: self.threads.map_or_else(threads, NonZeroUsize::get),
            reuse_weights: self.reuse_weights,
            precision,
        };
        let view = View { depth: self.depth, ..view(self.width, color) };
        let ran = run_all(reports, &options, self.force, &self.format, &view);
        Outcome { stderr: outcome.stderr + &ran.stderr, problems: outcome.problems, ..ran }
    }
}

/// What follows a plan: the same pipelines run with default options, in the plan's format.
pub fn run_with_plan(reports: Vec<Report>, format: &str, view: &View) -> Outcome {
    let all = formats::<Executed>();
    let Some(format) = all.iter().find(|known| known.name == format) else {
        let names: Vec<&str> = all.iter().map(|known| known.name).collect();
        let (last, others) = names.split_last().unwrap_or((&"", &[]));
        return refused(
            format!("a run has no {} form", format.to_uppercase()),
            &format!("`--format` is {} or {last} here", others.join(", ")),
        );
    };
    let options = Options { repeat: 1, threads: threads(), ..Options::default() };
    run_all(reports, &options, false, format, view)
}

fn run_all(
    reports: Vec<Report>,
    options: &Options,
    force: bool,
    format: &FormatOf<Executed>,
    view: &View,
) -> Outcome {
    // A second handler in one process is refused; the first one serves.
    let _ = ctrlc::set_handler(|| std::process::exit(130));
    let mut outcome = Outcome::default();
    let mut runs = Vec::new();
    for report in reports {
        if let Some(refusal) = too_large(&report, options).filter(|_| !force) {
            return refusal;
        }
        let mut bar = Bar::new(&report);
        match exec::run(&report, options, &mut bar) {
            Ok(run) => runs.push(Executed { report, run, options: options.clone() }),
            Err(text) => return refused(text, "`vlmcalc plan` shows what is not given"),
        }
    }
    for executed in &runs {
        outcome.stderr.push_str(&differences(executed));
        if !executed.run.differences.is_empty() {
            outcome.code = INTERNAL;
        }
    }
    outcome.stdout = format.print(&runs, view);
    outcome
}

/// A run that the machine's memory cannot hold.
fn too_large(report: &Report, options: &Options) -> Option<Outcome> {
    let available = exec::available_bytes()?;
    let needed = exec::predicted_bytes(&report.prefill.graph, options).ok()?;
    (needed > available).then(|| {
        let [needed, available] = [needed, available].map(|bytes| human(bytes.into(), Unit::Byte));
        let text =
            format!("the run needs up to {needed} of memory, the machine has {available} left");
        refused(
            text,
            "take a smaller image, batch or text, run one `--stage`, or try with `--force`",
        )
    })
}

/// What ran otherwise than predicted, a line each.
fn differences(executed: &Executed) -> String {
    let name = crate::diag::sanitize(&executed.report.name).into_owned();
    let lines = executed.run.differences.iter();
    lines.map(|d| format!("error[forward]: {name}: `{}`: {}\n", d.path, d.text)).collect()
}

fn refused(text: String, help: &str) -> Outcome {
    let stderr = format!("error: {text}\nhelp: {help}\n");
    Outcome { stderr, code: BAD_INPUT, ..Outcome::default() }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
