//! Whether an expectation holds of a plan.

use super::judgement::{Breach, Judgement};
use super::shape;
use crate::cost::Report;
use crate::cost::numbers::{Fact, find, unit};
use crate::diag::{Code, Diagnostic, quote};
use crate::render::figure::SYMBOLIC;
use crate::render::{DEFAULT_DEPTH, shape_numbers};
use crate::spec::{Expectation, Requirement};
use crate::units::{Unit, change, exact, full, human};

/// Judges what stands at a path of a plan.
pub fn judge(path: &str, expectation: &Expectation, report: &Report) -> Judgement {
    let Some(fact) = find(report, path, DEFAULT_DEPTH) else { return Judgement::Unknown };
    if let Some(misfit) = misfit(path, expectation, &fact) {
        return Judgement::Senseless(misfit);
    }
    match fact {
        Fact::Shape(actual) => shape::judge(expectation, actual, report),
        Fact::Number(None, _) => {
            let help = "give the sizes that it depends on; `vlmcalc plan --formulas` shows them";
            Judgement::Broken(Breach {
                notes: vec![format!("{} is still {SYMBOLIC}", quote(path))],
                help: Some(help.into()),
                ..Breach::default()
            })
        }
        Fact::Number(Some(number), _) => match distance(number, expectation, report) {
            Some(0) => Judgement::Holds(full(number, unit(path)), Some(number)),
            distance => Judgement::Broken(breach(path, expectation, number, distance)),
        },
    }
}

/// Whether an expectation holds, without the words for it.
pub fn holds(path: &str, expectation: &Expectation, report: &Report) -> bool {
    match find(report, path, DEFAULT_DEPTH) {
        Some(fact @ Fact::Number(Some(number), _)) => {
            misfit(path, expectation, &fact).is_none()
                && distance(number, expectation, report) == Some(0)
        }
        _ => matches!(judge(path, expectation, report), Judgement::Holds(..)),
    }
}

/// How far a number is outside of what is expected; below it is negative. None where that depends
/// on a context that is not known.
pub fn distance(number: i128, expectation: &Expectation, report: &Report) -> Option<i128> {
    for requirement in &expectation.all {
        if matches!(requirement, Requirement::Shape(_)) {
            continue;
        }
        let (least, most) = requirement.range(report.tokens.context.value)?;
        let wanted = match requirement {
            _ if (least..=most).contains(&number) => continue,
            Requirement::Value(value, _) => value.value.round(),
            _ => number.clamp(least, most),
        };
        return Some(number.saturating_sub(wanted));
    }
    Some(0)
}

fn breach(path: &str, expectation: &Expectation, number: i128, distance: Option<i128>) -> Breach {
    let unit = unit(path);
    let found =
        Breach { actual: Some(full(number, unit)), value: Some(number), ..Breach::default() };
    let Some(distance) = distance else {
        return Breach {
            notes: vec!["the context of the LLM is not given".to_owned()],
            help: Some("write the LLM's context: `llm: {context: 4096}`".to_owned()),
            ..found
        };
    };
    let sign = if distance > 0 { "+" } else { "" };
    let percent = change(number.saturating_sub(distance), number);
    let percent = percent.map_or_else(String::new, |percent| format!(" ({percent})"));
    Breach {
        off: Some(distance),
        off_shown: Some(format!("{sign}{}{percent}", exact(distance))),
        help: rounded(expectation, number, unit),
        ..found
    }
}

/// A number that was written in three digits is meant as such: `7.06B` for 7,063,427,072.
fn rounded(expectation: &Expectation, number: i128, unit: Unit) -> Option<String> {
    let [Requirement::Value(value, tolerance)] = &expectation.all[..] else { return None };
    let value = value.value.as_integer()?;
    let alike = tolerance.of(value) == 0
        && human(value, unit) == human(number, unit)
        && number.unsigned_abs() >= 1000;
    alike.then(|| {
        format!(
            "a number is read as exactly as it is written: write `{number}`, or \
             `{{value: {value}, tolerance: 0.5%}}`"
        )
    })
}

/// Why an expectation makes no sense of what it names.
fn misfit(path: &str, expectation: &Expectation, fact: &Fact) -> Option<Diagnostic> {
    let error = |message: String| Some(Diagnostic::error(Code::Mismatch, message));
    let is_shape = matches!(fact, Fact::Shape(_));
    if is_shape && !expectation.is_shape() {
        let help = "write its axes: `[B, 576, 4096]`, or its last number: `tokens.visual: 576`";
        return error(format!("{} is a shape, not a number", quote(path))).map(|d| d.help(help));
    }
    if !is_shape && expectation.is_shape() {
        let help = "shapes are of stages: `bridge.output: [B, 576, 4096]`";
        return error(format!("{} is a number, not a shape", quote(path))).map(|d| d.help(help));
    }
    let of_context = |r: &Requirement| matches!(r, Requirement::FractionOfContext(_));
    if expectation.all.iter().any(of_context) && !path.starts_with("tokens.") {
        let help = "a fraction of the context is of tokens: `tokens.sequence`";
        return error(format!("{} is no number of tokens", quote(path))).map(|d| d.help(help));
    }
    let unit = unit(path);
    let wrong = expectation.bounds().find(|bound| bound.unit.is_some_and(|other| other != unit))?;
    let (is, example) = match unit {
        Unit::Byte => ("bytes", "`2 GiB`, `2 GB` or a number of bytes"),
        Unit::Flop => ("FLOPs", "`9.5 TFLOP`, `9.5T` or a number of FLOPs"),
        Unit::Count => ("a count", "`7.1B`, `100M` or a number"),
    };
    let read = match wrong.unit {
        Some(Unit::Byte) => "bytes",
        Some(Unit::Flop) => "FLOPs",
        _ => "billions",
    };
    error(format!("{} is {is}, and its limit is written in {read}", quote(path)))
        .map(|d| d.help(format!("write {example}")))
}

/// What stands at a path, for messages; nothing where that is not known.
pub(super) fn shown(report: &Report, path: &str) -> Option<String> {
    match find(report, path, DEFAULT_DEPTH)? {
        Fact::Number(number, _) => number.map(|number| full(number, unit(path))),
        Fact::Shape(actual) => Some(shape_numbers(&report.prefill.graph.symbols, actual)),
    }
}
