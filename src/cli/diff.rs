//! `vlmcalc diff`: what a change of a design does to its numbers.

use std::io;

use clap::Args;

use super::command::Run;
use super::format::Formats;
use super::progress::Specs;
use super::{BAD_INPUT, Color, Outcome, exit_code, terminal_width};
use crate::diff::{self, Limit, Options, print};
use crate::files::Root;
use crate::render::{DEFAULT_DEPTH, Format};
use crate::report;
use crate::stages::decoder::Logits;

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// What was and what is: two specs (files, presets), folders, or plans saved by
    /// `vlmcalc plan --format json`. With `--git`, files, folders and patterns of the working tree.
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
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// How deep stages are opened: 0 components, 1 stages, 2 blocks, more: operations.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_DEPTH)]
    depth: usize,
    /// Shows integers in full.
    #[arg(long)]
    exact: bool,
    /// Output format; those of reports print what became of the limits.
    #[arg(long, value_parser = Formats(formats), default_value = "table")]
    format: Format<Shown>,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
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
    let others = report::FORMATS.into_iter();
    let others = others.filter(|other| own.iter().all(|format| format.name != other.name));
    let own = own.iter().map(|format| format.with(Shown::Comparison(format.printer)));
    own.chain(others.map(|format| format.with(Shown::Findings(format.printer)))).collect()
}

impl Run for Diff {
    const NAME: &'static str = "diff";
    const ABOUT: &'static str =
        "Shows what a change of a design does to its numbers, and guards their increase";

    /// Compares and says what changed; a spec that cannot be read does not stop the others.
    fn run(&self, color: Color) -> Outcome {
        let pairs = match (&self.git, &self.paths[..]) {
            (Some(revision), paths) => {
                let here = [".".to_owned()];
                let paths = if paths.is_empty() { &here } else { paths };
                match diff::pair_with_revision(revision, paths) {
                    Ok(pairs) => pairs,
                    Err(problem) => return Outcome::refused(&[problem], color),
                }
            }
            (None, [base, head]) => diff::pair(base, head),
            (None, paths) => return usage(paths.len()),
        };
        let options =
            Options { logits: self.logits, depth: self.depth, limits: self.max_increase.clone() };
        let progress = Specs::new();
        let diff = diff::run(pairs, &options, &|| progress.tick());
        drop(progress);
        self.conclude(&diff, color)
    }
}

impl Diff {
    fn conclude(&self, diff: &diff::Diff, color: Color) -> Outcome {
        let width = self.width.or_else(terminal_width);
        let colored = color.on(&io::stdout());
        let root = Root::of_process();
        let view = report::View { quiet: true, width, color: colored, root };
        let text = match self.format.printer {
            Shown::Findings(printer) => (printer.print)(&diff.results, &view),
            Shown::Comparison(printer) => {
                let shown = print::View { exact: self.exact, width, color: colored };
                let text = (printer.print)(diff, &shown);
                if printer.says_findings || self.max_increase.is_empty() {
                    text
                } else {
                    let findings = (report::TABLE.printer.print)(&diff.results, &view);
                    let gap = if text.is_empty() { "" } else { "\n" };
                    format!("{text}{gap}{findings}")
                }
            }
        };
        let mut outcome = Outcome::done(text);
        outcome.code = exit_code(diff.results.outcome());
        for checked in &diff.results.checked {
            outcome.report(checked.diagnostics(), &checked.sources, color);
        }
        if let Shown::Findings(printer) = self.format.printer {
            outcome.stderr = (printer.beside)(outcome.stderr);
        }
        outcome
    }
}

fn usage(given: usize) -> Outcome {
    let stderr = format!(
        "error: a BASE is compared with a HEAD, and {} given\n\n\
         help: `vlmcalc diff old.yaml new.yaml`, or `vlmcalc diff --git main`\n",
        match given {
            0 => "nothing is".to_owned(),
            1 => "one path is".to_owned(),
            more => format!("{more} paths are"),
        }
    );
    Outcome { stderr, code: BAD_INPUT, ..Outcome::default() }
}
