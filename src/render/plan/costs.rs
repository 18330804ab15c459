//! What a plan costs: a row per stage, and the totals.

use super::super::document::{Column, Row as Line, Table};
use super::super::symbols::{answer_formula, closed_form, times};
use super::{Layout, cells, is_free};
use crate::cost::numbers::{Fact, Form, find};
use crate::cost::{Measure, Pass, Row};
use crate::graph::{COMPONENTS, Component};
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
                line.extend(self.macs(flops));
                line.push(share.unwrap_or_default());
                Line::Cells(line)
            })
            .collect();
        lines.push(Line::Line(String::new()));
        let pass = &self.report.prefill;
        let sum = |measure, unit| self.number(pass.total.get(measure), unit);
        let mut all = vec![
            "total".to_owned(),
            String::new(),
            sum(Measure::Params, Unit::Count),
            sum(Measure::MatmulFlops, Unit::Flop),
            sum(Measure::OtherFlops, Unit::Flop),
        ];
        all.extend(self.macs(total));
        all.push(String::new());
        lines.push(Line::Cells(all));
        let mut columns = vec![
            Column::words("stage"),
            Column::numbers("runs"),
            Column::numbers("parameters"),
            Column::numbers("matmul FLOPs"),
            Column::numbers("other FLOPs").droppable(2),
        ];
        columns.extend(self.view.macs.then(|| Column::numbers("MACs")));
        columns.push(Column::numbers("share of matmul").droppable(1));
        Table { heading: "Costs of the prefill".into(), columns, rows: lines }
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
        lines.extend(self.needed(prefill));
        let how = format!("matmul, one token after {} cached", self.plain(&report.tokens.past));
        let step = flops(decode.total.get(Measure::MatmulFlops));
        lines.push(self.total("decode", step, &how, &|| formula(decode)));
        lines.extend(self.needed(decode));
        if let Some(answer) = &report.answer {
            let how = format!("matmul, {}", counted(answer.steps, "decode step"));
            let all = flops(answer.matmul_flops);
            lines.push(self.total("answer", all, &how, &|| answer_formula(report)));
        }
        lines.extend(self.active());
        for Bytes { name, value, form, how } in self.memory() {
            lines.push(self.total(&name, (value, Unit::Byte), &how, &|| closed_form(&form)));
        }
        Table {
            heading: "Totals".into(),
            columns: vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()],
            rows: lines,
        }
    }

    /// What a pass would execute without what it executes for nothing, if it does so.
    fn needed(&self, pass: &Pass) -> Option<Line> {
        let how = spent_for_nothing(pass)?;
        let needed = (pass.total.get(Measure::NeededFlops), Unit::Flop);
        let formula = || pass.graph.symbols.show(&pass.figure(Measure::NeededFlops).dim);
        Some(self.total("  needed for logits", needed, &how, &formula))
    }

    /// What a token of a mixture of experts touches.
    fn active(&self) -> Option<Line> {
        let pass = &self.report.prefill;
        let untouched = pass.untouched();
        let how = "touched by a token: without the experts that it is not sent to";
        let active = (pass.active(), Unit::Count);
        let formula = || self.show(&(pass.figure(Measure::Params).dim - &untouched));
        (!untouched.is_zero()).then(|| self.total("active parameters", active, how, &formula))
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

    /// What takes memory, and what it is in.
    pub fn memory(&self) -> Vec<Bytes<'_>> {
        let (report, formats) = (self.report, self.report.formats());
        let read = self.counted(&report.tokens.sequence, "token");
        let kv = formats.kv.name();
        let activations =
            format!("at {} bits, without weights and cache", formats.activations.bits());
        let answered = match report.answer {
            Some(_) => format!("{kv}, after the last token of the answer that is read"),
            None => String::new(),
        };
        let of = |component: Component| {
            let path = format!("memory.weight_bytes_by_component.{}", component.key());
            (format!("  {}", component.in_words()), path, formats.of_component(component).name())
        };
        let others = [
            ("KV cache", "memory.kv_cache_bytes", format!("{kv}, {read} after the prefill")),
            ("  of each token", "memory.kv_bytes_per_token", format!("{kv}, in all layers")),
            ("  after the answer", "answer.memory.kv_cache_bytes", answered),
            ("states", "memory.state_bytes", "of layers that keep no keys and values".to_owned()),
            ("peak activations", "memory.peak_activation_bytes", activations),
            ("memory", "memory.total_bytes", "weights, KV cache and peak activations".to_owned()),
        ];
        let weights = ("weights", "memory.weight_bytes", formats.weights_in_words());
        let owned =
            |(name, path, how): (&str, &str, String)| (name.to_owned(), path.to_owned(), how);
        let components = COMPONENTS.map(of).map(|(name, path, how)| (name, path, how.to_owned()));
        let all = std::iter::once(owned(weights)).chain(components);
        let found = all.chain(others.map(owned)).filter_map(|(name, path, how)| {
            let Fact::Number(value, Some(form)) = find(report, &path, 0)? else { return None };
            Some(Bytes { name, value, form, how })
        });
        found.collect()
    }
}

/// A number of bytes of the plan.
pub struct Bytes<'r> {
    /// What takes them.
    pub name: String,
    /// The number, if it is known.
    pub value: Option<i128>,
    /// The closed form.
    pub form: Form<'r>,
    /// What it is in, and when.
    pub how: String,
}

/// What a pass executes without need, if it does so.
pub(super) fn spent_for_nothing(pass: &Pass) -> Option<String> {
    let [needed, whole] =
        [Measure::NeededFlops, Measure::MatmulFlops].map(|measure| pass.total.get(measure));
    let spent_on = pass.spent_on();
    let differs = if whole.is_some() { needed != whole } else { !spent_on.is_empty() };
    differs.then(|| format!("without {}", spent_on.join(", ")))
}
