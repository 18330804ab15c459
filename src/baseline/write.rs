//! Writing a baseline: all of it or nothing.

use std::path::Path;

use super::file::{Baseline, DEFAULT_FILE, may_replace, read};
use super::specs::{find_and_plan, folder, from_baseline, here, standard_input};
use super::text::text;
use crate::diag::{Code, Diagnostic, Sources};
use crate::files::{replace, shell_word};
use crate::spec::Failure;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many specs there are.
    pub specs: usize,
    /// How many of them have other numbers than before, are new, and are gone.
    pub changed: [usize; 3],
    /// Whether the file was there already, word for word.
    pub same: bool,
}

/// Writes the numbers of the specs that the paths lead to; without paths, those of the baseline
/// that is there. `tick` is called when a spec is done.
///
/// # Errors
/// Every problem of every spec, or of the file. Nothing is written then.
pub fn write(
    file: &Path,
    paths: &[String],
    tick: &(dyn Fn() + Sync),
) -> Result<Written, Vec<(String, Failure)>> {
    let name = || file.to_string_lossy().into_owned();
    let before = read(file);
    let folder = folder(file);
    let paths: Vec<String> = match (&before, paths) {
        (_, [_, ..]) => paths.iter().map(|path| from_baseline(path, &folder)).collect(),
        (Ok(before), []) => before.baseline.paths.clone(),
        (Err(_), []) => {
            return Err(before.err().map(|failure| (name(), failure)).into_iter().collect());
        }
    };
    if let Some(diagnostic) = standard_input(&paths) {
        return Err(vec![("-".to_owned(), one(diagnostic))]);
    }
    if !here(&folder).is_dir() {
        let diagnostic = Diagnostic::error(Code::CannotWrite, "the baseline's folder is not there")
            .from_file(name())
            .help("make the folder first, or name another `--file`");
        return Err(vec![(name(), one(diagnostic))]);
    }
    if !may_replace(file) {
        let diagnostic = Diagnostic::error(Code::CannotWrite, "what is there is no baseline")
            .from_file(name())
            .help("name another `--file`, or remove this one first");
        return Err(vec![(name(), one(diagnostic))]);
    }
    let (found, lost) = find_and_plan(&paths, &folder, tick);
    let lost = lost.into_iter().map(|(argument, fault)| (argument, one(*fault)));
    let mut faults: Vec<(String, Failure)> = lost.collect();
    let mut baseline = Baseline { paths, ..Baseline::default() };
    for found in found {
        match found.figures {
            Ok(figures) => {
                baseline.specs.insert(found.key, figures);
            }
            Err(failure) => faults.push((found.file, failure)),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let old =
        before.as_ref().map_or_else(|_| Baseline::default(), |before| before.baseline.clone());
    // Whoever reads it stands in its folder.
    let own = file.file_name().unwrap_or_default().to_string_lossy();
    let text = text(&baseline, &command(&own));
    let same = before.is_ok_and(|before| before.source.text == text);
    if !same {
        replace(file, text.as_bytes()).map_err(|error| {
            let message = format!("cannot write the baseline: {error}");
            let diagnostic = Diagnostic::error(Code::CannotWrite, message)
                .from_file(name())
                .help("check the folder and its permissions; nothing was changed");
            vec![(name(), one(diagnostic))]
        })?;
    }
    let moved = |(spec, figures): &(&String, &_)| {
        old.specs.get(*spec).is_some_and(|before| before != *figures)
    };
    let new = |spec: &&String| !old.specs.contains_key(*spec);
    let gone = |spec: &&String| !baseline.specs.contains_key(*spec);
    let changed = [
        baseline.specs.iter().filter(moved).count(),
        baseline.specs.keys().filter(new).count(),
        old.specs.keys().filter(gone).count(),
    ];
    Ok(Written { specs: baseline.specs.len(), changed, same })
}

fn one(diagnostic: Diagnostic) -> Failure {
    Failure { diagnostics: vec![diagnostic], sources: Sources::default() }
}

/// The command that writes a baseline's file again.
pub fn command(file: &str) -> String {
    match file {
        DEFAULT_FILE => "vlmcalc baseline write".to_owned(),
        file => format!("vlmcalc baseline write --file {}", shell_word(file)),
    }
}
