//! Results as TAP version 14, the Test Anything Protocol: a test point for each finding and warning.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::case::{Case, cases};
use super::{ReportPrinter, View};
use crate::check::{Outcome, Results};
use crate::diag::sanitize;
use crate::render::Format;

/// Reports as TAP.
pub const FORMAT: Format<ReportPrinter> =
    Format { name: "tap", about: "TAP version 14: a test point for each finding", printer: print };

/// A plan, then the test points.
fn print(results: &Results, _: &View) -> String {
    let points: Vec<Vec<Case>> = results
        .checked
        .iter()
        .flat_map(|checked| {
            let fault = |case: &Case| case.finding().is_none() && case.outcome() == Outcome::Error;
            let (faults, others): (Vec<Case>, Vec<Case>) = cases(checked).partition(fault);
            let unreadable = (!faults.is_empty()).then_some(faults);
            unreadable.into_iter().chain(others.into_iter().map(|case| vec![case]))
        })
        .collect();
    let mut out = String::from("TAP version 14\n");
    // Writing to a String cannot fail.
    let _ = match points.len() {
        0 => writeln!(out, "1..0 # SKIP no expectations"),
        count => writeln!(out, "1..{count}"),
    };
    for (at, point) in points.iter().enumerate() {
        print_point(&mut out, at + 1, point, results);
    }
    out
}

/// One finding or warning, or all faults of a spec.
fn print_point(out: &mut String, number: usize, point: &[Case], results: &Results) {
    let Some(case) = point.first() else { return };
    let outcome = case.outcome();
    let verdict = if outcome == Outcome::Ok { "ok" } else { "not ok" };
    let todo = outcome == Outcome::Warned && !case.fails(results);
    let directive = if todo { " # TODO a warning does not fail the run" } else { "" };
    let title = match (outcome, case.finding()) {
        (Outcome::Error, None) => case.checked.trouble().unwrap_or_default().to_owned(),
        _ => case.title(),
    };
    let description = described(&format!("{}: {title}", case.checked.file));
    let _ = writeln!(out, "{verdict} {number} - {description}{directive}");
    if outcome != Outcome::Ok {
        let severity = if todo { "todo" } else { "fail" };
        let _ = writeln!(out, "  ---\n  severity: {severity}");
        for (key, value) in diagnostic(case) {
            let _ = writeln!(out, "  {key}: {value}");
        }
        let more: Vec<Value> = point[1..].iter().map(|case| json!(diagnostic(case))).collect();
        if !more.is_empty() {
            let _ = writeln!(out, "  more: {}", json!(more));
        }
        out.push_str("  ...\n");
    }
}

/// What is wrong. Its values are written as JSON, which YAML contains.
fn diagnostic(case: &Case) -> Map<String, Value> {
    let safe = |text: &str| Value::from(sanitize(text));
    let mut keys = Map::new();
    let mut set = |key: &str, value| keys.insert(key.to_owned(), value);
    set("code", safe(case.code().as_str()));
    set("message", safe(&case.message()));
    if let Some(finding) = case.finding() {
        let maybe = |text: &Option<String>| text.as_deref().map(safe);
        let data = json!({
            "path": safe(&finding.path),
            "rule": safe(&finding.origin.name()),
            "expected": safe(&finding.expected),
            "actual": maybe(&finding.actual),
            "off": maybe(&finding.off),
        });
        set("data", data);
    }
    let place = case.place();
    set(
        "at",
        json!({
            "file": safe(place.file),
            "line": place.start.map(|(line, _)| line),
            "column": place.start.map(|(_, column)| column),
        }),
    );
    if let Some(help) = case.diagnostic().and_then(|diagnostic| diagnostic.help.as_deref()) {
        set("help", safe(help));
    }
    keys
}

/// Text of a description: a `#` would begin a directive.
fn described(text: &str) -> String {
    sanitize(text).replace('\\', "\\\\").replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_skip_its_test() {
        assert_eq!(described("a # TODO \\# SKIP\nok 2"), r"a \# TODO \\\# SKIP\\u{a}ok 2");
    }
}
