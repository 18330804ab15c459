//! Whether the specs still have the numbers of the baseline.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::figures::{Figure, Figures};
use super::file::{Places, Read, read};
use super::specs::{Found, find_and_plan, folder, from_here};
use crate::check::{Checked, Finding, Origin, Results, Status};
use crate::cost::numbers::unit;
use crate::diag::{Code, Diagnostic, Source, SourceId, Sources, Span, quote};
use crate::spec::{Failure, Severity};
use crate::units::{change, exact};

/// Plans the specs that a baseline was made for and compares their numbers with its own. `accept`
/// is the command that writes it again, `tick` is called when a spec is done.
pub fn check(file: &Path, accept: &str, tick: &(dyn Fn() + Sync)) -> Results {
    let results = |checked| Results { command: "baseline", checked, ..Results::default() };
    let baseline = match read(file) {
        Ok(read) => read,
        Err(failure) => return results(vec![Checked::unread(&file.to_string_lossy(), failure)]),
    };
    let folder = folder(file);
    let (found, lost) = find_and_plan(&baseline.baseline.paths, &folder, tick);
    let drift = Drift { baseline: &baseline, places: baseline.places(), accept };
    let specs = &baseline.baseline.specs;
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
        missing.into_par_iter().map(|spec| drift.gone(spec, from_here(spec, &folder))).collect();
    // A folder that holds nothing any more is not a fault by itself: its specs are gone.
    let lost = lost
        .into_iter()
        .filter(|(_, fault)| specs.is_empty() || fault.code != Code::NothingToCheck);
    let failure = |fault| Failure { diagnostics: vec![fault], sources: Sources::default() };
    let mut checked: Vec<Checked> =
        lost.map(|(path, fault)| Checked::unread(&path, failure(*fault))).collect();
    checked.extend(found.into_par_iter().map(|found| drift.of(found)).collect::<Vec<_>>());
    checked.extend(missing);
    let afforded = AFFORDED / baseline.source.text.len().max(1);
    shorten(&mut checked, &baseline.source, afforded);
    results(checked)
}

/// The most bytes of the baseline's text that are gone through to show places in it.
const AFFORDED: usize = 256 << 20;

/// Leaves out all but the first excerpts of a long baseline: to find each costs a walk through the
/// text. The others keep their line and column.
fn shorten(checked: &mut [Checked], source: &Source, afforded: usize) {
    let findings = checked.iter_mut().flat_map(|checked| &mut checked.findings);
    let problems = findings.filter_map(|finding| finding.diagnostic.as_mut());
    let placed = problems.filter(|problem| problem.primary.is_some());
    let mut lines: Vec<usize> = Vec::new();
    for problem in placed.skip(afforded) {
        if lines.is_empty() {
            lines = source.text.match_indices('\n').map(|(at, _)| at + 1).collect();
        }
        let Some(label) = problem.primary.take() else { continue };
        let at = label.span.start as usize;
        let line = lines.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).map_or(0, |before| lines[before]);
        let column = source.text.get(start..at).map_or(0, |text| text.chars().count());
        problem.origin = Some(format!("{}:{}:{}", source.name, line + 1, column + 1));
    }
}

/// Comparing with one baseline.
struct Drift<'a> {
    baseline: &'a Read,
    places: Places<'a>,
    accept: &'a str,
}

impl Drift<'_> {
    /// What became of a spec.
    fn of(&self, found: Found) -> Checked {
        let figures = match found.figures {
            Ok(figures) => figures,
            Err(failure) => return Checked::unread(&found.file, failure),
        };
        let name = Some(crate::spec::default_name(&found.file));
        let mut checked = Checked { file: found.file, name, ..Checked::default() };
        let Some(kept) = self.baseline.baseline.specs.get(&found.key) else {
            let message = format!("{} is not in the baseline", quote(&found.key));
            let diagnostic = self.problem(message).from_file(&checked.file);
            let finding = finding("spec", "one of the baseline", Some("a new one".into()));
            checked.findings = vec![broken(finding, diagnostic)];
            return checked;
        };
        checked.findings = self.compare(&found.key, kept, &figures, &mut checked.sources);
        checked
    }

    /// A finding for each number of the baseline. Those that it does not have, since it is older
    /// than they are, cannot have changed.
    fn compare(
        &self,
        spec: &str,
        kept: &Figures,
        figures: &Figures,
        sources: &mut Sources,
    ) -> Vec<Finding> {
        let mut id = None;
        let mut one = |(path, old): (&String, &Figure)| {
            let new = figures.get(path);
            if new == Some(old) {
                let number = old.shown(unit(path));
                return finding(path, &number, Some(number.clone()));
            }
            let id = *id.get_or_insert_with(|| self.source(sources));
            let span = self.places.number(spec, path, id);
            self.moved(spec, path, (old, new), span)
        };
        kept.iter().map(&mut one).collect()
    }

    fn moved(
        &self,
        spec: &str,
        path: &str,
        (old, new): (&Figure, Option<&Figure>),
        span: Span,
    ) -> Finding {
        let unit = unit(path);
        let (was, is) = match new {
            None => (old.shown(unit), None),
            Some(new) => {
                let [was, is] = Figure::both(old, new, unit);
                (was, Some(is))
            }
        };
        let (number, of) = (quote(path), quote(spec));
        let difference = old.value().zip(new.and_then(Figure::value)).and_then(|(old, new)| {
            let sign = if new > old { "+" } else { "" };
            let percent = change(old, new).map_or_else(String::new, |p| format!(" ({p})"));
            Some(format!("{sign}{}{percent}", exact(new.checked_sub(old)?)))
        });
        let message = match (&is, &difference) {
            (None, _) => format!("a plan of {of} has no number {number}; the baseline has {was}"),
            (Some(is), None) => format!("{number} of {of} is {is}; the baseline has {was}"),
            (Some(is), Some(difference)) => {
                format!("{number} of {of} is {is}; the baseline has {was}: {difference}")
            }
        };
        let diagnostic = self.problem(message).at(span, "");
        let finding = Finding { off: difference, ..finding(path, &was, is) };
        broken(finding, diagnostic)
    }

    /// A spec that the baseline has and that is not there any more.
    fn gone(&self, spec: &str, file: String) -> Checked {
        let mut sources = Sources::default();
        let id = self.source(&mut sources);
        let message = format!("{} is in the baseline and no longer there", quote(spec));
        let diagnostic = self.problem(message).at(self.places.spec(spec, id), "");
        let finding = finding("spec", "one of the baseline", Some("gone".into()));
        let findings = vec![broken(finding, diagnostic)];
        Checked { file, findings, sources, ..Checked::default() }
    }

    fn problem(&self, message: String) -> Diagnostic {
        let help = format!("if this is meant, accept it: `{}`", self.accept);
        Diagnostic::error(Code::Drift, message).help(help)
    }

    /// The baseline's text among the sources of a spec; they share it.
    fn source(&self, sources: &mut Sources) -> SourceId {
        sources.add(Arc::clone(&self.baseline.source))
    }
}

fn finding(path: &str, expected: &str, actual: Option<String>) -> Finding {
    Finding {
        origin: Origin::Baseline,
        path: path.to_owned(),
        severity: Severity::Error,
        expected: expected.to_owned(),
        actual,
        value: None,
        off: None,
        breach: None,
        status: Status::Holds,
        diagnostic: None,
    }
}

fn broken(finding: Finding, diagnostic: Diagnostic) -> Finding {
    Finding { status: Status::Broken, diagnostic: Some(Box::new(diagnostic)), ..finding }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_without_an_excerpt_are_the_same() {
        let source = Arc::new(Source::new("f", "é: 1\n\nab: 2\ncd: 3"));
        let mut sources = Sources::default();
        let id = sources.add(source.clone());
        let found = |at: usize| {
            let problem = Diagnostic::error(Code::Drift, "m").at(Span::new(id, at, at), "");
            broken(finding("p", "e", None), problem)
        };
        let places = [0, 4, 5, 6, 7, 11, 13, 18];
        let findings = places.map(found).to_vec();
        let mut checked = [Checked { findings, ..Checked::default() }];
        shorten(&mut checked, &source, 1);
        let problems: Vec<_> = checked[0].diagnostics().collect();
        assert!(problems[0].primary.is_some());
        for (problem, at) in problems.iter().zip(places).skip(1) {
            let (line, column) = source.line_column(at as u32);
            assert_eq!(problem.origin, Some(format!("f:{line}:{column}")), "{at}");
            assert!(problem.primary.is_none());
        }
    }
}
