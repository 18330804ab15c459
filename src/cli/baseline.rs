//! `vlmcalc baseline`: numbers that were accepted, kept in a file.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::check::conclude;
use super::command::Run;
use super::format::Formats;
use super::number::whole;
use super::progress::Specs;
use super::{BAD_INPUT, Color, Outcome};
use crate::baseline::{self, DEFAULT_FILE, Written};
use crate::render::Format;
use crate::report::{FORMATS, ReportPrinter, View};

/// Arguments of `baseline`.
#[derive(Debug, Args)]
pub struct Baseline {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Writes the numbers of specs to the baseline: all of them, or nothing if one is broken.
    Write {
        /// Specs, folders and patterns; those of the baseline that is there if none is given.
        #[arg(value_name = "PATH")]
        paths: Vec<String>,
        /// The baseline's file. Paths in it are from its folder.
        #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
        file: PathBuf,
    },
    /// Fails if a spec of the baseline has other numbers now, is gone, or is new.
    Check {
        /// Specs, folders and patterns; all of the baseline if none is given.
        #[arg(value_name = "PATH")]
        paths: Vec<String>,
        /// The baseline's file.
        #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
        file: PathBuf,
        /// Output format.
        #[arg(long, value_parser = Formats(|| FORMATS.to_vec()), default_value = "text")]
        format: Format<ReportPrinter>,
        /// Columns to fit tables into; the terminal's if not given.
        #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
        width: Option<usize>,
        /// Says nothing of what holds.
        #[arg(long, short)]
        quiet: bool,
    },
}

impl Run for Baseline {
    const NAME: &'static str = "baseline";
    const ABOUT: &'static str = "Keeps the numbers of specs in a file and fails when one changes";

    /// Writes or checks the baseline.
    fn run(&self, color: Color) -> Outcome {
        match &self.action {
            Action::Write { paths, file } => write(file, paths, color),
            Action::Check { paths, file, format, width, quiet } => {
                let progress = Specs::new();
                let accept = baseline::command(&file.to_string_lossy());
                let results = baseline::check(file, paths, &accept, &|| progress.tick());
                drop(progress);
                let view = View { quiet: *quiet, width: *width, ..View::default() };
                conclude(&results, format.printer, view, color)
            }
        }
    }
}

fn write(file: &Path, paths: &[String], color: Color) -> Outcome {
    let progress = Specs::new();
    let written = baseline::write(file, paths, &|| progress.tick());
    drop(progress);
    match written {
        Ok(written) => Outcome::done(said(file, &written)),
        Err(faults) => {
            let mut outcome = Outcome { code: BAD_INPUT, ..Outcome::default() };
            for (_, failure) in &faults {
                outcome.report(&failure.diagnostics, &failure.sources, color);
            }
            outcome.stderr.push_str("the baseline was not written\n");
            outcome
        }
    }
}

/// `vlmcalc.baseline.yaml: 18 specs, 2 changed, 1 new`.
fn said(file: &Path, written: &Written) -> String {
    let name = file.to_string_lossy();
    let name = crate::diag::sanitize(&name);
    let specs =
        if written.specs == 1 { "1 spec".into() } else { format!("{} specs", written.specs) };
    if written.same {
        return format!("{name}: {specs}, as before\n");
    }
    let changes = written.changed.iter().zip(["changed", "new", "gone"]);
    let changes = changes.filter(|(count, _)| **count > 0);
    let changes: String = changes.map(|(count, word)| format!(", {count} {word}")).collect();
    format!("{name}: {specs}{changes}\n")
}
