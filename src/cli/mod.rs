//! The command line: arguments in, text out, an exit code.

mod baseline;
mod check;
mod command;
mod compare;
mod completions;
mod diagram;
mod diff;
mod doc;
mod drill;
mod explain;
mod format;
mod forward;
mod man;
mod mistyped;
mod new;
mod number;
mod output;
mod plan;
mod presets;
mod progress;
mod questions;
mod schema;
mod spec_args;
mod tensors;
mod tokens;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ContextValue;
use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};

use crate::check as checks;
use crate::diag::{Code, Diagnostic, Severity, Sources, pages, render, sanitize};
use crate::render::View;
use command::Entry;

/// Everything holds.
const DONE: u8 = 0;
/// An expectation or a budget is broken.
const BROKEN: u8 = 1;
/// The input or the command line cannot be used.
const BAD_INPUT: u8 = 2;
/// The tool itself failed.
const INTERNAL: u8 = 3;

/// Where `--color` stands among the arguments in the help of each command.
const PLACE_OF_COLOR: usize = 12;

/// The commands, as `vlmcalc --help` lists them. To add one, write its file and its line here.
const COMMANDS: [Entry; 17] = [
    Entry::of::<plan::Plan>(),
    Entry::of::<explain::Explain>(),
    Entry::of::<compare::Compare>(),
    Entry::of::<diagram::Diagram>(),
    Entry::of::<tensors::List>(),
    Entry::of::<tokens::Count>(),
    Entry::of::<forward::Forward>(),
    Entry::of::<drill::Drill>(),
    Entry::of::<check::Check>(),
    Entry::of::<diff::Diff>(),
    Entry::of::<baseline::Baseline>(),
    Entry::of::<new::New>(),
    Entry::of::<presets::Presets>(),
    Entry::of::<doc::Doc>(),
    Entry::of::<schema::Schema>(),
    Entry::of::<completions::Completions>(),
    Entry::of::<man::Man>(),
];

/// Shapes, parameters and FLOPs of vision-language-model pipelines, from a YAML spec.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
struct Arguments {
    /// Colour in the output.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", display_order = PLACE_OF_COLOR)]
    color: Color,
    /// Writes the result into this file instead of to standard output.
    #[arg(long, short, global = true, value_name = "FILE", display_order = PLACE_OF_COLOR)]
    output: Option<PathBuf>,
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
    /// What standard error ends with.
    closing: String,
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
    let mut all = parser();
    all.build();
    all
}

/// What reads the command line.
fn parser() -> clap::Command {
    Arguments::command().subcommands(COMMANDS.iter().map(Entry::parser))
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        // A closed standard error must not turn one fault into another.
        let _ = writeln!(io::stderr(), "vlmcalc: internal fault: {info}");
        std::process::exit(INTERNAL.into());
    }));
    completions::complete_if_asked();
    let (outcome, output) = match run_command() {
        Ok(ran) => ran,
        Err(error) => {
            let error = mistyped::hinted(safe(error));
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { BAD_INPUT } else { DONE });
        }
    };
    // What is wrong stands after the result, so that a screen ends with it.
    let written = output::put(&outcome, output.as_deref());
    let stderr = outcome.stderr + &pages(&outcome.problems) + &outcome.closing;
    let _ = io::stderr().write_all(stderr.as_bytes());
    match written {
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

/// Runs the command that the command line names. Where its result belongs, if not to standard
/// output.
fn run_command() -> Result<(Outcome, Option<PathBuf>), clap::Error> {
    let matches = parser().try_get_matches()?;
    let Arguments { color, output } = Arguments::from_arg_matches(&matches)?;
    let named = matches.subcommand().and_then(|(name, arguments)| {
        Some((COMMANDS.iter().find(|command| command.name == name)?, arguments))
    });
    let refused = output.as_deref().zip(named).and_then(|(file, (command, arguments))| {
        output::is_named_already(file, command).or_else(|| output::is_input(file, arguments))
    });
    if let Some(problem) = refused {
        return Ok((Outcome::refused(&[problem], color), None));
    }
    let ran = named.map(|(command, arguments)| command.run(arguments, color));
    // The parser insists on a command.
    let outcome = ran.unwrap_or_else(|| Ok(Outcome::default()))?;
    Ok((outcome, output))
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
