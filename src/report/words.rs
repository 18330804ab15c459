//! The words that reports share.

use crate::check::{Checked, Outcome, Results, RuleUse};

/// One word for how something came out.
pub fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Warned => "warn",
        Outcome::Broken => "broken",
        Outcome::Error => "error",
    }
}

/// `17 ok, 1 broken, 0 with errors`.
pub fn summary(results: &Results) -> String {
    if results.checked.is_empty() {
        return "nothing to check".to_owned();
    }
    let count = |outcome| results.count(outcome);
    let warned = match count(Outcome::Warned) {
        0 => String::new(),
        warned => format!("{warned} with warnings, "),
    };
    format!(
        "{} ok, {warned}{} broken, {} with errors",
        count(Outcome::Ok),
        count(Outcome::Broken),
        count(Outcome::Error)
    )
}

/// `11 expectations`, `2 of 11 broken`, `cannot be read`.
pub fn said(checked: &Checked) -> String {
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

/// `3 specs`, `1 spec, broken by 1`.
pub fn used(rule: &RuleUse) -> String {
    let specs = if rule.matched == 1 { "spec" } else { "specs" };
    let broken = match rule.broken {
        0 => String::new(),
        broken => format!(", broken by {broken}"),
    };
    format!("{} {specs}{broken}", rule.matched)
}
