//! A learned table of positions.

use super::{Machine, Mismatch, Op, Shape, Shared, Storage, Value, Weight, first, only};
use crate::dim::Dim;

/// Adds a learned table of positions to `[B, N, D]`.
///
/// The table has `rows` rows, which need not be N: a model run at another image size interpolates
/// its table or reads part of it (neither is counted).
#[derive(Clone, Debug)]
pub struct AddTable {
    /// Shape of the stored table, `[rows, D]` or `[1, rows, D]`.
    pub table: Shape,
    /// The operation in the same scope that stores the table, if it is not this one: a table used
    /// twice is stored once.
    pub shared_with: Option<&'static str>,
    /// Tokens before the first one: token i reads row past + i. Without it the table is fitted to
    /// the tokens.
    pub past: Option<Dim>,
}

impl Op for AddTable {
    fn kind(&self) -> &'static str {
        "position table"
    }

    fn weights(&self) -> Vec<Weight> {
        match self.shared_with {
            None => vec![Weight::new("weight", self.table.clone())],
            Some(_) => Vec::new(),
        }
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        if x.last() == self.table.last() {
            Ok(x.clone())
        } else {
            Err(Mismatch("the table's width is not the input's".into()))
        }
    }

    fn matmul_flops(&self, _: &[&Shape], _: &Shape) -> Dim {
        Dim::zero()
    }

    fn other_flops(&self, _: &[&Shape], output: &Shape) -> Dim {
        output.elements()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.add_table(self, first(&mut inputs))
    }
}
