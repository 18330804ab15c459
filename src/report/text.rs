//! Results for a person: each problem once, in full, with its place in the file; then a summary.

use std::collections::BTreeMap;

use super::words::{paint, summary, total};
use super::{ReportPrinter, View};
use crate::check::{Outcome, Results, told};
use crate::diag::{Diagnostic, pages, render};
use crate::render::Format;

/// Reports for a person.
pub const FORMAT: Format<ReportPrinter> = Format {
    name: "text",
    about: "Each problem with its place and a hint, then a summary, for people",
    printer: print,
};

/// The problems, where to read more about them, and how many specs came out how.
fn print(results: &Results, view: &View) -> String {
    let problems = told(&results.checked, results.checked.len());
    let mut out = String::new();
    for (at, (problem, sources)) in problems.iter().enumerate() {
        let next = problems.get(at + 1).map(|(next, _)| next);
        // What helps against several stands after the last of them.
        let is_shared = next.is_some_and(|next| helps_both(problem, next));
        let text = match is_shared {
            true => render(&Diagnostic { help: None, ..problem.clone() }, sources, view.color),
            false => render(problem, sources, view.color),
        };
        out.push_str(text.trim_end());
        out.push_str("\n\n");
    }
    let kinds: BTreeMap<_, _> =
        problems.iter().map(|(problem, _)| (problem.code, problem.severity)).collect();
    out.push_str(&pages(&kinds));
    if !view.quiet || !problems.is_empty() {
        let outcome = results.outcome();
        let said = if outcome == Outcome::Ok { total(results) } else { summary(results) };
        out.push_str(&paint(&said, outcome, view.color));
        out.push('\n');
    }
    out
}

/// Whether two problems of one kind are helped by the same.
fn helps_both(one: &Diagnostic, next: &Diagnostic) -> bool {
    one.code == next.code && one.help.is_some() && one.help == next.help
}
