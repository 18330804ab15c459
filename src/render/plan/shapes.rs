//! The shapes of a plan, in numbers and in symbols.

use super::super::document::{Column, Row as Line, Table};
use super::super::symbols::{shape, shape_numbers};
use super::Layout;
use crate::graph::Component;
use crate::ops::Shape;

impl Layout<'_> {
    /// Input and output of each stage, in numbers above symbols.
    pub fn shapes(&self) -> Table {
        let symbols = &self.report.prefill.graph.symbols;
        // Most shapes come several times.
        let mut known: Vec<(&Shape, String)> = Vec::new();
        let mut both = |which| {
            if let Some((_, text)) = known.iter().find(|(shape, _)| *shape == which) {
                return text.clone();
            }
            let text = format!("{}\n{}", shape_numbers(symbols, which), shape(symbols, which));
            known.push((which, text.clone()));
            text
        };
        let mut lines = Vec::new();
        for row in self.rows() {
            if row.depth == 0 {
                let stop = if row.component == Component::Bridge {
                    ": encoder-side tokens stop here"
                } else {
                    ""
                };
                lines.push(Line::Line(format!("{}{stop}", row.name)));
            }
            if row.depth > 0 || self.view.depth == 0 {
                lines.push(Line::Cells(vec![
                    self.indented(row),
                    both(&row.input),
                    both(&row.output),
                ]));
            }
        }
        Table {
            heading: "Shapes".into(),
            columns: vec![
                Column::words("stage"),
                Column::words("input").stacking(),
                Column::words("output").stacking(),
            ],
            rows: lines,
        }
    }
}
