//! Costs: folds over a pipeline's graphs.

mod answer;
mod answer_formula;
mod context;
mod costs;
mod count;
mod memory;
mod notes;
pub mod numbers;
mod pass;
mod report;
mod tensors;
#[cfg(test)]
mod testing;

pub use answer::Answer;
pub use context::Excess;
pub use costs::{Costs, MEASURES, Measure};
pub use memory::{ByteFormula, Bytes, Memory};
pub use pass::{Pass, Row};
pub use report::{Figure, Report, TokenFigures};
pub use tensors::{Tensor, Tensors};

use memory::stored_bytes;
