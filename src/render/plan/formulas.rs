//! The closed forms of a plan's numbers, and the legend of their symbols.

use super::super::document::{Column, Row as Line, Table};
use super::super::symbols::{bytes, legend};
use super::{Layout, cells, is_free};
use crate::cost::Measure;
use crate::dim::Dim;
use crate::units::Unit;

/// What the formulas table shows of a row.
const SHOWN: [(&str, Measure, Unit); 2] =
    [("parameters", Measure::Params, Unit::Count), ("matmul", Measure::MatmulFlops, Unit::Flop)];

impl Layout<'_> {
    /// The closed form of every number that is shown.
    pub fn formulas(&self) -> Table {
        let report = self.report;
        let pass = &report.prefill;
        let mut lines = Vec::new();
        for row in self.rows().filter(|row| !is_free(row)) {
            let name = self.named(row);
            for (at, (what, measure, unit)) in SHOWN.into_iter().enumerate() {
                let dim = pass.formula(measure, row.nodes.clone());
                let value = self.number(row.costs.get(measure), unit);
                let name = if at == 0 { name.as_str() } else { "" };
                lines.push(cells([name, what, &value, &pass.graph.symbols.show(&dim)]));
            }
        }
        let decode = report.decode.figure(Measure::MatmulFlops);
        let step = self.number(decode.value, Unit::Flop);
        let formula = report.decode.graph.symbols.show(&decode.dim);
        lines.push(cells(["decode", "matmul", &step, &formula]));
        let cache = &report.memory.kv_cache;
        let size = self.number(cache.value, Unit::Byte);
        let formula = bytes(&pass.graph.symbols, &cache.formula(pass));
        lines.push(cells(["KV cache", "bytes", &size, &formula]));
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

    pub fn symbols(&self) -> Table {
        let mut shown: Vec<&Dim> =
            self.rows().flat_map(|row| row.input.0.iter().chain(&row.output.0)).collect();
        let report = self.report;
        let formulas: Vec<Dim> = if self.formulas {
            let rows = self.rows().flat_map(|row| {
                SHOWN.map(|(_, measure, _)| report.prefill.formula(measure, row.nodes.clone()))
            });
            rows.chain(report.memory.kv_cache.formula(&report.prefill).candidates).collect()
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
