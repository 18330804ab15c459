//! Numbers of plans side by side: the binary is asked.

use serde_json::Value;
use vlmcalc::internals::units::exact;

use super::markdown::{rows_of, table};
use crate::command::{Ran, vlmcalc, vlmcalc_reading};
use crate::pages::words;

/// The JSON of a plan.
pub fn plan(arguments: &str) -> Value {
    let args = [&["plan", "--format", "json"], &words(arguments)[..]].concat();
    json(vlmcalc(&args))
}

/// The JSON of the plan of a spec.
pub fn plan_of(spec: &str) -> Value {
    json(vlmcalc_reading(&["plan", "--format", "json", "-"], spec))
}

fn json(ran: Ran) -> Value {
    let Ran { code, stdout, stderr } = ran;
    // What a preset expects of itself may not hold of a changed one.
    assert!(code < 2, "{stderr}");
    serde_json::from_str(&stdout).unwrap()
}

/// What stands at a path of a plan.
pub fn at<'a>(plan: &'a Value, path: &str) -> &'a Value {
    let pointer = format!("/{}", path.replace('.', "/"));
    plan.pointer(&pointer).unwrap_or_else(|| panic!("a plan has no `{path}`"))
}

/// The exact number at a path.
pub fn number(plan: &Value, path: &str) -> i128 {
    let value = at(plan, path).as_number().and_then(serde_json::Number::as_i128);
    value.unwrap_or_else(|| panic!("`{path}` has no number"))
}

/// A table: `NAME: ARGUMENTS OF PLAN | … | show: HEADING = PATH | …`. A path may have `/ 2` or
/// `- PATH` after it.
pub fn part(what: &str) -> String {
    let (plans, shown) = what.split_once("| show: ").unwrap();
    let columns: Vec<(&str, &str)> =
        shown.split('|').map(|column| column.trim().split_once(" = ").unwrap()).collect();
    let rows = plans.split('|').map(str::trim).filter(|part| !part.is_empty()).map(|part| {
        let (name, arguments) = part.split_once(": ").unwrap();
        let plan = plan(arguments);
        let cells = columns.iter().map(|(_, path)| exact(value(&plan, path)));
        std::iter::once(name.to_owned()).chain(cells).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let names: Vec<String> = columns.iter().map(|(name, _)| format!("{name}:")).collect();
    let names: Vec<&str> = std::iter::once("").chain(names.iter().map(String::as_str)).collect();
    rows_of(&names, rows)
}

fn value(plan: &Value, expression: &str) -> i128 {
    if let Some((path, divisor)) = expression.split_once(" / ") {
        let (number, divisor) = (number(plan, path), divisor.parse::<i128>().unwrap());
        assert_eq!(number % divisor, 0, "{expression}");
        return number / divisor;
    }
    match expression.split_once(" - ") {
        Some((path, less)) => number(plan, path) - number(plan, less),
        None => number(plan, expression),
    }
}

/// The share of a preset's attention products that a causal mask hides, in its LLM.
pub fn causal(preset: &str) -> String {
    let deep = plan(&format!("{preset} --depth 9"));
    let stages = deep["stages"].as_array().unwrap().iter();
    let products = stages.filter(|stage| stage["operation"] == "causal attention");
    let dense: i128 = products.map(|stage| number(stage, "matmul_flops.value")).sum();
    let (sequence, total) =
        (number(&deep, "tokens.sequence"), number(&deep, "prefill.matmul_flops.total"));
    // Of sequence² pairs, sequence·(sequence − 1)/2 are hidden.
    let hidden = dense * (sequence - 1);
    assert_eq!(hidden % (2 * sequence), 0);
    let rows = [
        ("prefill", total),
        ("of it attention products of the LLM", dense),
        ("of these hidden by the mask", hidden / (2 * sequence)),
    ];
    table(["", "matmul FLOPs:"], rows.map(|(name, value)| [name.to_owned(), exact(value)]))
}
