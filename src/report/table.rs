//! Results as a list: a line for each spec, and below it a line for each thing that does not hold.

use std::fmt::Write as _;

use super::case::{Subject, cases};
use super::words::{paint, said, summary, used, word};
use super::{ReportPrinter, View};
use crate::check::{Finding, Outcome, Results, Status};
use crate::diag::sanitize;
use crate::render::{Format, wrapped};

/// What does not hold stands below its spec, indented by this.
const INDENT: usize = 8;

/// Narrower terminals get lines of this width.
const LEAST_WIDTH: usize = 60;

/// Reports as a list.
pub const FORMAT: Format<ReportPrinter> = Format {
    name: "table",
    about: "A line for each spec, and below it one for each thing that does not hold",
    printer: print,
};

/// The lines, then a count of specs.
fn print(results: &Results, view: &View) -> String {
    let mut out = String::new();
    for checked in &results.checked {
        let outcome = checked.outcome();
        if view.quiet && outcome == Outcome::Ok {
            continue;
        }
        let verdict = paint(&format!("{:<6}", word(outcome)), outcome, view.color);
        let _ = writeln!(out, "{verdict}  {}  ({})", sanitize(&checked.file), said(checked));
        let width = view.width.map(|width| width.max(LEAST_WIDTH) - INDENT);
        for case in cases(checked).filter(|case| case.outcome() != Outcome::Ok) {
            let said = match case.subject {
                Subject::Finding(finding) if finding.status != Status::Unclear => line(finding),
                Subject::Finding(finding) => {
                    format!("{} [{}]", case.message(), finding.origin.name())
                }
                _ => format!("{} [{}]", case.message(), case.title()),
            };
            for line in wrapped(&sanitize(&said), "  ", width) {
                let _ = writeln!(out, "{:INDENT$}{line}", "");
            }
        }
    }
    for rule in &results.rules {
        let (name, file) = (sanitize(&rule.name), sanitize(&rule.file));
        let _ = writeln!(out, "rule {name} of {file}: {}", used(rule));
    }
    out + &summary(results) + "\n"
}

/// `tokens.visual is 576, expected at most 256: off by +320 (+125 %)`.
fn line(finding: &Finding) -> String {
    let actual = finding.actual.as_deref().unwrap_or("not known");
    let off = finding.off.as_ref().map_or_else(String::new, |off| format!(": off by {off}"));
    let (path, rule) = (&finding.path, finding.origin.name());
    format!("{path} is {actual}, expected {}{off} [{rule}]", finding.expected)
}
