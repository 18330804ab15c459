//! Results as JSON. The keys are stable, the texts are those of the files, to the letter.
//!
//! | key | what it is |
//! |---|---|
//! | `schema_version` | 1; raised when a key changes its meaning or goes, not for new keys |
//! | `command` | `check`, `diff`, `baseline` |
//! | `outcome` | of the run: `ok`, `warn`, `broken` (exit code 1), `error` (exit code 2) |
//! | `fail_on_warn` | whether warnings make the outcome `broken` |
//! | `counts` | of `specs`: how many there are, and how many are `ok`, `warn`, `broken`, `error` |
//! | `specs[]` | in the order in which they were named |
//! | `.file`, `.name`, `.outcome` | the file as it was named; the pipeline's name, `null` if unreadable |
//! | `.findings[]` | every expectation and limit, held or not |
//! | `.findings[].rule` | what asks: `expect`, `policy/NAME`, `max-increase/LIMIT`, `baseline` |
//! | `.findings[].path` | the number or shape: `params.total`, `bridge.output` |
//! | `.findings[].severity` | `error`, `warn`: how bad it is if it does not hold |
//! | `.findings[].status` | `holds`, `broken`, or `unclear` if a plan has no such number |
//! | `.findings[].expected`, `.actual`, `.off` | exact, as text with units; `actual` and `off` may be `null` |
//! | `.findings[].value` | the number of `actual`, exactly; `null` for shapes and what is not known |
//! | `.problems[]` | faults (`severity` `error`), then warnings (`warn`) about the spec itself |
//! | `rules[]` | of policies: `name`, `file`, how many specs `matched` and how many it found `broken` |
//!
//! Findings and problems also have `file`, `line`, `column` (from 1, in characters), `code`,
//! `message`, `notes[]` and `help` of what is wrong; `null` or empty where there is nothing to say.

use serde_json::{Map, Number, Value, json};

use super::case::{Case, Subject, cases};
use super::words::word;
use super::{ReportPrinter, View};
use crate::check::{Checked, Outcome, Results, Status};
use crate::diag::json_text;
use crate::render::Format;
use crate::spec::Severity;

/// Raised when a key changes its meaning or goes; new keys do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// Reports as JSON.
pub const FORMAT: Format<ReportPrinter> =
    Format { name: "json", about: "Every finding and problem, with stable keys", printer: print };

/// The results as one object.
fn print(results: &Results, _: &View) -> String {
    let count = |outcome| results.count(outcome);
    json_text(&json!({
        "schema_version": SCHEMA_VERSION,
        "command": results.command,
        "outcome": word(results.outcome()),
        "fail_on_warn": results.fail_on_warn,
        "counts": {
            "specs": results.checked.len(),
            "ok": count(Outcome::Ok),
            "warn": count(Outcome::Warned),
            "broken": count(Outcome::Broken),
            "error": count(Outcome::Error),
        },
        "specs": results.checked.iter().map(spec).collect::<Vec<_>>(),
        "rules": results.rules.iter().map(|rule| json!({
            "name": rule.name,
            "file": rule.file,
            "matched": rule.matched,
            "broken": rule.broken,
        })).collect::<Vec<_>>(),
    }))
}

/// An exact integer, or null.
fn exact_number(value: Option<i128>) -> Value {
    value.and_then(Number::from_i128).map_or(Value::Null, Value::Number)
}

/// What was found of a spec.
pub fn spec(checked: &Checked) -> Value {
    let (findings, problems): (Vec<Case>, Vec<Case>) =
        cases(checked).partition(|case| case.finding().is_some());
    let all = |cases: Vec<Case>| cases.iter().map(case).collect::<Vec<_>>();
    json!({
        "file": checked.file,
        "name": checked.name,
        "outcome": word(checked.outcome()),
        "findings": all(findings),
        "problems": all(problems),
    })
}

fn case(case: &Case) -> Value {
    let mut value = match case.subject {
        Subject::Finding(finding) => json!({
            "rule": finding.origin.name(),
            "path": finding.path,
            "severity": match finding.severity {
                Severity::Error => "error",
                Severity::Warn => "warn",
            },
            "status": match finding.status {
                Status::Holds => "holds",
                Status::Broken => "broken",
                Status::Unclear => "unclear",
            },
            "expected": finding.expected,
            "actual": finding.actual,
            "value": exact_number(finding.value),
            "off": finding.off,
        }),
        Subject::Fault(_) => json!({"severity": "error"}),
        Subject::Warning(_) => json!({"severity": "warn"}),
        // Findings are told one by one.
        Subject::Together(_) => json!({}),
    };
    if let Value::Object(map) = &mut value {
        map.extend(problem(case));
    }
    value
}

/// The place and the words of what is wrong.
fn problem(case: &Case) -> Map<String, Value> {
    let wrong = case.outcome() != Outcome::Ok;
    let place = wrong.then(|| case.place());
    let start = place.as_ref().and_then(|place| place.start);
    let diagnostic = case.diagnostic();
    let keys = [
        ("file", json!(place.map(|place| place.file))),
        ("line", json!(start.map(|(line, _)| line))),
        ("column", json!(start.map(|(_, column)| column))),
        ("code", json!(wrong.then(|| case.code().as_str()))),
        ("message", json!(wrong.then(|| case.message()))),
        ("notes", json!(diagnostic.map_or(&[][..], |diagnostic| &diagnostic.notes))),
        ("help", json!(diagnostic.and_then(|diagnostic| diagnostic.help.as_ref()))),
    ];
    keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
