//! The words that reports share.

use crate::check::{Checked, Finding, Origin, Outcome, Results, RuleUse};
use crate::units;

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

/// `11 expectations, 2 limits`, `2 of 13 broken`, `cannot be read`.
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
    if said.is_empty() { kept(checked) } else { said.join(", ") }
}

/// What was held against a spec: `11 expectations, 2 limits`.
fn kept(checked: &Checked) -> String {
    let kind = |finding: &Finding| match finding.origin {
        Origin::Expect => 0,
        Origin::Policy { .. } | Origin::Increase(_) => 1,
        Origin::Baseline => 2,
    };
    let counted = |(at, noun): (usize, &str)| {
        let count = checked.findings.iter().filter(|finding| kind(finding) == at).count();
        (count > 0).then(|| units::counted(count as i128, noun))
    };
    let kinds = ["expectation", "limit", "number"].into_iter().enumerate();
    let kept: Vec<String> = kinds.filter_map(counted).collect();
    if kept.is_empty() { "no expectations".to_owned() } else { kept.join(", ") }
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
