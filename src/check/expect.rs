//! The `expect:` block: paths of the plan's JSON and what must stand there.

use serde_json::Value;

use crate::diag::{Code, Diagnostic};
use crate::spec::{Expectation, Spec};
use crate::units;

/// An expectation that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// The path in the plan's JSON.
    pub path: String,
    /// What was expected, and what was found.
    pub diagnostic: Diagnostic,
}

/// The expectations of a spec that its plan (as JSON) does not keep.
pub fn broken(spec: &Spec, plan: &Value) -> Vec<Broken> {
    let check = |(path, expectation): (&String, &Expectation)| {
        let diagnostic = check(path, expectation, plan)?;
        Some(Broken { path: path.clone(), diagnostic })
    };
    spec.expect.iter().filter_map(check).collect()
}

fn check(path: &str, expectation: &Expectation, plan: &Value) -> Option<Diagnostic> {
    let found = match lookup(plan, path) {
        None => return Some(unknown(path, plan)),
        Some(Value::Number(number)) => number.as_i128(),
        Some(Value::Null) => {
            let message = format!("`{path}` is still symbolic; expected {expectation}");
            let help = "give the sizes that it depends on; `vlmcalc plan --formulas` shows them";
            return Some(Diagnostic::error(Code::Expectation, message).help(help));
        }
        Some(_) => None,
    };
    let Some(found) = found else {
        let message = format!("`{path}` is not a number of the plan");
        let help = near(path, plan).unwrap_or_else(|| "expect a number below it".to_owned());
        return Some(Diagnostic::error(Code::Expectation, message).help(help));
    };
    if expectation.holds(found) {
        return None;
    }
    let message = format!("`{path}` is {}; expected {expectation}", units::exact(found));
    let off = expectation.distance(found);
    Some(
        Diagnostic::error(Code::Expectation, message).note(format!("off by {}", units::exact(off))),
    )
}

/// The value at a dotted path.
fn lookup<'a>(plan: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(plan, |value, key| value.get(key))
}

fn unknown(path: &str, plan: &Value) -> Diagnostic {
    let help = near(path, plan)
        .unwrap_or_else(|| "`vlmcalc plan --format json` shows the paths of a plan".to_owned());
    Diagnostic::error(Code::Expectation, format!("a plan has no `{path}`")).help(help)
}

/// A number of the plan with a similar path.
fn near(path: &str, plan: &Value) -> Option<String> {
    let mut paths = Vec::new();
    numbers("", plan, &mut paths);
    paths
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(&known, path), known))
        .filter(|(distance, known)| *distance <= 1.max(path.len() / 3) || known.starts_with(path))
        .min()
        .map(|(_, known)| format!("did you mean `{known}`?"))
}

/// The paths of all numbers in maps of the plan.
fn numbers(path: &str, value: &Value, paths: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                numbers(&path, value, paths);
            }
        }
        Value::Number(_) | Value::Null => paths.push(path.to_owned()),
        _ => {}
    }
}
