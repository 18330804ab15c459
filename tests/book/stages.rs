//! What a stage of a preset counts, operation by operation, as formulas and in numbers.

use std::ops::Range;

use vlmcalc::internals::cost::{Measure, Pass, Report, Row};
use vlmcalc::internals::dim::Dim;
use vlmcalc::internals::graph::NodeId;
use vlmcalc::internals::planned;
use vlmcalc::internals::spec::Overrides;
use vlmcalc::internals::stages::decoder::Logits;
use vlmcalc::internals::units::exact;

use super::markdown::{code, list, table};

/// The plan of a preset.
pub fn report(preset: &str) -> Report {
    let planned = planned::plan(preset, &Overrides::default(), Logits::All);
    planned.unwrap_or_else(|_| panic!("{preset} does not plan")).report
}

/// One run of a row of a pass: its operations, each as often as it runs in that.
struct Run<'a> {
    pass: &'a Pass,
    row: &'a Row,
}

impl Run<'_> {
    fn nodes(&self) -> impl Iterator<Item = (NodeId, &vlmcalc::internals::graph::Node)> {
        let Range { start, end } = self.row.nodes.clone();
        self.pass.graph.nodes().skip(start).take(end - start)
    }

    /// How often a node runs in the whole pass: that of the row, if all runs are alike.
    fn total(&self, id: NodeId) -> &Dim {
        let graph = &self.pass.graph;
        &graph.scope(graph.node(id).scope).total
    }

    /// How often the row runs.
    fn times(&self) -> &Dim {
        let (first, _) = self.nodes().next().unwrap();
        self.total(first)
    }

    fn sum(&self, measure: Measure) -> Dim {
        self.nodes().map(|(id, _)| self.pass.once(id, measure)).sum()
    }

    fn shown(&self, dim: &Dim) -> String {
        self.pass.graph.symbols.show(dim)
    }

    fn formula(&self, dim: Dim) -> String {
        if dim.is_zero() { String::new() } else { code(self.shown(&dim)) }
    }

    fn value(&self, dim: &Dim) -> i128 {
        self.pass.graph.symbols.eval(dim).unwrap().unwrap()
    }
}

/// `PATH of PRESET`, or `decode PATH of PRESET`: a table of the operations of one run and their
/// sum, and what it is in the preset.
pub fn part(what: &str) -> String {
    let (path, preset) = what.split_once(" of ").unwrap();
    let report = report(preset);
    let (pass, path) = match path.strip_prefix("decode ") {
        Some(path) => (&report.decode, path),
        None => (&report.prefill, path),
    };
    let row = pass.row(path).unwrap_or_else(|| panic!("{preset} has no row `{path}`"));
    let run = Run { pass, row };
    let paths: Vec<&Row> = pass.rows.iter().filter(|row| row.kind.is_some()).collect();
    let rows = run.nodes().map(|(id, node)| {
        assert_eq!(run.total(id), run.times(), "a part of `{path}` runs in some rounds only");
        let own = paths.iter().find(|row| row.nodes.start == id.index()).unwrap();
        let name = own.path.strip_prefix(path).unwrap_or_default().trim_start_matches('.');
        let name = if name.is_empty() { &own.name } else { name };
        let axes: Vec<String> = node.shape.0.iter().map(|axis| run.shown(axis)).collect();
        let shape = code(format!("[{}]", axes.join(", ")));
        let costs = [Measure::Params, Measure::MatmulFlops, Measure::OtherFlops];
        let [params, matmul, other] = costs.map(|measure| run.formula(pass.once(id, measure)));
        [name.to_owned(), shape, params, matmul, other]
    });
    let sum = |measure| run.formula(run.sum(measure));
    let whole = [
        "**together**".to_owned(),
        String::new(),
        sum(Measure::Params),
        sum(Measure::MatmulFlops),
        sum(Measure::OtherFlops),
    ];
    let names = ["operation", "makes", "parameters", "matmul FLOPs", "other FLOPs"];
    let table = table(names, rows.chain([whole]));
    format!("{table}\n{}", in_numbers(&run, preset))
}

/// A sentence for each thing that is counted.
fn in_numbers(run: &Run, preset: &str) -> String {
    let times = run.value(run.times());
    let counts = [
        ("parameters", Measure::Params),
        ("matmul FLOPs", Measure::MatmulFlops),
        ("other FLOPs", Measure::OtherFlops),
        ("values in the KV cache", Measure::Cache),
    ];
    let lines = counts.map(|(what, measure)| {
        let once = run.value(&run.sum(measure));
        let all = once * times;
        match (once, times) {
            (0, _) => None,
            (_, 1) => Some(format!("{what}: {}", exact(once))),
            _ => Some(format!("{what}: {} in one, {} in all {times}", exact(once), exact(all))),
        }
    });
    format!("In `{preset}`:\n\n{}", list(lines.into_iter().flatten()))
}

/// `MEASURE of PRESET`: the closed form over a whole pass, and the number.
pub fn total(what: &str) -> String {
    let (measure, preset) = what.split_once(" of ").unwrap();
    let report = report(preset);
    let (pass, measure) = match measure {
        "params" => (&report.prefill, Measure::Params),
        "prefill" => (&report.prefill, Measure::MatmulFlops),
        "cache" => (&report.prefill, Measure::Cache),
        "decode" => (&report.decode, Measure::MatmulFlops),
        _ => panic!("`{measure}` has no total"),
    };
    let figure = pass.figure(measure);
    let formula = pass.graph.symbols.show(&figure.dim);
    list([code(formula), format!("in `{preset}`: {}", exact(figure.value.unwrap()))])
}
