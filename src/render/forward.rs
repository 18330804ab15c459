//! What a real run measured, beside what was predicted.

use serde_json::{Value, json};

use super::document::{Block, Column, Document, Row as Line, Table};
use super::symbols::shape_values;
use super::{Data, Format, Output, View};
use crate::cost::numbers::SCHEMA_VERSION;
use crate::cost::{Measure, Report, Row};
use crate::diag::json_text;
use crate::exec::{Measured, Options, Precision, RunReport};
use crate::units::{Unit, duration, exact, human, rate};

/// A pipeline that ran.
#[derive(Debug)]
pub struct Executed {
    /// The plan.
    pub report: Report,
    /// What was measured.
    pub run: RunReport,
    /// How it ran.
    pub options: Options,
}

impl Output for Executed {
    const DATA: &'static [Format<Data<Executed>>] = &[super::json::FORMAT.with(print)];

    fn layout(&self, view: &View) -> Document {
        document(self, view)
    }
}

/// One object for one run, a list for several.
fn print(runs: &[Executed], view: &View) -> String {
    let mut values: Vec<Value> = runs.iter().map(|ran| value(ran, view)).collect();
    let whole = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
    json_text(&whole)
}

/// One row of a run: the plan's row with what was measured of its operations.
struct Ran<'a> {
    row: &'a Row,
    seconds: f64,
    flops: i128,
    runs: u64,
    shape: Vec<usize>,
}

/// The rows that ran, as deep as the view opens.
fn rows<'a>(report: &'a Report, pass: &Measured, depth: usize) -> Vec<Ran<'a>> {
    let rows = report.prefill.rows.iter().filter(|row| row.depth <= depth);
    let ran = rows.map(|row| {
        let operations = &pass.operations[row.nodes.clone()];
        let seconds = operations.iter().map(|op| op.time.as_secs_f64()).sum();
        let flops = operations.iter().map(|op| i128::from(op.matmul_flops)).sum();
        let runs = operations.iter().map(|op| op.runs).max().unwrap_or(0);
        let shape = operations.last().map(|op| op.shape.clone()).unwrap_or_default();
        Ran { row, seconds, flops, runs, shape }
    });
    ran.filter(|ran| ran.runs > 0).collect()
}

fn document(executed: &Executed, view: &View) -> Document {
    let Executed { report, run, options } = executed;
    let subtitle = format!(
        "{}, {} threads, seed {}, random weights and inputs",
        precision(options),
        run.threads,
        run.seed
    );
    let mut blocks =
        vec![Block::Table(stages(report, run, view)), Block::Table(totals(report, run))];
    blocks.push(Block::Notes { heading: "Notes".into(), lines: notes(report, run) });
    if !run.finite {
        blocks.push(Block::Warning("the result has values that are not finite".into()));
    }
    Document { title: format!("{}: forward pass", report.name), subtitle, blocks }
}

fn precision(options: &Options) -> &'static str {
    match options.precision {
        Precision::F32 => "f32",
        Precision::Bf16 => "bf16",
    }
}

fn stages(report: &Report, run: &RunReport, view: &View) -> Table {
    let symbols = &report.prefill.graph.symbols;
    let total = run.prefill.time.as_secs_f64();
    let lines = rows(report, &run.prefill, view.depth).into_iter().map(|ran| {
        let predicted: Vec<String> = shape_values(symbols, &ran.row.output)
            .into_iter()
            .map(|axis| axis.map_or_else(|| "?".to_owned(), |axis| axis.to_string()))
            .collect();
        let share = if total > 0.0 { ran.seconds / total * 100.0 } else { 0.0 };
        let flops = if ran.flops == 0 { "0".to_owned() } else { human(ran.flops, Unit::Flop) };
        let speed = if ran.flops == 0 { String::new() } else { rate(ran.flops, ran.seconds) };
        let once = ran.row.times.is_one() || ran.runs < 2;
        let times = if once { String::new() } else { format!("× {}", ran.runs) };
        let cells = [
            format!("{}{}", "  ".repeat(ran.row.depth), ran.row.name),
            times,
            format!("[{}]", predicted.join(", ")),
            format!("{:?}", ran.shape),
            flops,
            duration(ran.seconds),
            format!("{share:.1} %"),
            speed,
        ];
        Line::Cells(cells.map(|cell| cell.replace(' ', "\u{a0}").trim_end().to_owned()).to_vec())
    });
    Table {
        heading: "Stages of the prefill".into(),
        columns: vec![
            Column::words("stage"),
            Column::numbers("runs").droppable(3),
            Column::words("predicted shape"),
            Column::words("real shape"),
            Column::numbers("FLOPs run").droppable(2),
            Column::numbers("time"),
            Column::numbers("share").droppable(1),
            Column::numbers("speed").droppable(4),
        ],
        rows: lines.collect(),
    }
}

fn totals(report: &Report, run: &RunReport) -> Table {
    let cells = |texts: [String; 3]| Line::Cells(texts.to_vec());
    let seconds = run.prefill.time.as_secs_f64();
    let flops = i128::from(run.prefill.matmul_flops);
    let mut lines = vec![cells([
        "prefill".into(),
        duration(seconds),
        format!("{} matmul FLOPs, {}", exact(flops), rate(flops, seconds)),
    ])];
    if !run.decode.is_empty() {
        let steps = run.decode.len();
        let all: f64 = run.decode.iter().map(|step| step.time.as_secs_f64()).sum();
        #[expect(clippy::cast_precision_loss, reason = "a number of steps")]
        let each = all / steps as f64;
        let how = format!("a token, {steps} steps with a real KV cache");
        lines.push(cells(["decode".into(), duration(each), how]));
    }
    let predicted = human(run.predicted_bytes.into(), Unit::Byte);
    let peak = run.peak_bytes.map_or_else(|| "unknown".into(), |b| human(b.into(), Unit::Byte));
    lines.push(cells([
        "peak memory".into(),
        peak,
        format!("resident; at most {predicted} predicted"),
    ]));
    lines.push(cells([
        "checksum".into(),
        format!("{:016x}", run.checksum),
        result(report, run).into(),
    ]));
    Table {
        heading: "Totals".into(),
        columns: vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()],
        rows: lines,
    }
}

/// What the checksum is over.
fn result(report: &Report, run: &RunReport) -> &'static str {
    let head = report.prefill.rows.last().map_or(0..0, |row| row.nodes.clone());
    let whole = run.prefill.operations[head].iter().any(|op| op.runs > 0);
    if whole { "of the last logits" } else { "of what the stage hands on" }
}

fn notes(report: &Report, run: &RunReport) -> Vec<String> {
    let ran = run.prefill.operations.iter().filter(|op| op.runs > 0).count();
    let predicted = report.prefill.total.get(Measure::MatmulFlops);
    let all = predicted == Some(i128::from(run.prefill.matmul_flops));
    let verdict = if run.differences.is_empty() {
        format!(
            "{ran} operations ran, each in every round: every shape, element count and number of \
             matmul FLOPs is the predicted one{}",
            if all { ", and their sum is the plan's" } else { "" }
        )
    } else {
        format!("{} operations differ from their prediction", run.differences.len())
    };
    vec![
        verdict,
        "weights are made where they are used and forgotten, so memory does not grow with depth"
            .to_owned(),
    ]
}

fn value(executed: &Executed, view: &View) -> Value {
    let Executed { report, run, options } = executed;
    let symbols = &report.prefill.graph.symbols;
    let pass = |measured: &Measured| json!({"seconds": measured.time.as_secs_f64(), "matmul_flops": measured.matmul_flops});
    let stages: Vec<Value> = rows(report, &run.prefill, view.depth)
        .into_iter()
        .map(|ran| {
            json!({
                "path": ran.row.path,
                "depth": ran.row.depth,
                "runs": ran.runs,
                "predicted_shape": shape_values(symbols, &ran.row.output)
                    .into_iter().map(|axis| axis.map(|axis| axis.to_string())).map(number).collect::<Vec<_>>(),
                "real_shape": ran.shape,
                "matmul_flops": number(Some(ran.flops.to_string())),
                "seconds": ran.seconds,
            })
        })
        .collect();
    let predicted = report.prefill.total.get(Measure::MatmulFlops).map(|n| n.to_string());
    json!({
        "schema_version": SCHEMA_VERSION,
        "name": report.name,
        "options": {
            "dtype": precision(options),
            "threads": run.threads,
            "seed": run.seed,
            "repeat": options.repeat,
            "reuse_weights": options.reuse_weights,
        },
        "predicted_matmul_flops": number(predicted),
        "prefill": pass(&run.prefill),
        "decode": run.decode.iter().map(pass).collect::<Vec<_>>(),
        "memory": {"peak_resident_bytes": run.peak_bytes, "predicted_bytes": run.predicted_bytes},
        "checksum": format!("{:016x}", run.checksum),
        "finite": run.finite,
        "differences": run.differences.iter()
            .map(|d| json!({"path": d.path, "text": d.text})).collect::<Vec<_>>(),
        "stages": stages,
    })
}

/// An exact integer from its digits, or null.
fn number(digits: Option<String>) -> Value {
    digits.and_then(|digits| serde_json::from_str(&digits).ok()).unwrap_or(Value::Null)
}
