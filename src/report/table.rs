//! Results for a terminal: a line for each spec, and below it what does not hold.

use std::fmt::Write as _;

use super::words::{said, summary, used, word};
use super::{ReportPrinter, View};
use crate::check::{Finding, Outcome, Results};
use crate::diag::sanitize;
use crate::render::{Format, wrapped};

/// What does not hold stands below its spec, indented by this.
const INDENT: usize = 8;

/// Reports for a terminal.
pub const FORMAT: Format<ReportPrinter> = Format {
    name: "table",
    about: "A line for each spec, and below it what does not hold",
    printer: ReportPrinter::new(print),
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
        let problems = checked.findings.iter().filter(|finding| finding.outcome() != Outcome::Ok);
        for finding in problems {
            for line in
                wrapped(&line(finding), "  ", view.width.map(|width| width.max(60) - INDENT))
            {
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
    let text = format!(
        "{} is {actual}, expected {}{off} [{}]",
        finding.path,
        finding.expected,
        finding.origin.name()
    );
    sanitize(&text).into_owned()
}

fn paint(text: &str, outcome: Outcome, color: bool) -> String {
    let code = match outcome {
        _ if !color => return text.to_owned(),
        Outcome::Ok => 32,
        Outcome::Warned => 33,
        Outcome::Broken | Outcome::Error => 31,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
