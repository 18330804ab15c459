//! The words that reports share.

use crate::check::{Checked, Finding, Kind, Origin, Outcome, Results, RuleUse};
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

/// `18 specs ok (196 expectations, 12 limits)`, where all of them are.
pub fn total(results: &Results) -> String {
    let specs = &results.checked;
    match specs.len() {
        0 => summary(results),
        count => format!("{} ok ({})", units::counted(count as i128, "spec"), kept(specs)),
    }
}

/// `11 expectations, 2 limits`, `2 of 13 broken`, `not a valid spec`.
pub fn said(checked: &Checked) -> String {
    if let Some(trouble) = checked.trouble() {
        return trouble.to_owned();
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
    if said.is_empty() { kept(std::slice::from_ref(checked)) } else { said.join(", ") }
}

/// The claim about a file that its faults refute.
pub fn claim(checked: &Checked) -> &'static str {
    match checked.kind {
        Kind::Spec => "is a valid spec",
        Kind::Policy => "is a valid policy",
        Kind::Baseline => "is a valid baseline",
        Kind::Limit => "names a number",
    }
}

/// What was held against specs: `11 expectations, 2 limits`.
fn kept(specs: &[Checked]) -> String {
    let kind = |finding: &Finding| match finding.origin {
        Origin::Expect => 0,
        Origin::Policy { .. } | Origin::Increase(_) => 1,
        Origin::Baseline => 2,
    };
    let findings = || specs.iter().flat_map(|checked| &checked.findings);
    let counted = |(at, noun): (usize, &str)| {
        let count = findings().filter(|finding| kind(finding) == at).count();
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

/// Words in the colour of how something came out.
pub fn paint(text: &str, outcome: Outcome, color: bool) -> String {
    let code = match outcome {
        _ if !color => return text.to_owned(),
        Outcome::Ok => 32,
        Outcome::Warned => 33,
        Outcome::Broken | Outcome::Error => 31,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}
