//! `vlmcalc check`: the expectations of many specs at once.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{BAD_INPUT, BROKEN, Color, DONE, Outcome, exit_code};
use crate::check;
use crate::diag::{Code, Diagnostic, Sources, sanitize};
use crate::planned::plan;
use crate::spec::Overrides;
use crate::stages::decoder::Logits;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Specs, and folders that are searched for `.yaml` and `.yml` files.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Check {
    /// Plans every spec and says of each whether it can be read and keeps its expectations. A bad
    /// one does not stop the rest.
    pub fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let mut counts = [0usize; 3];
        let mut specs = Vec::new();
        for path in &self.paths {
            if let Err(diagnostic) = collect(path, &mut specs) {
                outcome.code = BAD_INPUT;
                outcome.report(&[diagnostic], &Sources::default(), color);
            }
        }
        for path in specs {
            let name = path.to_string_lossy().into_owned();
            let (code, said) = match plan(&name, &Overrides::default(), Logits::All) {
                Ok(planned) => {
                    let verdict = check::verdict(&planned);
                    outcome.report(&planned.warnings(), &planned.loaded.sources, color);
                    outcome.report(&verdict.problems, &planned.loaded.sources, color);
                    let said = said(planned.loaded.spec.expect.len(), verdict.problems.len());
                    (exit_code(&verdict), said)
                }
                Err(failure) => {
                    outcome.report(&failure.diagnostics, &failure.sources, color);
                    (BAD_INPUT, "cannot be read".to_owned())
                }
            };
            let (at, verdict) = match code {
                DONE => (0, "ok    "),
                BROKEN => (1, "broken"),
                _ => (2, "error "),
            };
            counts[at] += 1;
            outcome.code = outcome.code.max(code);
            let _ = writeln!(outcome.stdout, "{verdict}  {}  ({said})", sanitize(&name));
        }
        let [ok, broken, errors] = counts;
        let _ = writeln!(outcome.stdout, "{ok} ok, {broken} broken, {errors} with errors");
        outcome
    }
}

/// `11 expectations` or `2 of 11 expectations broken`.
fn said(all: usize, broken: usize) -> String {
    let plural = if all == 1 { "" } else { "s" };
    match broken {
        0 => format!("{all} expectation{plural}"),
        _ => format!("{broken} of {all} expectation{plural} broken"),
    }
}

/// The specs at a path, in the order of their names.
fn collect(path: &Path, specs: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    if !path.is_dir() {
        specs.push(path.to_owned());
        return Ok(());
    }
    let cannot_read = |error: std::io::Error| {
        Diagnostic::error(Code::CannotRead, format!("cannot read this folder: {error}"))
            .from_file(path.to_string_lossy())
            .help("check the folder's permissions")
    };
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(cannot_read)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    entries.sort();
    let is_spec = |path: &Path| path.extension().is_some_and(|e| e == "yaml" || e == "yml");
    for entry in entries {
        // A link to a folder could lead round in a circle.
        if entry.is_dir() && !entry.is_symlink() {
            collect(&entry, specs)?;
        } else if is_spec(&entry) {
            specs.push(entry);
        }
    }
    Ok(())
}
