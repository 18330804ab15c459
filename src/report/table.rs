//! Results for a terminal: a line for each spec, and below it what does not hold.

use std::fmt::Write as _;

use super::View;
use crate::check::{Checked, Finding, Outcome, Results};
use crate::diag::sanitize;
use crate::render::wrapped;

/// What does not hold stands below its spec, indented by this.
const INDENT: usize = 8;

/// The lines, then a count of specs.
pub fn print(results: &Results, view: &View) -> String {
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
        let broken = match rule.broken {
            0 => String::new(),
            broken => format!(", broken by {broken}"),
        };
        let (name, specs) = (sanitize(&rule.name), specs(rule.matched));
        let _ = writeln!(out, "rule {name} of {}: {specs}{broken}", sanitize(&rule.file));
    }
    out + &summary(results)
}

/// `17 ok, 1 broken, 0 with errors`.
fn summary(results: &Results) -> String {
    if results.checked.is_empty() {
        return "nothing to check\n".to_owned();
    }
    let count = |outcome| results.count(outcome);
    let warned = match count(Outcome::Warned) {
        0 => String::new(),
        warned => format!("{warned} with warnings, "),
    };
    format!(
        "{} ok, {warned}{} broken, {} with errors\n",
        count(Outcome::Ok),
        count(Outcome::Broken),
        count(Outcome::Error)
    )
}

fn specs(count: usize) -> String {
    if count == 1 { "1 spec".to_owned() } else { format!("{count} specs") }
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Warned => "warn",
        Outcome::Broken => "broken",
        Outcome::Error => "error",
    }
}

/// `11 hold`, `2 of 11 broken`, `cannot be read`.
fn said(checked: &Checked) -> String {
    if !checked.faults.is_empty() {
        return "cannot be read".to_owned();
    }
    let all = checked.findings.len();
    let problems = [
        (Outcome::Error, "unclear"),
        (Outcome::Broken, "broken"),
        (Outcome::Warned, "warned about"),
    ];
    let counts = problems.map(|(outcome, word)| (checked.count(outcome), word));
    let said: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} of {all} {word}"))
        .collect();
    match (said.is_empty(), all) {
        (false, _) => said.join(", "),
        (true, 0) => "no expectations".to_owned(),
        (true, 1) => "1 expectation".to_owned(),
        (true, _) => format!("{all} expectations"),
    }
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
