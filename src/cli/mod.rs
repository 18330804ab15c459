//! The command line: arguments in, text out, an exit code.

mod baseline;
mod check;
mod compare;
mod diagram;
mod diff;
mod doc;
mod drill;
mod explain;
mod format;
mod forward;
mod plan;
mod presets;
mod progress;
mod schema;
mod spec_args;
mod tensors;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::error::ContextValue;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::check as checks;
use crate::diag::{Code, Diagnostic, Severity, Sources, render, sanitize};
use crate::render::View;

/// Everything holds.
const DONE: u8 = 0;
/// An expectation or a budget is broken.
const BROKEN: u8 = 1;
/// The input or the command line cannot be used.
const BAD_INPUT: u8 = 2;
/// The tool itself failed.
const INTERNAL: u8 = 3;

/// Codes named at most where a run has problems of many kinds.
const MOST_CODES: usize = 5;

/// Shapes, parameters and FLOPs of vision-language-model pipelines, from a YAML spec.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Colour in the output.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows the tokens, shapes and costs of a pipeline.
    Plan(plan::Plan),
    /// Tells a pipeline as a worked example, step by step.
    Explain(explain::Explain),
    /// Compares one pipeline with several bridges, or several pipelines.
    Compare(compare::Compare),
    /// Draws a pipeline, with the line between encoder-side and LLM-side tokens.
    Diagram(diagram::Diagram),
    /// Lists the stored tensors of a pipeline, as a state dict names and shapes them.
    Tensors(tensors::List),
    /// Runs a pipeline on random tensors and compares every operation with its prediction.
    Forward(forward::Forward),
    /// Asks interview questions about pipelines, and explains the answers.
    Drill(Box<drill::Drill>),
    /// Checks specs against what they expect of their plans and what policies ask of them.
    Check(check::Check),
    /// Shows what a change of a design does to its numbers, and guards their increase.
    Diff(diff::Diff),
    /// Keeps the numbers of specs in a file and fails when one changes.
    Baseline(baseline::Baseline),
    /// Lists the built-in pipelines, or prints one.
    Presets(presets::Presets),
    /// Says what a field, a number of a plan or the code of an error means.
    Doc(doc::Doc),
    /// Prints the JSON Schema of specs or policies, with which an editor completes and checks them.
    Schema(schema::Schema),
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Color {
    /// On a terminal that has it, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether to colour what goes to a stream.
    fn on(self, stream: &impl anstream::stream::RawStream) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
        }
    }
}

/// What a command has to say.
#[derive(Debug, Default)]
struct Outcome {
    /// The result, for standard output.
    stdout: String,
    /// Everything else, for standard error.
    stderr: String,
    /// The exit code.
    code: u8,
    /// The kinds of the problems in `stderr`.
    problems: BTreeMap<Code, Severity>,
}

impl Outcome {
    /// A result.
    fn done(stdout: String) -> Outcome {
        Outcome { stdout, ..Outcome::default() }
    }

    /// Input that cannot be used, and why; nothing else.
    fn refused(diagnostics: &[Diagnostic], color: Color) -> Outcome {
        let mut outcome = Outcome { code: BAD_INPUT, ..Outcome::default() };
        outcome.report(diagnostics, &Sources::default(), color);
        outcome
    }

    /// Adds problems, rendered for standard error.
    fn report<'a>(
        &mut self,
        diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
        sources: &Sources,
        color: Color,
    ) {
        let color = color.on(&io::stderr());
        for diagnostic in diagnostics {
            self.problems.insert(diagnostic.code, diagnostic.severity);
            self.stderr.push_str(render(diagnostic, sources, color).trim_end());
            self.stderr.push_str("\n\n");
        }
    }
}

/// Where to read more about the problems of a run, in one line.
fn more(problems: &BTreeMap<Code, Severity>) -> String {
    let is_error = problems.values().any(|severity| *severity == Severity::Error);
    let noun = if is_error { "error" } else { "warning" };
    let codes: Vec<&str> = problems.keys().map(|code| code.as_str()).collect();
    match codes[..] {
        [] => String::new(),
        [code] => format!("for more about this {noun}, try `vlmcalc doc {code}`\n"),
        _ => {
            let shown = codes[..codes.len().min(MOST_CODES)].join(", ");
            let dots = if codes.len() > MOST_CODES { ", …" } else { "" };
            format!("for more about these {noun}s, try `vlmcalc doc CODE`: {shown}{dots}\n")
        }
    }
}

/// The exit code that what was found asks for. What is only warned about is no failure.
fn exit_code(found: checks::Outcome) -> u8 {
    match found {
        checks::Outcome::Ok | checks::Outcome::Warned => DONE,
        checks::Outcome::Broken => BROKEN,
        checks::Outcome::Error => BAD_INPUT,
    }
}

/// Every command with its arguments, and what they may be.
pub fn commands() -> clap::Command {
    let mut all = Arguments::command();
    all.build();
    all
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        // A closed standard error must not turn one fault into another.
        let _ = writeln!(io::stderr(), "vlmcalc: internal fault: {info}");
        std::process::exit(INTERNAL.into());
    }));
    let Arguments { command, color } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let error = safe(error);
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { BAD_INPUT } else { DONE });
        }
    };
    let outcome = match command {
        Command::Plan(plan) => plan.run(color),
        Command::Diagram(diagram) => diagram.run(color),
        Command::Check(check) => check.run(color),
        Command::Compare(compare) => compare.run(color),
        Command::Explain(explain) => explain.run(color),
        Command::Diff(diff) => diff.run(color),
        Command::Baseline(baseline) => baseline.run(color),
        Command::Forward(forward) => forward.run(color),
        Command::Drill(drill) => drill.run(color),
        Command::Tensors(list) => list.run(color),
        Command::Presets(presets) => presets.run(color),
        Command::Doc(doc) => doc.run(color),
        Command::Schema(schema) => schema.run(),
    };
    let stderr = outcome.stderr + &more(&outcome.problems);
    let _ = io::stderr().write_all(stderr.as_bytes());
    match write(&outcome.stdout).context("cannot write the result") {
        Ok(()) => ExitCode::from(outcome.code),
        Err(error) => {
            let _ = writeln!(io::stderr(), "vlmcalc: {error:#}");
            ExitCode::from(INTERNAL)
        }
    }
}

/// What is wrong with the command line, with the words of its user made safe.
fn safe(mut error: clap::Error) -> clap::Error {
    let words = error.context().filter_map(|(kind, value)| match value {
        ContextValue::String(text) => {
            Some((kind, ContextValue::String(sanitize(text).into_owned())))
        }
        _ => None,
    });
    for (kind, text) in words.collect::<Vec<_>>() {
        error.insert(kind, text);
    }
    error
}

/// Writes the result. A reader that has seen enough (`| head`) is no fault.
fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// How a result is shown: in the width that is asked for, else the terminal's.
fn view(width: Option<usize>, color: Color) -> View {
    View::new(width.or_else(terminal_width), color.on(&io::stdout()))
}

/// Columns of the terminal on standard output, if it is one and says so.
fn terminal_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (terminal_size::Width(columns), _) = terminal_size::terminal_size()?;
    // Some terminals say 0 columns.
    (columns > 0).then_some(columns.into())
}
