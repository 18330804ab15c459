//! Whether the specs still have the numbers of the baseline.

use std::collections::HashSet;
use std::path::Path;

use rayon::prelude::*;

use super::drift::Drift;
use super::file::read;
use super::specs::{Found, find_and_plan, folder, from_here};
use crate::check::{Checked, Kind, Results};
use crate::diag::{Code, Sources};
use crate::spec::Failure;

/// Plans the specs that a baseline was made for and compares their numbers with its own. `accept`
/// is the command that writes it again, `tick` is called when a spec is done.
pub fn check(file: &Path, accept: &str, tick: &(dyn Fn() + Sync)) -> Results {
    let results = |checked| Results { command: "baseline", checked, ..Results::default() };
    let baseline = match read(file) {
        Ok(read) => read.baseline,
        Err(failure) => {
            let unread = Checked::unread(&file.to_string_lossy(), failure);
            return results(vec![Checked { kind: Kind::Baseline, ..unread }]);
        }
    };
    let folder = folder(file);
    let (found, lost) = find_and_plan(&baseline.paths, &folder, tick);
    let drift = Drift { baseline: &baseline, accept };
    let specs = &baseline.specs;
    // A file or folder that held some of them and is there no more: those are gone.
    let is_gone = |found: &Found| {
        let held = |spec: &String| Path::new(spec).starts_with(&found.key);
        let missing = found.figures.is_err() && !Path::new(&found.file).exists();
        missing && specs.keys().any(held)
    };
    let found: Vec<Found> = found.into_iter().filter(|found| !is_gone(found)).collect();
    let known: HashSet<&str> = found.iter().map(|found| found.key.as_str()).collect();
    let missing: Vec<&String> =
        specs.keys().filter(|spec| !known.contains(spec.as_str())).collect();

    let missing: Vec<Checked> =
        missing.into_iter().map(|spec| drift.gone(spec, from_here(spec, &folder))).collect();
    // A folder that holds nothing any more is not a fault by itself: its specs are gone.
    let lost = lost
        .into_iter()
        .filter(|(_, fault)| specs.is_empty() || fault.code != Code::NothingToCheck);
    let failure = |fault| Failure { diagnostics: vec![fault], sources: Sources::default() };
    let mut checked: Vec<Checked> =
        lost.map(|(path, fault)| Checked::unread(&path, failure(*fault))).collect();
    checked.extend(found.into_par_iter().map(|found| drift.of(found)).collect::<Vec<_>>());
    checked.extend(missing);
    results(checked)
}
