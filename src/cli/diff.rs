//! `vlmcalc diff`: what a change of a design does to its numbers.

use std::io;

use clap::Args;

use super::command::Run;
use super::format::Formats;
use super::number::whole;
use super::progress::Specs;
use super::spec_args::ChangeArgs;
use super::{BAD_INPUT, Color, Outcome, exit_code, terminal_width};
use crate::check::{Results, told};
use crate::diag::{Code, Diagnostic, quote};
use crate::diff::{self, Limit, Options, print};
use crate::files::Root;
use crate::render::{DEFAULT_DEPTH, Format};
use crate::report;
use crate::spec::Overrides;
use crate::stages::decoder::Logits;

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// What was and what is: two specs (files, presets), folders, or plans saved by
    /// `vlmcalc plan --format json`. With `--git`, files, folders and patterns of the working tree.
    /// One alone is compared with itself as `--set`, `--image` and the like change it; of two, both
    /// are changed.
    #[arg(value_name = "BASE HEAD | PATH")]
    paths: Vec<String>,
    /// Compares the specs of the working tree with those of a revision. `REV...` is where REV and
    /// HEAD parted.
    #[arg(long, value_name = "REV")]
    git: Option<String>,
    /// Fails if a number grows by more: `5%`, `100M`, `2 GiB`, `'5% and 2 GiB'` (over both), or of
    /// one number, `params.total=1%`. May be given several times.
    #[arg(long, value_name = "LIMIT")]
    max_increase: Vec<Limit>,
    #[command(flatten)]
    changes: ChangeArgs,
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// How deep: 0 the numbers looked at first, 1 all numbers and stages, 2 blocks, more:
    /// operations. 0 in a table, 1 in other formats if not given.
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Shows integers in full.
    #[arg(long)]
    exact: bool,
    /// Output format; those of reports print what became of the limits.
    #[arg(long, value_parser = Formats(formats), default_value = "table")]
    format: Format<Shown>,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
    /// Says nothing of what holds or is allowed: only broken limits and what cannot be used.
    #[arg(long, short)]
    quiet: bool,
}

/// What prints the comparison, or else a report of the findings.
#[derive(Clone, Copy, Debug)]
enum Shown {
    Comparison(print::DiffPrinter),
    Findings(report::ReportPrinter),
}

/// The formats of comparisons, then those of reports by other names.
fn formats() -> Vec<Format<Shown>> {
    let own = print::FORMATS;
    let people = report::TEXT.name;
    let others = report::FORMATS.into_iter().filter(|other| other.name != people);
    let others = others.filter(|other| own.iter().all(|format| format.name != other.name));
    let own = own.iter().map(|format| format.with(Shown::Comparison(format.printer)));
    own.chain(others.map(|format| format.with(Shown::Findings(format.printer)))).collect()
}

impl Run for Diff {
    const NAME: &'static str = "diff";
    const ABOUT: &'static str =
        "Shows what a change of a design does to its numbers, and guards their increase";

    /// Compares and says what changed; a spec that cannot be used does not stop the others.
    fn run(&self, color: Color) -> Outcome {
        let changed = self.changes.overrides();
        let is_changed = changed.said().is_some();
        let (pairs, of_base) = match (&self.git, &self.paths[..]) {
            (Some(revision), paths) => {
                let here = [".".to_owned()];
                let paths = if paths.is_empty() { &here } else { paths };
                match diff::pair_with_revision(revision, paths) {
                    Ok(pairs) => (pairs, changed.clone()),
                    Err(problem) => return Outcome::refused(&[problem], color),
                }
            }
            (None, [base, head]) => (diff::pair(base, head), changed.clone()),
            (None, [spec]) if is_changed => (diff::alone(spec), Overrides::default()),
            (None, paths) => return usage(paths.len()),
        };
        if let Some(saved) = pairs.saved().filter(|_| is_changed) {
            return Outcome::refused(&[unchangeable(saved)], color);
        }
        let options = Options {
            logits: self.logits,
            depth: self.depth(),
            limits: self.max_increase.clone(),
            overrides: [of_base, changed],
        };
        let progress = Specs::new();
        let diff = diff::run(pairs, &options, &|| progress.tick());
        drop(progress);
        self.conclude(&diff, color)
    }
}

impl Diff {
    fn depth(&self) -> usize {
        let own = match self.format.printer {
            Shown::Comparison(printer) => printer.depth,
            Shown::Findings(_) => DEFAULT_DEPTH,
        };
        self.depth.unwrap_or(own)
    }

    fn conclude(&self, diff: &diff::Diff, color: Color) -> Outcome {
        let width = self.width.or_else(terminal_width);
        let color_out = color.on(&io::stdout());
        let view = report::View { quiet: true, width, color: color_out, root: Root::of_process() };
        let depth = self.depth();
        let shown = print::View { depth, exact: self.exact, width, color: color_out };
        let text = match self.format.printer {
            Shown::Findings(print) => print(&diff.results, &view),
            Shown::Comparison(printer) if printer.says_findings => (printer.print)(diff, &shown),
            // There is no result, only why.
            Shown::Comparison(_) if diff.compared.is_empty() => {
                return failed(&diff.results, color);
            }
            Shown::Comparison(printer) => {
                let quiet = self.quiet || self.max_increase.is_empty();
                let findings =
                    (report::TEXT.printer)(&diff.results, &report::View { quiet, ..view });
                let parts = [(!self.quiet).then(|| (printer.print)(diff, &shown)), Some(findings)];
                let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
                parts.collect::<Vec<_>>().join("\n")
            }
        };
        Outcome { code: exit_code(diff.results.outcome()), ..Outcome::done(text) }
    }
}

/// No comparison, and why, on standard error.
fn failed(results: &Results, color: Color) -> Outcome {
    let mut outcome = Outcome { code: exit_code(results.outcome()), ..Outcome::default() };
    for (problem, sources) in told(&results.checked, results.checked.len()) {
        outcome.report([&problem], sources, color);
    }
    outcome
}

/// A plan that was saved, and arguments that would change it.
fn unchangeable(saved: &str) -> Diagnostic {
    let message = format!("the saved plan {} cannot be changed", quote(saved));
    Diagnostic::error(Code::Mismatch, message)
        .help("`--set`, `--image` and the like change specs: name the spec that it was made of")
}

fn usage(given: usize) -> Outcome {
    let stderr = format!(
        "error: a BASE is compared with a HEAD, and {} given\n\n\
         help: `vlmcalc diff old.yaml new.yaml`, `vlmcalc diff --git main`, or one spec and a \
         change of it: `vlmcalc diff my.yaml --image 448`\n",
        match given {
            0 => "nothing is".to_owned(),
            1 => "one path is".to_owned(),
            more => format!("{more} paths are"),
        }
    );
    Outcome { stderr, code: BAD_INPUT, ..Outcome::default() }
}
