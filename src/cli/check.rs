//! `vlmcalc check`: the expectations of many specs at once.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::command::Run;
use super::format::Formats;
use super::number::whole;
use super::progress::Specs;
use super::spec_args::ChangeArgs;
use super::{Color, Outcome, exit_code, terminal_width};
use crate::check::{Checked, Kind, Policies, PolicyFile, Results, Setting, check};
use crate::files::git::{Changed, changed_since};
use crate::files::{self, Named};
use crate::render::Format;
use crate::report::{FORMATS, ReportPrinter, View};
use crate::spec::{Failure, POLICY_FILE};
use crate::stages::decoder::Logits;

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Specs, folders that are searched for `.yaml` and `.yml` files, and patterns such as
    /// `models/**/*.yaml`.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// A policy for every spec, instead of the `vlmcalc.policy.yaml` that is nearest to each, in
    /// its folder or above.
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Leaves policies aside.
    #[arg(long, conflicts_with = "policy")]
    no_policy: bool,
    /// Checks only specs that differ from where this revision and `HEAD` parted, or whose policy
    /// does; uncommitted changes and new files count.
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
    #[command(flatten)]
    changes: ChangeArgs,
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// Output format.
    #[arg(long, value_parser = Formats(|| FORMATS.to_vec()), default_value = "text")]
    format: Format<ReportPrinter>,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
    /// Says nothing of what holds.
    #[arg(long, short)]
    quiet: bool,
    /// Fails on warnings too.
    #[arg(long)]
    fail_on_warn: bool,
}

impl Run for Check {
    const NAME: &'static str = "check";
    const ABOUT: &'static str =
        "Checks specs against what they expect of their plans and what policies ask of them";

    /// Plans every spec and says of each whether it can be read and keeps what is asked of it. A
    /// bad one does not stop the others.
    fn run(&self, color: Color) -> Outcome {
        let mut named = files::find(&self.paths);
        let (policies, failures) = self.policies(&named);
        if let Some(revision) = &self.changed_since {
            match changed_since(revision) {
                Ok(changed) => {
                    let moved = self.folders_of_policies(&changed);
                    named.retain(|named| is_affected(named, &changed, &moved, &policies));
                }
                Err(diagnostic) => return Outcome::refused(&[diagnostic], color),
            }
        }
        let progress = Specs::new();
        let mut results = Results {
            fail_on_warn: self.fail_on_warn,
            ..check(&named, &policies, &self.setting(), &|| progress.tick())
        };
        let unread = failures.into_iter().map(|(file, failure)| Checked {
            kind: Kind::Policy,
            ..Checked::unread(&file, failure)
        });
        drop(progress);
        results.checked.splice(0..0, unread);
        let view = View { quiet: self.quiet, width: self.width, ..View::default() };
        conclude(&results, self.format.printer, view, color)
    }
}

impl Check {
    /// How each spec is planned.
    fn setting(&self) -> Setting {
        Setting { overrides: self.changes.overrides(), logits: self.logits }
    }

    /// The policies in force, and why others cannot be read.
    fn policies(&self, named: &[Named]) -> (Policies, Vec<(String, Failure)>) {
        if self.no_policy {
            return (Policies::default(), Vec::new());
        }
        if self.policy.is_empty() {
            return Policies::beside(named.iter().filter_map(Named::spec));
        }
        let (mut files, mut failures) = (Vec::new(), Vec::new());
        for path in &self.policy {
            match PolicyFile::load(path) {
                Ok(file) => files.push(file),
                Err(failure) => failures.push((path.to_string_lossy().into_owned(), failure)),
            }
        }
        (Policies::of(files), failures)
    }

    /// Where policies beside specs have changed, or are no more: then the one above is in force.
    fn folders_of_policies<'a>(&self, changed: &'a Changed) -> Vec<&'a Path> {
        if self.no_policy || !self.policy.is_empty() {
            return Vec::new();
        }
        changed.folders_of(POLICY_FILE).collect()
    }
}

/// Whether a spec may have another verdict than before: it has changed, or a policy for it has, or
/// one in the folders where policies `moved`. What is no file always may.
fn is_affected(named: &Named, changed: &Changed, moved: &[&Path], policies: &Policies) -> bool {
    let is_changed = |path: &str| changed.contains(Path::new(path));
    match named.spec() {
        Some(file) if Path::new(file).exists() => {
            let is_below = || {
                let whole = files::absolute(Path::new(file));
                moved.iter().any(|folder| whole.starts_with(folder))
            };
            is_changed(file)
                || policies.paths_for(file).any(is_changed)
                || (!moved.is_empty() && is_below())
        }
        _ => true,
    }
}

/// The report of results and the exit code that they ask for. It is as wide as the view says, or
/// else as the terminal.
pub fn conclude(results: &Results, printer: ReportPrinter, view: View, color: Color) -> Outcome {
    let view = View {
        width: view.width.or_else(terminal_width),
        color: color.on(&io::stdout()),
        root: files::Root::of_process(),
        ..view
    };
    let code = exit_code(results.outcome());
    Outcome { code, ..Outcome::done(printer(results, &view)) }
}
