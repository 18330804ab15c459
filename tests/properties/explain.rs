//! What explanations say is what the plan says.

use proptest::prelude::*;
use vlmcalc::internals::cost::Measure;
use vlmcalc::internals::explain::{Explanation, Level, Line, Value, explain};
use vlmcalc::internals::planned::Planned;
use vlmcalc::internals::render::{Printer, View, formats};

use super::arithmetic;
use super::config;
use super::specs::*;

const VIEW: View = View::new(Some(80), false);

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_number_is_the_plans(case in case(), short in any::<bool>()) {
        let planned = case.planned(&[]);
        let level = if short { Level::Short } else { Level::Full };
        let explanation = explain(&planned, level);
        prints(&explanation)?;
        let symbols = &planned.report.decode.graph.symbols;
        for line in explanation.steps.iter().flat_map(|step| &step.lines) {
            let Some(value) = number(line) else { continue };
            for dim in &line.dims {
                let unit = symbols.eval(dim).unwrap();
                prop_assert!(unit == Some(value) || line.dims.len() > 1, "{:?}", line);
            }
            let numbers = [" in matrices", " in vectors", " bytes"]
                .iter()
                .fold(line.numbers.clone(), |text, words| text.replace(words, ""));
            if !numbers.is_empty() {
                prop_assert_eq!(arithmetic::value(&numbers), Some(value), "{:?}", line);
            }
        }
        totals_agree(&explanation, &planned, short)?;
    }

    #[test]
    fn what_is_not_given_is_said(case in case(), field in 0usize..8) {
        let field = [
            "image.height", "image.width", "encoder.patch", "encoder.width", "encoder.depth",
            "llm.width", "llm.depth", "prompt.text_tokens",
        ][field];
        let planned = case.planned(&[format!("{field}=null")]);
        let explanation = explain(&planned, Level::Full);
        prints(&explanation)?;
        for step in &explanation.steps {
            let open = step.lines.iter().any(|line| line.value == Value::Open);
            prop_assert_eq!(open, !step.not_given.is_empty(), "{}", step.title);
        }
        let whole = explanation.steps.last().unwrap();
        prop_assert!(!whole.not_given.is_empty(), "{} is open", field);
    }
}

fn number(line: &Line) -> Option<i128> {
    match line.value {
        Value::Number(value, _) => Some(value),
        _ => None,
    }
}

/// The lines of a step but the last, and the last.
fn parts_and_sum(explanation: &Explanation, step: usize) -> (i128, i128) {
    let numbers: Vec<i128> = explanation.steps[step].lines.iter().filter_map(number).collect();
    let (sum, parts) = numbers.split_last().unwrap();
    (parts.iter().sum(), *sum)
}

fn totals_agree(
    explanation: &Explanation,
    planned: &Planned,
    short: bool,
) -> Result<(), TestCaseError> {
    let report = &planned.report;
    let bridge = report.prefill.row("bridge").unwrap();
    let (tensors, params) = parts_and_sum(explanation, 3);
    prop_assert_eq!(Some(params), bridge.costs.get(Measure::Params));
    prop_assert_eq!(tensors, params);
    let (products, flops) = parts_and_sum(explanation, 4);
    prop_assert_eq!(Some(flops), bridge.costs.get(Measure::MatmulFlops));
    prop_assert!(products == flops || short);
    let find = |step: usize, what: &str| {
        let line = explanation.steps[step].lines.iter().find(|line| line.what == what);
        line.and_then(number)
    };
    let tokens = &report.tokens;
    prop_assert_eq!(find(5, "visual tokens"), tokens.visual.value);
    prop_assert_eq!(find(5, "values of V"), tokens.visual_values.value);
    prop_assert_eq!(find(6, "sequence"), tokens.sequence.value);
    prop_assert_eq!(find(8, "parameters"), report.prefill.total.get(Measure::Params));
    let flops = report.prefill.total.get(Measure::MatmulFlops);
    prop_assert_eq!(find(8, "matmul FLOPs, prefill"), flops);
    prop_assert_eq!(find(8, "weights"), report.memory.weights.value);
    prop_assert_eq!(find(8, "KV cache"), report.memory.kv_cache.value);
    let peak = report.memory.peak_activations.value;
    prop_assert_eq!(find(8, "peak of the activations"), peak);
    Ok(())
}

/// Every format prints; no line is too wide, and patches never reach the LLM.
fn prints(explanation: &Explanation) -> Result<(), TestCaseError> {
    let explanations = std::slice::from_ref(explanation);
    for format in formats::<Explanation>() {
        let text = format.print(explanations, &VIEW);
        let Printer::Layout(layout) = format.printer else {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
            continue;
        };
        if layout.is_fitted {
            let wide = text.lines().find(|line| line.chars().count() > 80);
            prop_assert_eq!(wide, None);
        }
        let flowing = text.replace('\n', " ").to_lowercase();
        for sentence in flowing.split(". ") {
            let reads = sentence.find("llm reads");
            let patches = reads.is_some_and(|at| sentence[at..].contains("patches"));
            prop_assert!(!patches || sentence.contains("symbols"), "{}", sentence);
        }
    }
    Ok(())
}
