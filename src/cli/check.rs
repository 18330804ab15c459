//! `vlmcalc check`: the expectations of many specs at once.

use std::io;

use clap::Args;

use super::{Color, Outcome, exit_code, terminal_width};
use crate::check::{Results, check};
use crate::files;
use crate::report::{self, Format, View};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Specs, folders that are searched for `.yaml` and `.yml` files, and patterns such as
    /// `models/**/*.yaml`.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Leaves out specs that keep everything.
    #[arg(long, short)]
    quiet: bool,
    /// Fails on warnings too.
    #[arg(long)]
    fail_on_warn: bool,
}

impl Check {
    /// Plans every spec and says of each whether it can be read and keeps what is asked of it. A
    /// bad one does not stop the rest.
    pub fn run(&self, color: Color) -> Outcome {
        let results =
            Results { fail_on_warn: self.fail_on_warn, ..check(&files::find(&self.paths)) };
        conclude(&results, self.format, self.quiet, color)
    }
}

/// The report of results and the exit code that they ask for; every problem in full on standard
/// error.
pub fn conclude(results: &Results, format: Format, quiet: bool, color: Color) -> Outcome {
    let view = View { quiet, width: terminal_width(), color: color.on(&io::stdout()) };
    let mut outcome = Outcome::done(report::render(results, format, &view));
    outcome.code = exit_code(results.outcome());
    for checked in &results.checked {
        outcome.report(checked.diagnostics(), &checked.sources, color);
    }
    outcome
}
