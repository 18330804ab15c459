//! The specs that a baseline is made for. It names them from its own folder, so that it can be used
//! from anywhere.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::figures::{Figures, figures};
use crate::diag::{Code, Diagnostic};
use crate::files::{self, Named, absolute, from_folder, resolved};
use crate::planned::plan;
use crate::spec::presets::Preset;
use crate::spec::{Failure, Overrides};
use crate::stages::decoder::Logits;

/// A spec that the paths lead to.
#[derive(Debug)]
pub struct Found {
    /// Its path from the baseline's folder; a preset's name.
    pub key: String,
    /// Its path from here.
    pub file: String,
    /// Its numbers, or why it has none.
    pub figures: Result<Figures, Failure>,
}

/// A path that leads to no spec, and why.
pub type Lost = (String, Box<Diagnostic>);

/// The folder of a baseline's file.
pub fn folder(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

/// Whether the path of a spec means a preset.
fn is_preset(argument: &str) -> bool {
    Preset::find(argument).is_some() && !Path::new(argument).exists()
}

/// An argument as the baseline in this folder names it.
pub fn from_baseline(argument: &str, folder: &Path) -> String {
    if is_preset(argument) {
        return argument.to_owned();
    }
    let (whole, folder) = (absolute(Path::new(argument)), resolved(&here(folder)));
    let whole = if Path::new(argument).is_dir() { resolved(Path::new(argument)) } else { whole };
    let path = from_folder(&whole, &folder).to_string_lossy().into_owned();
    if cfg!(windows) { path.replace('\\', "/") } else { path }
}

/// A path of a baseline in this folder, as it is from here.
pub fn from_here(path: &str, folder: &Path) -> String {
    let joined = folder.join(path);
    if is_preset(path) && !joined.exists() {
        return path.to_owned();
    }
    joined.to_string_lossy().into_owned()
}

/// The fault of standard input among the paths of a baseline.
pub fn standard_input(paths: &[String]) -> Option<Diagnostic> {
    let is_there = paths.iter().any(|path| path == "-" || path.ends_with("/-"));
    is_there.then(|| {
        Diagnostic::error(Code::NothingToCheck, "standard input is no file")
            .help("a baseline is of specs that can be read again: name their files or folders")
    })
}

/// A folder, where it is the current one too.
pub fn here(folder: &Path) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() }
}

/// Finds and plans the specs of the baseline's paths, on all cores. The order is that of the
/// paths. `tick` is called when a spec is done.
pub fn find_and_plan(
    paths: &[String],
    folder: &Path,
    tick: &(dyn Fn() + Sync),
) -> (Vec<Found>, Vec<Lost>) {
    let arguments: Vec<String> = paths.iter().map(|path| from_here(path, folder)).collect();
    let (mut files, mut lost) = (Vec::new(), Vec::new());
    for named in files::find(&arguments) {
        match named {
            Named::Spec(file) => files.push(file),
            Named::Nothing { argument, fault } => lost.push((argument, fault)),
        }
    }
    let found = files.into_par_iter().map(|file| {
        let key = from_baseline(&file, folder);
        let planned = plan(&file, &Overrides::default(), Logits::All);
        let figures = planned.map(|planned| figures(&planned.report));
        tick();
        Found { key, file, figures }
    });
    (found.collect(), lost)
}
