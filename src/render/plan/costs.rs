//! What a plan costs: a row per stage, and the totals.

use super::super::document::{Column, Row as Line, Table};
use super::super::symbols::{answer_formula, bytes, times};
use super::{Layout, cells, is_free};
use crate::cost::{Bytes, Measure, Pass, Row};
use crate::units::{Unit, counted, exact_with_unit, percent};

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
                let mut line = vec![self.named(row), times(self.report, row)];
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
        let formula = |pass: &Pass| pass.graph.symbols.show(&pass.figure(Measure::MatmulFlops).dim);
        let flops = |value: Option<i128>| (value, Unit::Flop);
        let whole = prefill.total.get(Measure::MatmulFlops);
        let how = format!("matmul, {read} read");
        let mut lines = vec![self.total("prefill", flops(whole), &how, &|| formula(prefill))];
        if let Some(unused) = prefill.unused.get(Measure::MatmulFlops).filter(|flops| *flops > 0) {
            let needed = flops(whole.map(|total| total - unused));
            let formula = || {
                let whole = prefill.figure(Measure::MatmulFlops).dim;
                self.show(&(whole - prefill.unused_formula(Measure::MatmulFlops)))
            };
            let how = "without unused blocks";
            lines.push(self.total("  of it needed", needed, how, &formula));
        }
        let how = format!("matmul, one token after {} cached", self.plain(&report.tokens.sequence));
        let step = flops(decode.total.get(Measure::MatmulFlops));
        lines.push(self.total("decode", step, &how, &|| formula(decode)));
        if let Some(answer) = &report.answer {
            let how = format!("matmul, {}", counted(answer.steps, "decode step"));
            let all = flops(answer.matmul_flops);
            lines.push(self.total("answer", all, &how, &|| answer_formula(report)));
        }
        let dtype = report.dtype.name();
        let hows = [
            dtype.to_owned(),
            format!("{dtype}, {read} after the prefill"),
            format!("at {} bits, without weights and cache", report.dtype.activation_bits()),
        ];
        for ((name, size), how) in self.memory().into_iter().zip(hows) {
            let formula = || bytes(&prefill.graph.symbols, &size.formula(prefill));
            lines.push(self.total(name, (size.value, Unit::Byte), &how, &formula));
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
        (value, unit): (Option<i128>, Unit),
        how: &str,
        formula: &dyn Fn() -> String,
    ) -> Line {
        match value {
            None => cells([name, "symbolic", &format!("{how}\n= {}", formula())]),
            Some(value) if self.view.exact => {
                let number = exact_with_unit(value, unit).replace(' ', "\u{a0}");
                cells([name, &number, how])
            }
            value => cells([name, &self.number(value, unit), how]),
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
