//! What reports say one by one: a finding, a fault of a spec, or a warning about it.

use crate::check::{Checked, Finding, Outcome, Results, Status};
use crate::diag::{Code, Diagnostic, Span, quote, render};

/// One thing that a report says of a spec.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The spec.
    pub checked: &'a Checked,
    /// What is said of it.
    pub subject: Subject<'a>,
}

/// What a case is about.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// An expectation or a limit.
    Finding(&'a Finding),
    /// Why the spec cannot be read or counted.
    Fault(&'a Diagnostic),
    /// What is probably not meant.
    Warning(&'a Diagnostic),
    /// Broken findings that are told together.
    Together(&'a Diagnostic),
}

/// A place in a file. Lines and columns count from 1, columns in characters; the end is the column
/// after the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The file as it was named.
    pub file: &'a str,
    /// Line and column.
    pub start: Option<(usize, usize)>,
    /// Line and column of the end, where that is known.
    pub end: Option<(usize, usize)>,
}

/// Everything that is said of a spec: faults, warnings, then findings.
pub fn cases(checked: &Checked) -> impl Iterator<Item = Case<'_>> {
    let faults = checked.faults.iter().map(Subject::Fault);
    let warnings = checked.warnings.iter().map(Subject::Warning);
    let findings = checked.findings.iter().map(Subject::Finding);
    faults.chain(warnings).chain(findings).map(move |subject| Case { checked, subject })
}

/// Everything that does not hold, of all specs, finding by finding.
pub fn problems(results: &Results) -> impl Iterator<Item = Case<'_>> {
    let all = results.checked.iter().flat_map(cases);
    all.filter(|case| case.outcome() != Outcome::Ok)
}

/// Everything that does not hold, as a person is told of it: once, and together what belongs
/// together.
pub fn told(results: &Results) -> impl Iterator<Item = Case<'_>> {
    let alone = problems(results)
        .filter(|case| case.finding().is_none() || case.checked.together.is_empty());
    let together = results.checked.iter().flat_map(|checked| {
        let case = |told| Case { checked, subject: Subject::Together(told) };
        checked.together.iter().map(case)
    });
    alone.chain(together)
}

impl<'a> Case<'a> {
    /// How it came out.
    pub fn outcome(&self) -> Outcome {
        match self.subject {
            Subject::Finding(finding) => finding.outcome(),
            Subject::Fault(_) => Outcome::Error,
            Subject::Warning(_) => Outcome::Warned,
            Subject::Together(_) => Outcome::Broken,
        }
    }

    /// Whether it fails the run.
    pub fn fails(&self, results: &Results) -> bool {
        match self.outcome() {
            Outcome::Ok => false,
            Outcome::Warned => results.fail_on_warn,
            Outcome::Broken | Outcome::Error => true,
        }
    }

    /// The finding, if it is about one.
    pub fn finding(&self) -> Option<&'a Finding> {
        match self.subject {
            Subject::Finding(finding) => Some(finding),
            Subject::Fault(_) | Subject::Warning(_) | Subject::Together(_) => None,
        }
    }

    /// The problem in full. What holds has none, nor have the last of very many problems.
    pub fn diagnostic(&self) -> Option<&'a Diagnostic> {
        match self.subject {
            Subject::Finding(finding) => finding.diagnostic.as_deref(),
            Subject::Fault(diagnostic)
            | Subject::Warning(diagnostic)
            | Subject::Together(diagnostic) => Some(diagnostic),
        }
    }

    /// The kind of problem. One that is not written in full is of the same kind as its like.
    pub fn code(&self) -> Code {
        let like = |finding: &&Finding| {
            let same =
                |own: &Finding| (&finding.origin, finding.status) == (&own.origin, own.status);
            finding.diagnostic.is_some() && self.finding().is_some_and(same)
        };
        let alike = || self.checked.findings.iter().find(like)?.diagnostic.as_deref();
        self.diagnostic().or_else(alike).map_or(Code::Expectation, |diagnostic| diagnostic.code)
    }

    /// A short name: the number and what asks for it, or the kind of problem.
    pub fn title(&self) -> String {
        match self.subject {
            Subject::Finding(finding) => format!("{} [{}]", finding.path, finding.origin.name()),
            Subject::Fault(diagnostic)
            | Subject::Warning(diagnostic)
            | Subject::Together(diagnostic) => diagnostic.code.as_str().to_owned(),
        }
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> String {
        match (self.diagnostic(), self.finding()) {
            (Some(diagnostic), _) => diagnostic.message.clone(),
            (None, Some(finding)) => said(finding),
            (None, None) => String::new(),
        }
    }

    /// What is wrong with its notes, its changes and its hint, a line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.message()];
        if let Some(diagnostic) = self.diagnostic() {
            lines.extend(diagnostic.notes.iter().cloned());
            lines.extend(diagnostic.change_lines());
            lines.extend(diagnostic.help.iter().map(|help| format!("help: {help}")));
        }
        lines
    }

    /// The problem as a person reads it, with an excerpt of the file: safe, several lines.
    pub fn text(&self) -> String {
        match self.diagnostic() {
            Some(diagnostic) => render(diagnostic, &self.checked.sources, false),
            None => crate::diag::sanitize(&self.message()).into_owned(),
        }
    }

    /// Whether the problem is in the spec itself, not in a policy.
    pub fn in_spec(&self) -> bool {
        let (named, file) = (self.checked.file.as_str(), self.place().file);
        // Standard input and presets are named otherwise where they are shown.
        file == named || file == "<stdin>" || file.strip_prefix("preset ") == Some(named)
    }

    /// Where the problem is: in the spec as a whole if nothing is known.
    pub fn place(&self) -> Place<'a> {
        let spec = Place { file: &self.checked.file, start: None, end: None };
        let Some(diagnostic) = self.diagnostic() else { return spec };
        match (&diagnostic.primary, &diagnostic.origin) {
            (Some(label), _) => place(self.checked, label.span),
            (None, Some(origin)) if origin != spec.file => named(origin),
            (None, _) => spec,
        }
    }
}

/// The place of a span.
pub fn place(checked: &Checked, span: Span) -> Place<'_> {
    let source = checked.sources.get(span.source);
    let at = |offset| Some(source.line_column(offset));
    Place { file: &source.name, start: at(span.start), end: at(span.end) }
}

/// The place that a name such as `vlm.yaml:2:4` says.
fn named(origin: &str) -> Place<'_> {
    let position = || {
        let (before, column) = origin.rsplit_once(':')?;
        let (file, line) = before.rsplit_once(':')?;
        Some((file, (line.parse().ok()?, column.parse().ok()?)))
    };
    let (file, start) = position().map_or((origin, None), |(file, start)| (file, Some(start)));
    Place { file, start, end: None }
}

/// What became of a finding, in the words of its message.
fn said(finding: &Finding) -> String {
    let (path, expected) = (quote(&finding.path), &finding.expected);
    match (&finding.actual, finding.status) {
        (Some(actual), Status::Holds) => format!("{path} is {actual}, {expected}"),
        (Some(actual), _) => format!("{path} is {actual}; expected {expected}"),
        (None, Status::Unclear) => format!("a plan has no number {path}"),
        (None, _) => format!("{path} is still symbolic; expected {expected}"),
    }
}
