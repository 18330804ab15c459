//! The problems of many specs, each told once.

use std::collections::BTreeMap;

use super::finding::{Checked, Kind};
use crate::diag::{Diagnostic, Sources, quote, render};

/// The most specs that are named.
const MOST_NAMED: usize = 5;

/// Every problem with its texts. One in an argument of the command line, as `--set`, may be one of
/// several specs, of which there are so many: it is told once, with the names of those that have
/// it.
pub fn told(checked: &[Checked], specs: usize) -> Vec<(Diagnostic, &Sources)> {
    let mut problems: Vec<(Diagnostic, &Sources)> = Vec::new();
    let mut of_arguments: BTreeMap<String, (usize, Vec<&str>)> = BTreeMap::new();
    for one in checked {
        let is_one_of_many = specs > 1 && one.kind == Kind::Spec;
        for problem in one.diagnostics() {
            if is_one_of_many && is_in_argument(problem, &one.sources) {
                let text = render(problem, &one.sources, false);
                let (at, names) = of_arguments.entry(text).or_insert((problems.len(), Vec::new()));
                names.push(&one.file);
                if *at < problems.len() {
                    continue;
                }
            }
            problems.push((problem.clone(), &one.sources));
        }
    }
    for (at, names) in of_arguments.into_values() {
        let named = names.iter().take(MOST_NAMED).map(|name| quote(name));
        let mut note = format!("in {}", named.collect::<Vec<_>>().join(", "));
        if names.len() > MOST_NAMED {
            note.push_str(&format!(" and {} more", names.len() - MOST_NAMED));
        }
        problems[at].0.notes.push(note);
    }
    problems
}

fn is_in_argument(problem: &Diagnostic, sources: &Sources) -> bool {
    let place = problem.primary.as_ref();
    place.is_some_and(|label| sources.get(label.span.source).name.starts_with("--"))
}
