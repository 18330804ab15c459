//! A comparison as JSON. The keys are stable; integers are exact, whatever their size.

use serde_json::{Map, Value, json};

use super::super::compare::Comparison;
use super::super::delta::Delta;
use super::super::outcome::{Compared, OneSided};
use super::super::run::Diff;
use super::super::stages::{Sizes, StageDelta, StageState};
use super::{DiffPrinter, View};
use crate::check::{Checked, Finding, Outcome, Status};
use crate::diag::{Diagnostic, json_text};
use crate::render::figure::Stated;
use crate::render::{DEFAULT_DEPTH, Format, exact_json as exact};
use crate::units::Unit;

/// Raised when a key changes its meaning or goes; new keys do not raise it.
const SCHEMA_VERSION: u32 = 1;

/// A comparison as JSON.
pub const FORMAT: Format<DiffPrinter> = Format {
    name: "json",
    about: "JSON with stable keys and exact integers",
    printer: DiffPrinter { print, says_findings: true, depth: DEFAULT_DEPTH },
};

/// One object:
///
/// - `summary`: how many specs `changed`, are `unchanged`, `added`, `removed`, `unreadable`, and
///   how many limits are `broken`;
/// - `changed`: for each pair `base`, `head` (as named), `names`, `design` (`path`, `old`, `new`;
///   null if a saved plan does not say its design), `numbers` and `stages`;
/// - a number: `path`, `unit` (`count`, `flop`, `byte`), `old`, `new`, `change` (null where not
///   known), `percent` (text), and `old_formula` and `new_formula` where a number is not known;
/// - a stage: `path`, `depth`, `state` (`changed`, `added`, `removed`), `numbers` (whose paths are
///   measures), `output` (`old` and `new` shape, null if it is the same);
/// - `added`, `removed`: `file`, `name`, `numbers` by their paths;
/// - `unreadable`: `file` and its `problems` (`code`, `message`);
/// - `warnings`: `file`, `code`, `message`: also of a base that cannot be used;
/// - `findings`: what became of each limit: `file`, `limit`, `path`, `expected`, `actual`, `over`,
///   `status` (`holds`, `broken`, `unclear`), `message`.
fn print(diff: &Diff, _: &View) -> String {
    let (mut changed, mut added, mut removed, mut unchanged) = (vec![], vec![], vec![], 0);
    for compared in &diff.compared {
        match compared {
            Compared::Same => unchanged += 1,
            Compared::Changed(comparison) => changed.push(of_pair(comparison)),
            Compared::Added(side) => added.push(one_sided(side)),
            Compared::Removed(side) => removed.push(one_sided(side)),
        }
    }
    let checked = &diff.results.checked;
    let unreadable: Vec<Value> =
        checked.iter().filter(|checked| !checked.faults.is_empty()).map(unread).collect();
    let warnings = checked
        .iter()
        .flat_map(|checked| checked.warnings.iter().map(|warning| warned(checked, warning)));
    let all = checked
        .iter()
        .flat_map(|checked| checked.findings.iter().map(|found| finding(checked, found)));
    let broken: usize = checked.iter().map(|checked| checked.count(Outcome::Broken)).sum();
    let whole = json!({
        "schema_version": SCHEMA_VERSION,
        "summary": {
            "changed": changed.len(),
            "unchanged": unchanged,
            "added": added.len(),
            "removed": removed.len(),
            "unreadable": unreadable.len(),
            "broken": broken,
        },
        "changed": changed,
        "added": added,
        "removed": removed,
        "unreadable": unreadable,
        "warnings": warnings.collect::<Vec<_>>(),
        "findings": all.collect::<Vec<_>>(),
    });
    json_text(&whole)
}

fn of_pair(comparison: &Comparison) -> Value {
    let design = comparison.design.as_ref().map(|changes| {
        let change = |change: &super::super::Change| {
            json!({"path": change.path, "old": change.old, "new": change.new})
        };
        changes.iter().map(change).collect::<Vec<_>>()
    });
    let [base, head] = &comparison.labels;
    let [base_name, head_name] = &comparison.names;
    json!({
        "base": base,
        "head": head,
        "names": {"base": base_name, "head": head_name},
        "design": design,
        "numbers": comparison.numbers.iter().map(delta).collect::<Vec<_>>(),
        "stages": comparison.stages.iter().map(stage).collect::<Vec<_>>(),
    })
}

fn delta(delta: &Delta) -> Value {
    let unit = match delta.unit {
        Unit::Count => "count",
        Unit::Flop => "flop",
        Unit::Byte => "byte",
    };
    let value = |number: &Option<Stated>| exact(number.as_ref().and_then(Stated::value));
    let mut object = Map::new();
    object.insert("path".into(), json!(delta.path));
    object.insert("unit".into(), unit.into());
    object.insert("old".into(), value(&delta.old));
    object.insert("new".into(), value(&delta.new));
    object.insert("change".into(), exact(delta.change()));
    object.insert("percent".into(), json!(delta.percent()));
    for (key, number) in [("old_formula", &delta.old), ("new_formula", &delta.new)] {
        if let Some(number) = number.as_ref().filter(|number| number.formula().is_some()) {
            object.insert(key.into(), number.text().into());
        }
    }
    Value::Object(object)
}

fn stage(stage: &StageDelta) -> Value {
    let state = match stage.state {
        StageState::Changed => "changed",
        StageState::Added => "added",
        StageState::Removed => "removed",
    };
    let sizes = |sizes: &Option<Sizes>| {
        sizes.as_ref().map(|sizes| sizes.iter().map(|size| exact(*size)).collect::<Vec<_>>())
    };
    let output = stage.output.as_ref();
    let output = output.map(|[old, new]| json!({"old": sizes(old), "new": sizes(new)}));
    json!({
        "path": stage.path,
        "depth": stage.depth,
        "state": state,
        "numbers": stage.numbers.iter().map(delta).collect::<Vec<_>>(),
        "output": output,
    })
}

fn one_sided(side: &OneSided) -> Value {
    let number = |(path, number): &(&str, Stated)| ((*path).to_owned(), exact(number.value()));
    let numbers: Map<String, Value> = side.numbers.iter().map(number).collect();
    json!({"file": side.label, "name": side.name, "numbers": numbers})
}

fn unread(checked: &Checked) -> Value {
    let problem =
        |fault: &Diagnostic| json!({"code": fault.code.as_str(), "message": fault.message});
    let problems: Vec<Value> = checked.faults.iter().map(problem).collect();
    json!({"file": checked.file, "problems": problems})
}

fn warned(checked: &Checked, warning: &Diagnostic) -> Value {
    json!({"file": checked.file, "code": warning.code.as_str(), "message": warning.message})
}

fn finding(checked: &Checked, finding: &Finding) -> Value {
    let status = match finding.status {
        Status::Holds => "holds",
        Status::Broken => "broken",
        Status::Unclear => "unclear",
    };
    json!({
        "file": checked.file,
        "limit": finding.origin.name(),
        "path": finding.path,
        "expected": finding.expected,
        "actual": finding.actual,
        "over": finding.off,
        "status": status,
        "message": finding.diagnostic.as_ref().map(|problem| &problem.message),
    })
}
