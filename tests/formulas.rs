//! Closed forms beside the numbers: in the tables and in JSON.

use serde_json::Value;

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

/// A spec of which nothing is known.
const NOTHING: &str = "bridge: linear\nprompt: {generated_tokens: 9}\n";

/// The JSON of a plan.
fn json(args: &[&str], stdin: &str) -> Value {
    let args = [&["plan", "--format", "json"], args].concat();
    let Ran { code, stdout, stderr } = vlmcalc_reading(&args, stdin);
    assert_eq!((code, stderr.as_str()), (0, ""));
    serde_json::from_str(&stdout).unwrap()
}

/// Checks that each null has its formula: under `formulas` in the same map, or beside a `value`.
fn assert_formulas(path: &str, value: &Value) {
    let Value::Object(map) = value else { return };
    let formulas = &map.get("formulas").unwrap_or(&Value::Null);
    for (key, inner) in map {
        let here = format!("{path}.{key}");
        let formula = match key.as_str() {
            // Whether something fits is no number.
            "fits_context" | "prompt_fits_context" => continue,
            // The design: what is null there is not given.
            "spec" => continue,
            // An operation has a kind, a scope has none.
            "operation" => continue,
            "value" => map.get("formula").or(map.get("definition")).or(map.get("meaning")),
            "shape" => map.get("symbolic"),
            _ => formulas.get(key),
        };
        let is_unknown =
            inner.is_null() || inner.as_array().is_some_and(|l| l.contains(&Value::Null));
        let is_given = formula.is_some_and(|f| f.as_str() != Some(""));
        assert!(!is_unknown || is_given, "{here} is null and has no formula");
        if key.ends_with("by_component") {
            let forms = if key == "by_component" { formulas } else { &formulas[key] };
            let inner = inner.as_object().unwrap();
            assert!(inner.keys().all(|name| forms[name].as_str() != Some("")), "{here}");
            continue;
        }
        assert_formulas(&here, inner);
        for (at, item) in inner.as_array().into_iter().flatten().enumerate() {
            assert_formulas(&format!("{here}.{at}"), item);
        }
    }
}

#[test]
fn every_null_has_its_formula() {
    let plan = json(&["-", "--depth", "9"], NOTHING);
    assert!(plan["params"]["total"].is_null() && plan["answer"]["matmul_flops"].is_null());
    assert_formulas("", &plan);
    assert_eq!(plan["decode"]["formulas"]["cached"], "S");
    assert_eq!(plan["tokens"]["formulas"]["grid"][0], "H/P");
    assert_eq!(plan["tokens"]["formulas"]["encoder_values"], "N·D_v");
    assert_eq!(plan["params"]["formulas"]["total"], plan["params"]["formulas"]["active"]);
    assert_formulas("", &json(&["gemma-3-4b", "--generated-tokens", "9"], ""));
}

#[test]
fn unused_parameters_have_a_formula() {
    let plan = json(&["llava-1.5-7b"], "");
    assert_eq!(plan["params"]["unused"], 12_598_272);
    assert_eq!(plan["params"]["formulas"]["unused"], "4·D_v² + 2·D_v·F_v + 11·D_v + F_v");
}

#[test]
fn symbolic_totals_are_formulas() {
    let stdout =
        vlmcalc_reading(&["plan", "-", "--full", "--depth", "0", "--width", "100"], NOTHING).stdout;
    insta::assert_snapshot!("nothing_known", stdout);
}

#[test]
fn a_bridge_of_unknown_size_has_its_formula() {
    let stdout = vlmcalc_reading(&["plan", "-", "--full"], "bridge: mlp\n").stdout;
    let line = stdout.lines().find(|line| line.contains("bridge parameters")).unwrap();
    assert!(line.contains("= D_v·D + D² + 2·D"), "{line}");
}

#[test]
fn all_costs_have_a_formula() {
    let args = ["plan", "llava-1.5-7b", "--formulas", "--depth", "0", "--width", "100"];
    let stdout = vlmcalc(&args).stdout;
    let table = stdout.split("\n\n").find(|block| block.starts_with("Formulas")).unwrap();
    insta::assert_snapshot!("formulas_of_llava", table);
}

#[test]
fn exact_totals_keep_their_units() {
    let stdout = vlmcalc(&["plan", "llava-1.5-7b", "--full", "--exact"]).stdout;
    for number in ["9,078,220,357,632\u{a0}FLOP", "14,126,854,144\u{a0}B"] {
        assert!(stdout.contains(number), "{number} is missing in\n{stdout}");
    }
}

#[test]
fn one_token_is_no_tokens() {
    let spec = "image: 16\nencoder: {patch: 16}\nbridge: linear\nllm: {context: 1}\n\
                prompt: {text_tokens: 0, generated_tokens: 2}\n";
    let stdout = vlmcalc_reading(&["plan", "-", "--full"], spec).stdout;
    assert!(stdout.contains("1 token read") && stdout.contains("1 decode step\n"), "{stdout}");
    assert!(!stdout.contains(" 1 tokens"), "{stdout}");
}
