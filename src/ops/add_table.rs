//! A learned table of positions.

use super::{
    Grid, Machine, Mismatch, Operation, ParamRole, Shape, Shared, Slot, Slots, Storage, Value,
    Work, first, only,
};
use crate::dim::Dim;

/// Adds a learned table of positions to `[B, N, D]`.
///
/// The table has `rows` rows, which need not be N: a model run at another image size interpolates
/// its table or reads part of it (neither is counted).
#[derive(Clone, Debug)]
pub struct AddTable {
    /// Shape of the stored table, `[rows, D]` or `[1, rows, D]`; by axis `[2, rows, D]`.
    pub table: Shape,
    /// Which rows a token reads.
    pub rows: TableRows,
}

/// Which rows of a table of positions a token reads.
#[derive(Clone, Debug)]
pub enum TableRows {
    /// Token i reads row past + i.
    After(Dim),
    /// The table is fitted to the tokens.
    Fitted,
    /// A token of this grid reads two, which are added: that of its column from the first half, that of
    /// its row from the second. Tokens after the grid read none.
    ByAxis(Box<Grid>),
    /// A token of this grid reads that of its row.
    OfRow(Box<Grid>),
    /// A token of this grid reads that of its column.
    OfColumn(Box<Grid>),
}

impl Operation for AddTable {
    fn kind(&self) -> &'static str {
        "position table"
    }

    fn slots(&self) -> Slots {
        [Slot::table(self.table.clone(), ParamRole::Positions)].into_iter().collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        if x.last() == self.table.last() {
            Ok(x.clone())
        } else {
            Err(Mismatch("the table's width is not the input's".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        match self.rows {
            TableRows::After(_)
            | TableRows::Fitted
            | TableRows::OfRow(_)
            | TableRows::OfColumn(_) => Work::other(output.elements()),
            TableRows::ByAxis(_) => Work::other(2 * output.elements()),
        }
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.add_table(self, first(&mut inputs))
    }
}
