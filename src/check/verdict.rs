//! What became of the expectations of a plan.

use super::expect::{Findings, Problem, check};
use crate::diag::Diagnostic;
use crate::planned::Planned;
use crate::render::{numbers, totals};

/// What became of the expectations of a plan.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Those that do not hold or cannot, each with its place, in the order of the text.
    pub problems: Vec<Diagnostic>,
    /// Whether some name no number that a plan has, so that nothing can be said.
    pub is_bad_input: bool,
}

/// Compares the expectations of a spec with its plan.
pub fn verdict(planned: &Planned) -> Verdict {
    let Planned { report, loaded } = planned;
    if loaded.spec.expect.is_empty() {
        return Verdict::default();
    }
    let mut findings = check(&loaded.spec, &totals(report));
    if findings.is_bad_input {
        // What is no total may stand in the stages or among the symbols.
        findings = check(&loaded.spec, &numbers(report));
    }
    let Findings { problems, more, is_bad_input } = findings;
    let located = |problem: Problem| problem.diagnostic.at(loaded.expectation(&problem.path), "");
    let mut problems: Vec<Diagnostic> = problems.into_iter().map(located).collect();
    problems.sort_by_key(|d| d.primary.as_ref().map(|label| (label.span.source, label.span.start)));
    if more > 0
        && let Some(last) = problems.last_mut()
    {
        last.notes.push(format!("{more} more expectations like these"));
    }
    Verdict { problems, is_bad_input }
}
