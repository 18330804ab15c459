//! The closed forms of a plan's numbers, and the legend of their symbols.

use super::super::document::{Column, Row as Line, Table};
use super::super::symbols::{answer_formula, closed_form, legend};
use super::costs::{Bytes, spent_for_nothing};
use super::{Layout, cells, is_free};
use crate::cost::{Measure, Pass};
use crate::dim::Dim;
use crate::units::Unit;

/// What the formulas table shows of a row.
const SHOWN: [(&str, Measure, Unit); 3] = [
    ("parameters", Measure::Params, Unit::Count),
    ("matmul", Measure::MatmulFlops, Unit::Flop),
    ("other", Measure::OtherFlops, Unit::Flop),
];

/// What it shows of the pass where less is needed.
const NEEDED: (&str, Measure, Unit) = ("matmul", Measure::NeededFlops, Unit::Flop);

impl Layout<'_> {
    /// The closed form of every number that the costs and totals show.
    pub fn formulas(&self) -> Table {
        let report = self.report;
        let (prefill, decode) = (&report.prefill, &report.decode);
        let mut lines = Vec::new();
        for row in self.rows().filter(|row| !is_free(row)) {
            let shown = SHOWN.into_iter().filter(|(_, what, _)| row.costs.get(*what) != Some(0));
            for (at, (what, measure, unit)) in shown.enumerate() {
                let name = if at == 0 { self.named(row) } else { String::new() };
                let value = self.number(row.costs.get(measure), unit);
                let formula = self.show(&prefill.formula(measure, row.nodes.clone()));
                lines.push(cells([&name, what, &value, &formula]));
            }
        }
        lines.push(Line::Line(String::new()));
        lines.extend(self.whole("total", prefill, &SHOWN));
        if spent_for_nothing(&self.report.prefill).is_some() {
            lines.extend(self.whole("needed", prefill, &[NEEDED]));
        }
        lines.extend(self.whole("decode", decode, &SHOWN[1..]));
        if let Some(answer) = &report.answer {
            let value = self.number(answer.matmul_flops, Unit::Flop);
            lines.push(cells(["answer", "matmul", &value, &answer_formula(report)]));
        }
        for Bytes { name, value, form, .. } in self.memory() {
            let value = self.number(value, Unit::Byte);
            lines.push(cells([&name, "bytes", &value, &closed_form(&form)]));
        }
        Table {
            heading: "Formulas".into(),
            columns: vec![
                Column::words("stage"),
                Column::words("what"),
                Column::numbers("value"),
                Column::words("formula").wrapping(),
            ],
            rows: lines,
        }
    }

    /// The rows of a whole pass.
    fn whole<'b>(
        &'b self,
        name: &'b str,
        pass: &'b Pass,
        shown: &'b [(&'b str, Measure, Unit)],
    ) -> impl Iterator<Item = Line> + 'b {
        shown.iter().enumerate().map(move |(at, (what, measure, unit))| {
            let figure = pass.figure(*measure);
            let formula = pass.graph.symbols.show(&figure.dim);
            let name = if at == 0 { name } else { "" };
            cells([name, what, &self.number(figure.value, *unit), &formula])
        })
    }

    /// The legend of all symbols that the plan shows.
    pub fn symbols(&self) -> Table {
        let report = self.report;
        // By itself the legend is of everything.
        let alone = !self.formulas && !self.view.sections.has("shapes");
        let every: Vec<Dim> =
            report.decode.graph.symbols.iter().map(|(sym, _)| sym.into()).collect();
        let rows = self.rows().filter(|_| !alone);
        let axes = rows.flat_map(|row| row.input.0.iter().chain(row.output.0.iter()));
        let mut shown: Vec<&Dim> = axes.chain(every.iter().filter(|_| alone)).collect();
        let formulas: Vec<Dim> = if self.formulas {
            let rows = self.rows().flat_map(|row| {
                SHOWN.map(|(_, measure, _)| report.prefill.formula(measure, row.nodes.clone()))
            });
            let bytes: Vec<Dim> = self
                .memory()
                .iter()
                .flat_map(|bytes| {
                    bytes.form.closed().dims().into_iter().cloned().collect::<Vec<_>>()
                })
                .collect();
            let step = SHOWN.map(|(_, measure, _)| report.decode.figure(measure).dim);
            let generated = report.answer.iter().map(|_| report.tokens.generated.dim.clone());
            rows.chain(bytes).chain(step).chain(generated).collect()
        } else {
            Vec::new()
        };
        shown.extend(&formulas);
        let rows = legend(report, &shown).into_iter().map(|line| Line::Cells(line.into()));
        Table {
            heading: "Symbols".into(),
            columns: vec![
                Column::words("symbol"),
                Column::words("value"),
                Column::words("meaning").wrapping(),
            ],
            rows: rows.collect(),
        }
    }
}
