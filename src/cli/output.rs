//! Where a result goes: to standard output, or into a file (`-o`), never over what was read.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ArgMatches;

use super::command::Entry;
use super::{BROKEN, Outcome};
use crate::diag::{Code, Diagnostic, sanitize};
use crate::files::{replace, shell_word};

/// The problem that a file for the result is one that the command reads: an argument names it, or
/// it is a spec in a folder that an argument names.
pub fn is_input(file: &Path, arguments: &ArgMatches) -> Option<Diagnostic> {
    let target = file.canonicalize().ok().filter(|target| target.is_file())?;
    let is_spec =
        matches!(target.extension().and_then(|extension| extension.to_str()), Some("yaml" | "yml"));
    let is_read = |argument: PathBuf| match argument.canonicalize() {
        Ok(folder) if folder.is_dir() => is_spec && target.starts_with(folder),
        Ok(other) => other == target,
        Err(_) => false,
    };
    paths(arguments).into_iter().any(is_read).then(|| {
        Diagnostic::error(Code::CannotWrite, "the command reads this file: it is not written over")
            .from_file(file.to_string_lossy())
            .help("give `-o` another file")
    })
}

/// The problem that a command which names its file itself is given another for the result.
pub fn is_named_already(file: &Path, command: &Entry) -> Option<Diagnostic> {
    let file = file.to_string_lossy();
    command.names_its_file.then(|| {
        let message = format!("`{}` takes no `-o`: its argument names the file", command.name);
        Diagnostic::error(Code::CannotWrite, message).from_file(&*file).help(format!(
            "write `vlmcalc {} {}`",
            command.name,
            shell_word(&file)
        ))
    })
}

/// All that is given to a command and the commands below it, but for the file of `-o`.
fn paths(arguments: &ArgMatches) -> Vec<PathBuf> {
    let ids = arguments.ids().filter(|id| id.as_str() != "output");
    let raw = ids.filter_map(|id| arguments.try_get_raw(id.as_str()).ok().flatten());
    let mut paths: Vec<PathBuf> = raw.flatten().map(PathBuf::from).collect();
    if let Some((_, below)) = arguments.subcommand() {
        paths.extend(self::paths(below));
    }
    paths
}

/// Puts a result where it belongs. A command that fails without one leaves the file as it was.
///
/// # Errors
/// Why it cannot be written.
pub fn put(outcome: &Outcome, file: Option<&Path>) -> anyhow::Result<()> {
    let Some(file) = file else { return print(&outcome.stdout).context("cannot write the result") };
    if outcome.code > BROKEN && outcome.stdout.is_empty() {
        return Ok(());
    }
    // A pipe or a device is written to, not replaced.
    let is_other = fs::metadata(file).is_ok_and(|known| !known.is_file());
    let text = outcome.stdout.as_bytes();
    let written = if is_other { fs::write(file, text) } else { replace(file, text) };
    written.with_context(|| format!("cannot write {}", sanitize(&file.to_string_lossy())))
}

/// Prints a result. A reader that has seen enough (`| head`) is no fault.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
