//! Plans that were saved as JSON: `vlmcalc plan --format json > base.json`.

mod plan;

use serde_json::Value;

pub use plan::Saved;

use crate::cost::numbers::SCHEMA_VERSION;
use crate::diag::{Code, Diagnostic, Source, SourceId, Span};

/// The most bytes of saved plans: some thousands of them.
pub const MOST_BYTES: usize = 256 << 20;

/// The plans that a text holds; none if it is no JSON of plans, but perhaps a spec.
///
/// # Errors
/// A diagnostic if it is broken JSON, or the plans are of a newer version.
pub fn plans(source: &Source, id: SourceId) -> Option<Result<Vec<Value>, Diagnostic>> {
    let named_so = source.name.ends_with(".json");
    if !named_so && !source.text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let value = match serde_json::from_str::<Value>(&source.text) {
        Ok(value) => value,
        Err(error) => return named_so.then(|| Err(broken(source, id, &error))),
    };
    let plans = match value {
        Value::Array(plans) if !plans.is_empty() && plans.iter().all(is_plan) => plans,
        plan if is_plan(&plan) => vec![plan],
        _ => return None,
    };
    let newest = plans.iter().filter_map(|plan| plan["schema_version"].as_u64()).max();
    Some(match newest {
        Some(version) if version > u64::from(SCHEMA_VERSION) => Err(newer(source, version)),
        _ => Ok(plans),
    })
}

fn is_plan(value: &Value) -> bool {
    ["schema_version", "tokens", "params"].iter().all(|key| value.get(key).is_some())
}

fn newer(source: &Source, version: u64) -> Diagnostic {
    let message = format!("the plan is of schema version {version}, newer than this program's");
    Diagnostic::error(Code::BadValue, message)
        .from_file(&source.name)
        .help("update vlmcalc, or save the plan with this version")
}

fn broken(source: &Source, id: SourceId, error: &serde_json::Error) -> Diagnostic {
    let line_start = source.text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let start: usize = line_start.map(str::len).sum();
    let at = (start + error.column().saturating_sub(1)).min(source.text.len());
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or_default();
    Diagnostic::error(Code::BadValue, format!("this is no JSON: {words}"))
        .at(Span::new(id, at, at), "")
        .help("`vlmcalc plan --format json > FILE` saves a plan")
}
