//! What a plan costs: a row per stage, and the totals.

use super::super::document::{Column, Row as Line, Table};
use super::super::symbols::{answer_formula, bytes};
use super::{Layout, cells, is_free, percent};
use crate::cost::{Bytes, Measure, Pass, Row};
use crate::units::{Unit, counted, exact_with_unit};

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

    /// The numbers of the whole plan; of one that is still symbolic the formula.
    pub fn totals(&self) -> Table {
        let report = self.report;
        let (prefill, decode) = (&report.prefill, &report.decode);
        let read = self.counted(&report.tokens.sequence, "token");
        let flops = |pass: &Pass| {
            let figure = pass.figure(Measure::MatmulFlops);
            (figure.value, pass.graph.symbols.show(&figure.dim))
        };
        let how = format!("matmul, {read} read");
        let mut lines = vec![self.total("prefill", Unit::Flop, &how, flops(prefill))];
        if let Some(unused) = prefill.unused.get(Measure::MatmulFlops).filter(|flops| *flops > 0) {
            let needed = prefill.total.get(Measure::MatmulFlops).map(|total| total - unused);
            let formula = (needed, String::new());
            lines.push(self.total("  of it needed", Unit::Flop, "without unused blocks", formula));
        }
        let how = format!("matmul, one token after {} cached", self.plain(&report.tokens.sequence));
        lines.push(self.total("decode", Unit::Flop, &how, flops(decode)));
        if let Some(answer) = &report.answer {
            let how = format!("matmul, {}", counted(answer.steps, "decode step"));
            let flops = (answer.matmul_flops, answer_formula(report));
            lines.push(self.total("answer", Unit::Flop, &how, flops));
        }
        let dtype = report.dtype.name();
        let hows = [
            dtype.to_owned(),
            format!("{dtype}, {read} after the prefill"),
            format!("at {} bits, without weights and cache", report.dtype.activation_bits()),
        ];
        for ((name, size), how) in self.memory().into_iter().zip(hows) {
            let formula = bytes(&prefill.graph.symbols, &size.formula(prefill));
            lines.push(self.total(name, Unit::Byte, &how, (size.value, formula)));
        }
        Table {
            heading: "Totals".into(),
            columns: vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()],
            rows: lines,
        }
    }

    /// A number with its unit and what it says; where it is not known, its formula below that.
    fn total(
        &self,
        name: &str,
        unit: Unit,
        how: &str,
        (value, formula): (Option<i128>, String),
    ) -> Line {
        let number = match value {
            Some(value) if self.view.exact => exact_with_unit(value, unit).replace(' ', "\u{a0}"),
            _ => self.number(value, unit),
        };
        match value {
            Some(_) => cells([name, &number, how]),
            None => cells([name, &number, &format!("{how}\n= {formula}")]),
        }
    }

    /// What takes memory.
    pub fn memory(&self) -> [(&'static str, &Bytes); 3] {
        let memory = &self.report.memory;
        [
            ("weights", &memory.weights),
            ("KV cache", &memory.kv_cache),
            ("peak activations", &memory.peak_activations),
        ]
    }
}
