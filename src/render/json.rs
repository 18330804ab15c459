//! A plan as JSON. The keys are stable; integers are exact, whatever their size.

use serde_json::{Map, Number, Value, json};

use super::symbols::{answer_formula, bytes, shape, shape_values};
use super::{Data, Format, View};
use crate::cost::{Bytes, Costs, Figure, MEASURES, Measure, Pass, Report, Row};
use crate::diag::json_text;
use crate::dim::{Definition, Dim, Symbols};

/// Raised when a key changes its meaning or goes; new keys do not raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// Plans as JSON.
pub const FORMAT: Format<Data<Report>> =
    Format { name: "json", about: "JSON with stable keys and exact integers", printer: print };

/// One object for one plan, a list for several.
fn print(reports: &[Report], view: &View) -> String {
    let mut values: Vec<Value> = reports.iter().map(|report| value(report, view.depth)).collect();
    let whole = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
    json_text(&whole)
}

/// The whole plan, its stages opened to `depth`, with the design that it is a plan of.
pub fn value(report: &Report, depth: usize) -> Value {
    let mut plan = Writer { formulas: Formulas::Written }.plan(report, depth);
    plan.insert("spec".into(), json!(report.spec()));
    Value::Object(plan)
}

/// The plan's totals: no stages, no symbols, and no formulas, since writing them takes longer
/// than all the rest.
pub fn totals(report: &Report) -> Value {
    Value::Object(Writer { formulas: Formulas::LeftOut }.totals_of_plan(report))
}

/// The plan without its design, its stages opened to `depth`; formulas are left empty.
pub fn numbers(report: &Report, depth: usize) -> Value {
    Value::Object(Writer { formulas: Formulas::Empty }.plan(report, depth))
}

/// Puts each run into its plan. What is no JSON (a run that was refused) changes nothing.
pub fn with_forward(plans: &str, runs: &str) -> String {
    let (Ok(mut plans), Ok(runs)) = (serde_json::from_str(plans), serde_json::from_str(runs))
    else {
        return plans.to_owned();
    };
    match (&mut plans, runs) {
        (Value::Array(plans), Value::Array(runs)) => {
            for (plan, run) in plans.iter_mut().zip(runs) {
                plan["forward"] = run;
            }
        }
        (plan, run) => plan["forward"] = run,
    }
    json_text(&plans)
}

/// What becomes of the closed forms beside the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Formulas {
    /// They are written.
    Written,
    /// Their keys are there, and show which numbers have one.
    Empty,
    /// Not even their keys are there, except in stages.
    LeftOut,
}

struct Writer {
    formulas: Formulas,
}

impl Writer {
    fn plan(&self, report: &Report, depth: usize) -> Map<String, Value> {
        let mut plan = self.totals_of_plan(report);
        let rows = report.prefill.rows.iter().filter(|row| row.depth <= depth);
        let stages: Vec<Value> = rows.map(|row| self.stage(&report.prefill, row)).collect();
        plan.insert("stages".into(), stages.into());
        plan.insert("symbols".into(), self.symbols(&report.prefill.graph.symbols));
        plan.insert("notes".into(), json!(report.notes));
        plan
    }

    fn totals_of_plan(&self, report: &Report) -> Map<String, Value> {
        let prefill = &report.prefill;
        let entries = [
            ("schema_version", json!(SCHEMA_VERSION)),
            ("name", json!(report.name)),
            ("conventions", conventions(report)),
            ("tokens", self.tokens(report)),
            ("params", self.params(report)),
            (
                "prefill",
                json!({
                    "logits": report.logits,
                    "matmul_flops": self.flops(prefill, Measure::MatmulFlops),
                    "other_flops": self.flops(prefill, Measure::OtherFlops),
                }),
            ),
            ("decode", self.decode(report)),
            ("answer", json!(self.answer(report))),
            ("memory", self.memory(report)),
        ];
        entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn decode(&self, report: &Report) -> Value {
        let (prefill, decode) = (&report.prefill, &report.decode);
        let sequence = &report.tokens.sequence;
        let mut object = Map::new();
        object.insert("cached".into(), number(sequence.value));
        self.with_formulas(
            &mut object,
            |writer| json!({"cached": writer.figure_formula(prefill, sequence)}),
        );
        object.insert("matmul_flops".into(), self.flops(decode, Measure::MatmulFlops));
        object.insert("other_flops".into(), self.flops(decode, Measure::OtherFlops));
        Value::Object(object)
    }

    fn answer(&self, report: &Report) -> Option<Value> {
        let answer = report.answer.as_ref()?;
        let symbols = &report.prefill.graph.symbols;
        let generated = &report.tokens.generated;
        let mut object = Map::new();
        object.insert("tokens".into(), number(generated.value));
        object.insert("decode_steps".into(), number(Some(answer.steps)));
        object.insert("matmul_flops".into(), number(answer.matmul_flops));
        self.with_formulas(&mut object, |writer| {
            json!({
                "tokens": writer.figure_formula(&report.prefill, generated),
                "decode_steps": writer.formula(symbols, || report.decode_steps()),
                "matmul_flops": writer.text(|| answer_formula(report)),
            })
        });
        Some(Value::Object(object))
    }

    fn tokens(&self, report: &Report) -> Value {
        let tokens = &report.tokens;
        let names: [(&str, &Figure); 11] = [
            ("patches", &tokens.patches),
            ("encoder", &tokens.encoder),
            ("visual", &tokens.visual),
            ("structural", &tokens.structural),
            ("text", &tokens.text),
            ("sequence", &tokens.sequence),
            ("generated", &tokens.generated),
            ("context", &tokens.context),
            ("encodings", &tokens.encodings),
            ("encoder_values", &tokens.encoder_values),
            ("visual_values", &tokens.visual_values),
        ];
        let mut object: Map<String, Value> =
            names.iter().map(|(name, figure)| ((*name).into(), number(figure.value))).collect();
        let grid = [&tokens.grid.0, &tokens.grid.1];
        object.insert("grid".into(), json!(grid.map(|side| number(side.value))));
        self.with_formulas(&mut object, |writer| {
            let formula = |figure| writer.figure_formula(&report.prefill, figure);
            let mut formulas: Map<String, Value> = names
                .iter()
                .map(|(name, figure)| ((*name).into(), formula(figure).into()))
                .collect();
            formulas.insert("grid".into(), json!(grid.map(formula)));
            formulas.into()
        });
        for (name, share) in
            [("prompt_fits_context", report.prompt_use()), ("fits_context", report.context_use())]
        {
            object.insert(name.into(), json!(share.map(|(used, length)| used <= length)));
        }
        Value::Object(object)
    }

    fn params(&self, report: &Report) -> Value {
        let pass = &report.prefill;
        let mut object = self.totals(pass, Measure::Params);
        object.insert("active".into(), number(pass.total.get(Measure::Params)));
        if let Some(Value::Object(formulas)) = object.get_mut("formulas") {
            formulas.insert("active".into(), self.total_formula(pass, Measure::Params).into());
        }
        Value::Object(object)
    }

    fn flops(&self, pass: &Pass, measure: Measure) -> Value {
        Value::Object(self.totals(pass, measure))
    }

    /// Total, components and what is unused, with formulas.
    fn totals(&self, pass: &Pass, measure: Measure) -> Map<String, Value> {
        let symbols = &pass.graph.symbols;
        let by_component: Map<String, Value> = pass
            .components()
            .map(|row| (row.name.clone(), number(row.costs.get(measure))))
            .collect();
        let mut object = Map::new();
        object.insert("total".into(), number(pass.total.get(measure)));
        object.insert("by_component".into(), by_component.into());
        object.insert("unused".into(), number(pass.unused.get(measure)));
        self.with_formulas(&mut object, |writer| {
            let mut formulas = Map::new();
            formulas.insert("total".into(), writer.total_formula(pass, measure).into());
            for row in pass.components() {
                let of_row = || pass.formula(measure, row.nodes.clone());
                formulas.insert(row.name.clone(), writer.formula(symbols, of_row).into());
            }
            let unused = writer.formula(symbols, || pass.unused_formula(measure));
            formulas.insert("unused".into(), unused.into());
            formulas.into()
        });
        object
    }

    fn memory(&self, report: &Report) -> Value {
        let memory = &report.memory;
        let symbols = &report.prefill.graph.symbols;
        let all = [
            ("weight_bytes", &memory.weights),
            ("kv_cache_bytes", &memory.kv_cache),
            ("peak_activation_bytes", &memory.peak_activations),
        ];
        let mut object: Map<String, Value> =
            all.iter().map(|(name, which)| ((*name).into(), number(which.value))).collect();
        self.with_formulas(&mut object, |writer| {
            let formula =
                |which: &Bytes| writer.text(|| bytes(symbols, &which.formula(&report.prefill)));
            let formulas = all.iter().map(|(name, which)| ((*name).into(), formula(which).into()));
            Value::Object(formulas.collect())
        });
        object.insert("dtype".into(), report.dtype.name().into());
        Value::Object(object)
    }

    fn stage(&self, pass: &Pass, row: &Row) -> Value {
        let symbols = &pass.graph.symbols;
        let mut object = Map::new();
        object.insert("name".into(), row.name.as_str().into());
        object.insert("path".into(), row.path.as_str().into());
        object.insert("component".into(), row.component.key().into());
        object.insert("depth".into(), row.depth.into());
        object.insert("operation".into(), row.kind.into());
        object.insert("times".into(), self.times(symbols, &row.times));
        if let Some(rounds) = &row.of {
            object.insert("of".into(), self.times(symbols, rounds));
        }
        for (name, which) in [("input", &row.input), ("output", &row.output)] {
            let values: Vec<Value> = shape_values(symbols, which).into_iter().map(number).collect();
            let elements = symbols.eval(&which.elements()).ok().flatten();
            let symbolic = self.text(|| shape(symbols, which));
            let formula = self.formula(symbols, || which.elements());
            let value = json!({
                "shape": values,
                "symbolic": symbolic,
                "elements": number(elements),
                "formulas": {"elements": formula},
            });
            object.insert(name.into(), value);
        }
        for measure in MEASURES {
            let formula = self.formula(symbols, || pass.formula(measure, row.nodes.clone()));
            let value = number(Costs::get(&row.costs, measure));
            object.insert(measure.key().into(), json!({"value": value, "formula": formula}));
        }
        object.insert("unused".into(), row.unused.into());
        Value::Object(object)
    }

    fn symbols(&self, table: &Symbols) -> Value {
        let entries = table.iter().map(|(sym, symbol)| {
            let value = table.eval(&sym.into()).ok().flatten();
            let mut object = Map::new();
            object.insert("value".into(), number(value));
            object.insert("meaning".into(), symbol.meaning.as_str().into());
            if let Definition::Named(definition) = &symbol.definition {
                let definition = self.formula(table, || definition.clone());
                object.insert("definition".into(), definition.into());
            }
            (symbol.name.clone(), Value::Object(object))
        });
        Value::Object(entries.collect())
    }

    fn figure_formula(&self, pass: &Pass, figure: &Figure) -> String {
        self.formula(&pass.graph.symbols, || figure.dim.clone())
    }

    fn total_formula(&self, pass: &Pass, measure: Measure) -> String {
        self.formula(&pass.graph.symbols, || pass.figure(measure).dim)
    }

    /// Adds the closed forms beside the numbers, if this writer writes them.
    fn with_formulas(&self, object: &mut Map<String, Value>, make: impl FnOnce(&Self) -> Value) {
        if self.formulas != Formulas::LeftOut {
            object.insert("formulas".into(), make(self));
        }
    }

    /// How often something runs.
    fn times(&self, symbols: &Symbols, times: &Dim) -> Value {
        let value = symbols.eval(times).ok().flatten();
        json!({"value": number(value), "formula": self.formula(symbols, || times.clone())})
    }

    fn formula(&self, symbols: &Symbols, dim: impl FnOnce() -> Dim) -> String {
        self.text(|| symbols.show(&dim()))
    }

    /// A text that takes long to write.
    fn text(&self, write: impl FnOnce() -> String) -> String {
        if self.formulas == Formulas::Written { write() } else { String::new() }
    }
}

fn conventions(report: &Report) -> Value {
    json!({
        "matmul_flops": "2 per multiply-add of linears, convolutions and attention products; \
                         dense attention, no causal discount; as executed",
        "other_flops": "normalisation, softmax, activations, additions, rotary; never in matmul_flops",
        "params": "every stored tensor once, tied tensors once",
        "logits": report.logits,
        "dtype": report.dtype.name(),
        "activation_bits": report.dtype.activation_bits(),
        "attention_scores": "never stored whole",
        "image_size": "height x width",
    })
}

/// An exact integer, or null.
pub fn number(value: Option<i128>) -> Value {
    value.and_then(Number::from_i128).map_or(Value::Null, Value::Number)
}
