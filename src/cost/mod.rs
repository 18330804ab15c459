//! Costs: folds over a pipeline's graphs.

mod answer;
mod answer_formula;
mod closed;
mod context;
mod costs;
mod count;
mod memory;
mod notes;
pub mod numbers;
mod open;
mod pass;
mod program;
mod report;
mod tensors;
#[cfg(test)]
mod testing;

pub use answer::Answer;
pub use closed::{ByteFormula, Closed, Part, Parts};
pub use costs::{Costs, MEASURES, Measure, OF_ROWS};
pub use memory::{Bytes, Memory};
pub use pass::{Pass, Row};
pub use program::Uncompiled;
pub use report::{Figure, PictureFigures, Report, TokenFigures, ViewFigures};
pub use tensors::{Tensor, Tensors};

use memory::stored_bytes;
