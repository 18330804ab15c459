//! Whether the specs still have the numbers of the baseline.

use std::collections::HashSet;
use std::path::Path;

use rayon::prelude::*;

use super::drift::Drift;
use super::file::read;
use super::specs::{Found, find_and_plan, folder, from_baseline, from_here, standard_input};
use crate::check::{Checked, Kind, Results};
use crate::diag::{Code, Sources};
use crate::files::{Selection, absolute, resolved};
use crate::spec::Failure;

/// Plans the specs that a baseline was made for and compares their numbers with its own; those that
/// the paths lead to, if there are any. `accept` is the command that writes it again, `tick` is
/// called when a spec is done.
pub fn check(file: &Path, paths: &[String], accept: &str, tick: &(dyn Fn() + Sync)) -> Results {
    let failure = |fault| Failure { diagnostics: vec![fault], sources: Sources::default() };
    let results = |checked| Results { command: "baseline", checked, ..Results::default() };
    let baseline = match read(file) {
        Ok(read) => read.baseline,
        Err(failure) => {
            let unread = Checked::unread(&file.to_string_lossy(), failure);
            return results(vec![Checked { kind: Kind::Baseline, ..unread }]);
        }
    };
    let folder = folder(file);
    let named: Vec<String> = paths.iter().map(|path| from_baseline(path, &folder)).collect();
    let all = if paths.is_empty() { &baseline.paths } else { &named };
    if let Some(fault) = standard_input(all) {
        return results(vec![Checked::unread("-", failure(fault))]);
    }
    let (found, lost) = find_and_plan(all, &folder, tick);
    let drift = Drift { baseline: &baseline, accept };
    let specs = &baseline.specs;
    // A file or folder that held some of them and is there no more: those are gone.
    let is_gone = |found: &Found| {
        let held = |spec: &String| Path::new(spec).starts_with(&found.key);
        let missing = found.figures.is_err() && !Path::new(&found.file).exists();
        missing && specs.keys().any(held)
    };
    let found: Vec<Found> = found.into_iter().filter(|found| !is_gone(found)).collect();
    let is_asked = |spec: &&String| {
        paths.is_empty()
            || paths.iter().any(|path| path == *spec || holds(path, &from_here(spec, &folder)))
    };
    let known: HashSet<&str> = found.iter().map(|found| found.key.as_str()).collect();
    let missing: Vec<&String> =
        specs.keys().filter(is_asked).filter(|spec| !known.contains(spec.as_str())).collect();

    let missing: Vec<Checked> =
        missing.into_iter().map(|spec| drift.gone(spec, from_here(spec, &folder))).collect();
    // A folder that holds nothing any more is not a fault by itself: its specs are gone.
    let lost = lost.into_iter().filter(|(_, fault)| {
        !specs.keys().any(|spec| is_asked(&spec)) || fault.code != Code::NothingToCheck
    });
    let mut checked: Vec<Checked> =
        lost.map(|(path, fault)| Checked::unread(&path, failure(*fault))).collect();
    checked.extend(found.into_par_iter().map(|found| drift.of(found)).collect::<Vec<_>>());
    checked.extend(missing);
    results(checked)
}

/// Whether a path means a file, which may be gone.
fn holds(path: &str, file: &str) -> bool {
    let [named, real] = [absolute, resolved].map(|whole| whole(Path::new(file)));
    Selection::of(path).is_ok_and(|selection| selection.has(&named) || selection.has(&real))
}
