//! What a plan costs: a row per stage, and the totals.

use super::super::document::{Column, Row as Line, Table};
use super::{Layout, cells, is_free, percent};
use crate::cost::{Bytes, Measure, Row};
use crate::units::{Unit, exact};

impl Layout<'_> {
    /// Parameters and FLOPs; every row is the sum of the rows in it.
    pub fn costs(&self) -> Table {
        let total = self.report.prefill.total.get(Measure::MatmulFlops);
        let mut lines: Vec<Line> = self
            .rows()
            .filter(|row| !is_free(row))
            .map(|row| {
                let flops = row.costs.get(Measure::MatmulFlops);
                let share = flops.zip(total).map(|(part, whole)| percent(part, whole));
                let mut line = vec![self.named(row), self.times(row)];
                line.extend(self.measures(row));
                line.push(share.unwrap_or_default());
                Line::Cells(line)
            })
            .collect();
        lines.push(Line::Line(String::new()));
        let pass = &self.report.prefill;
        let sum = |measure, unit| self.number(pass.total.get(measure), unit);
        lines.push(cells([
            "total",
            "",
            &sum(Measure::Params, Unit::Count),
            &sum(Measure::MatmulFlops, Unit::Flop),
            &sum(Measure::OtherFlops, Unit::Flop),
            "",
        ]));
        Table {
            heading: "Costs of the prefill".into(),
            columns: vec![
                Column::words("stage"),
                Column::numbers("runs"),
                Column::numbers("parameters"),
                Column::numbers("matmul FLOPs"),
                Column::numbers("other FLOPs").droppable(2),
                Column::numbers("share").droppable(1),
            ],
            rows: lines,
        }
    }

    fn measures(&self, row: &Row) -> [String; 3] {
        [
            (Measure::Params, Unit::Count),
            (Measure::MatmulFlops, Unit::Flop),
            (Measure::OtherFlops, Unit::Flop),
        ]
        .map(|(measure, unit)| self.number(row.costs.get(measure), unit))
    }

    pub fn totals(&self) -> Table {
        let report = self.report;
        let (prefill, decode) = (&report.prefill, &report.decode);
        let sequence = self.plain(&report.tokens.sequence);
        let matmul = |value| self.number(value, Unit::Flop);
        let mut lines = vec![cells([
            "prefill",
            &matmul(prefill.total.get(Measure::MatmulFlops)),
            &format!("matmul, {sequence} tokens read"),
        ])];
        if let Some(unused) = prefill.unused.get(Measure::MatmulFlops).filter(|flops| *flops > 0) {
            let needed = prefill.total.get(Measure::MatmulFlops).map(|total| total - unused);
            lines.push(cells(["  of it needed", &matmul(needed), "without unused blocks"]));
        }
        lines.push(cells([
            "decode",
            &matmul(decode.total.get(Measure::MatmulFlops)),
            &format!("matmul, one token after {sequence} cached"),
        ]));
        if let Some(answer) = &report.answer {
            let steps = format!("matmul, {} decode steps", exact(answer.steps));
            lines.push(cells(["answer", &matmul(answer.matmul_flops), &steps]));
        }
        let dtype = report.dtype.name();
        let activations =
            format!("at {} bits, without weights and cache", report.dtype.activation_bits());
        let memory = &report.memory;
        let bytes = |bytes: &Bytes| self.number(bytes.value, Unit::Byte);
        lines.push(cells(["weights", &bytes(&memory.weights), dtype]));
        let cached = format!("{dtype}, {sequence} tokens after the prefill");
        lines.push(cells(["KV cache", &bytes(&memory.kv_cache), &cached]));
        lines.push(cells(["peak activations", &bytes(&memory.peak_activations), &activations]));
        Table {
            heading: "Totals".into(),
            columns: vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()],
            rows: lines,
        }
    }
}
