//! Running a pipeline for real.

use std::num::NonZeroUsize;

use clap::{Args, ValueEnum};

use super::progress::Bar;
use crate::cli::command::Run;
use crate::cli::format::Formats;
use crate::cli::number::{whole, within};
use crate::cli::spec_args::SpecArgs;
use crate::cli::{BAD_INPUT, Color, INTERNAL, Outcome, view};
use crate::cost::Report;
use crate::diag::{Code, Diagnostic};
use crate::exec::{self, Options, Precision, Stage};
use crate::graph;
use crate::render::{Executed, FormatOf, View, formats};
use crate::spec::{Dtype, FormatsSpec};
use crate::stages::decoder::Logits;
use crate::units::{Unit, human};

/// More threads than any machine that this runs on has.
const MOST_THREADS: usize = 4096;

/// Arguments of `forward`.
#[derive(Debug, Args)]
#[command(mut_arg("dtype", |arg| arg.help("Number format of the run: f32 or bf16")))]
pub struct Forward {
    #[command(flatten)]
    spec: SpecArgs,
    /// Runs one component only; what it reads from others is random.
    #[arg(long, value_enum)]
    stage: Option<Component>,
    /// Decode steps after the prefill, with a real KV cache.
    #[arg(long, value_name = "N", value_parser = whole::<u64>, default_value_t = 0)]
    decode: u64,
    /// Seed of weights and inputs. The same seed gives the same logits on any number of threads.
    #[arg(long, value_name = "N", value_parser = whole::<u64>, default_value_t = 0)]
    seed: u64,
    /// Threads; as many as the machine has if not given.
    #[arg(long, value_name = "N", value_parser = within(1..=MOST_THREADS))]
    threads: Option<usize>,
    /// Passes over the prompt; the median one is shown.
    #[arg(long, value_name = "N", value_parser = whole::<u64>, default_value_t = 1)]
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
    #[arg(long, value_name = "N", value_parser = whole::<usize>, default_value_t = 1)]
    depth: usize,
    /// Output format.
    #[arg(long, value_parser = Formats(formats::<Executed>), default_value = "table")]
    format: FormatOf<Executed>,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
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
                let text = format!("cannot run in {other}");
                return refused(Code::BadValue, text, "`--dtype` is f32 or bf16 here", color);
            }
        };
        let options = Options {
            stage: self.stage.map_or(Stage::All, |named| Stage::Component(named.into())),
            decode: self.decode,
            repeat: self.repeat,
            seed: self.seed,
            threads: self.threads.unwrap_or_else(threads),
            reuse_weights: self.reuse_weights,
            precision,
        };
        let view = View { depth: self.depth, ..view(self.width, color) };
        let ran = run_all(reports, &options, self.force, &self.format, (&view, color));
        Outcome { stderr: outcome.stderr + &ran.stderr, problems: outcome.problems, ..ran }
    }
}

/// What follows a plan: the same pipelines run with default options, in the plan's format.
pub fn run_with_plan(reports: Vec<Report>, format: &str, view: &View, color: Color) -> Outcome {
    let all = formats::<Executed>();
    let Some(format) = all.iter().find(|known| known.name == format) else {
        let names: Vec<&str> = all.iter().map(|known| known.name).collect();
        let (last, others) = names.split_last().unwrap_or((&"", &[]));
        let text = format!("a run has no {} form", format.to_uppercase());
        let help = format!("`--format` is {} or {last} here", others.join(", "));
        return refused(Code::BadValue, text, &help, color);
    };
    let options = Options { repeat: 1, threads: threads(), ..Options::default() };
    run_all(reports, &options, false, format, (view, color))
}

fn run_all(
    reports: Vec<Report>,
    options: &Options,
    force: bool,
    format: &FormatOf<Executed>,
    (view, color): (&View, Color),
) -> Outcome {
    // A second handler in one process is refused; the first one serves.
    let _ = ctrlc::set_handler(|| std::process::exit(130));
    let mut outcome = Outcome::default();
    let mut runs = Vec::new();
    for report in reports {
        if let Some(refusal) = too_large(&report, options).filter(|_| !force) {
            return refusal;
        }
        let open = open_sizes(&report, options);
        let mut bar = Bar::new(&report);
        match exec::run(&report, options, &mut bar) {
            Ok(run) => runs.push(Executed { report, run, options: options.clone() }),
            Err(text) => return not_run(&open, text, color),
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

/// The fields that a run needs and that are not given, each with its symbol.
fn open_sizes(report: &Report, options: &Options) -> Vec<String> {
    let open = exec::open_sizes(&report.prefill.graph, options).into_iter();
    open.map(|symbol| match &symbol.field {
        Some(field) => format!("`{field}` ({})", symbol.name),
        None => format!("{} ({})", symbol.meaning, symbol.name),
    })
    .collect()
}

/// A run that did not begin.
fn not_run(open: &[String], text: String, color: Color) -> Outcome {
    if open.is_empty() {
        return refused(Code::Mismatch, text, "`vlmcalc plan` shows the sizes", color);
    }
    let message = format!("a run needs numbers, and these are not given: {}", open.join(", "));
    let help = "give them in the spec, or for one run as `--set llm.depth=32`; a small model that \
                has all of them is the preset `tiny`";
    refused(Code::MissingField, message, help, color)
}

/// A run that the machine's memory cannot hold.
fn too_large(report: &Report, options: &Options) -> Option<Outcome> {
    let available = exec::available_bytes()?;
    let needed = exec::predicted_bytes(&report.prefill.graph, options).ok()?;
    (needed > available).then(|| {
        let [needed, available] = [needed, available].map(|bytes| human(bytes.into(), Unit::Byte));
        let text =
            format!("the run needs up to {needed} of memory, the machine has {available} left");
        let help = "take a smaller image, batch or text, run one `--stage`, or try with `--force`";
        let stderr = format!("error: {text}\nhelp: {help}\n");
        Outcome { stderr, code: BAD_INPUT, ..Outcome::default() }
    })
}

/// What ran otherwise than predicted, a line each.
fn differences(executed: &Executed) -> String {
    let name = crate::diag::sanitize(&executed.report.name).into_owned();
    let lines = executed.run.differences.iter();
    lines.map(|d| format!("error[forward]: {name}: `{}`: {}\n", d.path, d.text)).collect()
}

fn refused(code: Code, text: String, help: &str, color: Color) -> Outcome {
    Outcome::refused(&[Diagnostic::error(code, text).help(help)], color)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
