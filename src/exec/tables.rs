//! Learned tables of the CPU, added to tokens.

use super::cpu::Cpu;
use crate::kernels::Order;
use crate::kernels::elementwise::{self, Fit};
use crate::ops::{AddRows, AddTable, TableRows, Value};

impl Cpu<'_> {
    /// A table of positions, added.
    pub(super) fn with_table(&self, op: &AddTable, mut x: Value) -> Value {
        let width = self.size(&op.table.last());
        let tokens = x.shape.get(1).copied().unwrap_or(1);
        let tensor = self.tensor(0, 0.0);
        let fit = match &op.rows {
            // A decoder has a row for every token: the plan or the runner refuses it otherwise.
            TableRows::After(past) => {
                // Of a table that is read row by row only these rows are made.
                let first = self.size(past);
                let mut part = vec![0.0; tokens * width];
                let (rows, columns) = (first..first + tokens, 0..width);
                self.weights.source().fill(&tensor, rows, columns, Order::RowMajor, &mut part);
                elementwise::add_table(&mut x.data, tokens, &part, width, Fit::Rows { first: 0 });
                return x;
            }
            TableRows::Fitted => Fit::Interpolate,
            TableRows::ByAxis(grid) => Fit::ByAxis { grid: self.grid(grid) },
        };
        let table = self.weights.source().values(&tensor);
        elementwise::add_table(&mut x.data, tokens, &table, width, fit);
        x
    }

    /// A table with a row for several tokens each, added.
    pub(super) fn with_rows(&self, op: &AddRows, mut x: Value) -> Value {
        let (each, width) = (self.size(&op.each), self.size(&op.table.last()));
        let tokens = x.shape.get(1).copied().unwrap_or(1);
        elementwise::add_rows(&mut x.data, (tokens, width), &self.values(0, 0.0), each);
        x
    }
}
