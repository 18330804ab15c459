//! Reading a baseline.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::figures::Figures;
use crate::diag::{Code, Diagnostic, Source, SourceId, Sources, Span};
use crate::spec::Failure;
use crate::yaml::{self, Bounds, Value};

/// The file's name, if no other is given.
pub const DEFAULT_FILE: &str = "vlmcalc.baseline.yaml";

/// The version of the file's form that this program writes.
pub const VERSION: i128 = 1;

/// Some tens of thousands of specs.
const BOUNDS: Bounds = Bounds { bytes: 64 << 20, values: 2_000_000 };

/// What git puts into a file that it cannot merge.
const CONFLICT: [&str; 3] = ["<<<<<<< ", "=======", ">>>>>>> "];

/// The numbers of specs, as they were accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// Files, folders and patterns that it was made for, from its own folder.
    pub paths: Vec<String>,
    /// The numbers of each spec, by its path from the baseline's folder.
    pub specs: BTreeMap<String, Figures>,
}

/// A baseline and its text.
#[derive(Debug)]
pub struct Read {
    /// What it says.
    pub baseline: Baseline,
    /// Its text.
    pub source: Arc<Source>,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(rename = "version")]
    _version: i128,
    paths: Vec<String>,
    #[serde(default)]
    specs: BTreeMap<String, Figures>,
}

/// Reads a baseline's file.
///
/// # Errors
/// Every problem of it: it is missing, broken, half merged, or of a newer version.
pub fn read(path: &Path) -> Result<Read, Failure> {
    if !path.exists() {
        let name = path.to_string_lossy();
        let fault = Diagnostic::error(Code::CannotRead, "there is no baseline yet")
            .from_file(name)
            .help("write one for the specs of a folder: `vlmcalc baseline write configs`");
        return Err(Failure { diagnostics: vec![fault], sources: Sources::default() });
    }
    match yaml::read_within(path, BOUNDS.bytes) {
        Ok(source) => parse(source),
        Err(diagnostics) => Err(Failure { diagnostics, sources: Sources::default() }),
    }
}

/// Whether a baseline may take the place of what is there: nothing, or a baseline, if a broken one.
pub fn may_replace(path: &Path) -> bool {
    let like_one =
        |text: &str| text.trim().is_empty() || text.lines().any(|l| l.starts_with("specs:"));
    let is_own = path.file_name().is_some_and(|name| name == DEFAULT_FILE);
    let is_like_one =
        || yaml::read_within(path, BOUNDS.bytes).is_ok_and(|source| like_one(&source.text));
    !path.exists() || path.is_file() && (is_own || is_like_one())
}

/// Reads a baseline's text.
pub fn parse(source: Source) -> Result<Read, Failure> {
    let (source, mut sources) = (Arc::new(source), Sources::default());
    let id = sources.add(source.clone());
    match decode(&source, &sources, id) {
        Ok(Fields { paths, specs, .. }) => Ok(Read { baseline: Baseline { paths, specs }, source }),
        Err(diagnostics) => Err(Failure { diagnostics, sources }),
    }
}

fn decode(source: &Source, sources: &Sources, id: SourceId) -> Result<Fields, Vec<Diagnostic>> {
    if let Some(conflict) = conflict(&source.text, id) {
        return Err(vec![conflict]);
    }
    let tree = yaml::parse_within(sources, id, BOUNDS).map_err(|mut problems| {
        for problem in problems.iter_mut().filter(|problem| problem.code == Code::Empty) {
            problem.message = "there is no baseline in this file".to_owned();
            problem.help = Some("`vlmcalc baseline write PATH` writes one".to_owned());
        }
        problems
    })?;
    if let Some(Value::Int(version)) = tree.get("version").map(|node| &node.value)
        && *version != VERSION
    {
        let message = format!("a baseline of version {version}; this program knows {VERSION}");
        let help = "update vlmcalc, or write it anew: `vlmcalc baseline write PATH`";
        let diagnostic = Diagnostic::error(Code::BadValue, message).help(help);
        return Err(vec![diagnostic.at(tree.span_of("version"), "")]);
    }
    yaml::decode(&tree, sources)
}

/// The first mark of a merge that was not finished.
fn conflict(text: &str, id: SourceId) -> Option<Diagnostic> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if CONFLICT.iter().any(|mark| line.starts_with(mark)) {
            let span = Span::new(id, at, at + line.trim_end().len());
            let help = "take one side (`git checkout --ours` with the file's name), then write it \
                        again: `vlmcalc baseline write`";
            let diagnostic = Diagnostic::error(Code::BadYaml, "the file is half merged");
            return Some(diagnostic.at(span, "git left this here").help(help));
        }
        at += line.len();
    }
    None
}
