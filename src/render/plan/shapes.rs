//! The shapes of a plan, in numbers and in symbols.

use super::super::document::{Column, Row as Line, Table};
use super::super::symbols::{shape_names, shape_numbers};
use super::Layout;
use crate::cost::Row;
use crate::graph::Component;

impl Layout<'_> {
    /// Input and output of each stage: in numbers, and in the symbols of the legend.
    pub fn shapes(&self) -> Table {
        let pass = &self.report.prefill;
        let symbols = &pass.graph.symbols;
        let names = |row: &Row| {
            let [input, output] = [&row.input, &row.output].map(|s| shape_names(symbols, s));
            format!("{input} → {output}")
        };
        let mut lines = Vec::new();
        for row in self.rows() {
            if row.depth == 0 && self.view.depth > 0 {
                let stop = if row.component == Component::Bridge {
                    ": encoder-side tokens stop here"
                } else {
                    ""
                };
                lines.push(Line::Line(format!("{}{stop}", row.name)));
                continue;
            }
            let [input, output] = [&row.input, &row.output].map(|s| shape_numbers(symbols, s));
            lines.push(Line::Cells(vec![self.indented(row), input, output, names(row)]));
            for (name, shape) in pass.inside(row) {
                let name = format!("{}{name}", "  ".repeat(row.depth + 1));
                let (numbers, symbolic) =
                    (shape_numbers(symbols, &shape), shape_names(symbols, &shape));
                lines.push(Line::Cells(vec![name, String::new(), numbers, symbolic]));
            }
        }
        Table {
            heading: "Shapes".into(),
            columns: vec![
                Column::words("stage"),
                Column::words("input").droppable(1),
                Column::words("output"),
                Column::words("in symbols"),
            ],
            rows: lines,
        }
    }
}
