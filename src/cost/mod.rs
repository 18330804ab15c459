//! Costs: folds over a pipeline's graphs.

mod memory;
mod notes;
mod pass;
mod report;

pub use memory::{Bytes, Memory};
pub use pass::{Costs, MEASURES, Measure, Pass, Row};
pub use report::{Answer, Figure, Report, TokenFigures};
