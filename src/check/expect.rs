//! The `expect:` block: paths of the plan's JSON and what must stand there.

use serde_json::Value;

use crate::diag::{Code, Diagnostic, quote};
use crate::spec::{Expectation, Spec};
use crate::units::exact;

/// The most problems that are reported at once.
const MOST: usize = 50;

/// What became of the expectations of a spec.
#[derive(Debug, Default)]
pub struct Findings {
    /// Those that do not hold or name nothing, the first of them.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
    /// Whether some name no number that a plan has, so that nothing can be said.
    pub is_bad_input: bool,
}

/// An expectation that does not hold, or names nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The path in the plan's JSON.
    pub path: String,
    /// What was expected, and what was found.
    pub diagnostic: Diagnostic,
}

/// Compares the expectations of a spec with its plan, as JSON.
pub fn check(spec: &Spec, plan: &Value) -> Findings {
    let mut findings = Findings::default();
    let mut known = Vec::new();
    for (path, expectation) in &spec.expect {
        let finding = finding(path, expectation, lookup(plan, path));
        if finding == Finding::Holds {
            continue;
        }
        findings.is_bad_input |= finding == Finding::NoNumber;
        if findings.problems.len() == MOST {
            findings.more += 1;
            continue;
        }
        let diagnostic = match finding {
            Finding::Broken(diagnostic) => diagnostic,
            _ => {
                if known.is_empty() {
                    numbers("", plan, &mut known);
                }
                unknown(path, &known)
            }
        };
        findings.problems.push(Problem { path: path.clone(), diagnostic });
    }
    findings
}

/// What became of one expectation.
#[derive(Debug, PartialEq)]
enum Finding {
    Holds,
    Broken(Diagnostic),
    /// There is no number at its path.
    NoNumber,
}

fn finding(path: &str, expectation: &Expectation, found: Option<&Value>) -> Finding {
    let number = match found {
        Some(Value::Number(number)) => number.as_i128(),
        Some(Value::Null) => {
            let message = format!("`{path}` is still symbolic; expected {expectation}");
            let help = "give the sizes that it depends on; `vlmcalc plan --formulas` shows them";
            return Finding::Broken(Diagnostic::error(Code::Expectation, message).help(help));
        }
        _ => None,
    };
    let Some(found) = number else { return Finding::NoNumber };
    if expectation.holds(found) {
        return Finding::Holds;
    }
    let message = format!("`{path}` is {}; expected {expectation}", exact(found));
    let off = format!("off by {}", exact(expectation.distance(found)));
    Finding::Broken(Diagnostic::error(Code::Expectation, message).note(off))
}

/// The value at a dotted path; items of lists by their index.
fn lookup<'a>(plan: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(plan, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => value.get(key),
    })
}

fn unknown(path: &str, known: &[String]) -> Diagnostic {
    let help = match near(path, known) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`vlmcalc plan --format json` shows the paths of a plan".to_owned(),
    };
    let message = format!("a plan has no number {}", quote(path));
    Diagnostic::error(Code::UnknownKey, message).help(help)
}

/// The path of a number that is similar, or the first below the path.
fn near<'a>(path: &str, known: &'a [String]) -> Option<&'a String> {
    let limit = 1.max(path.len() / 3);
    let distance = |known: &&String| {
        let alike = known.len().abs_diff(path.len()) <= limit;
        let distance = alike.then(|| strsim::damerau_levenshtein(known, path));
        distance.filter(|distance| *distance <= limit)
    };
    let close = known.iter().filter_map(|known| Some((distance(&known)?, known))).min();
    let below = || known.iter().find(|known| known.starts_with(path));
    close.map(|(_, known)| known).or_else(below)
}

/// The paths of all numbers of the plan.
fn numbers(path: &str, value: &Value, paths: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| numbers(&below(key), value, paths));
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.for_each(|(at, value)| numbers(&below(&at.to_string()), value, paths));
        }
        Value::Number(_) | Value::Null => paths.push(path.to_owned()),
        _ => {}
    }
}
