#![doc = include_str!("ARCHITECTURE.md")]
#![warn(clippy::print_stdout, clippy::unwrap_used)]

mod baseline;
mod check;
mod cli;
mod compare;
mod cost;
mod diag;
mod diagram;
mod diff;
mod dim;
mod docs;
mod drill;
#[cfg(feature = "forward")]
mod exec;
mod explain;
mod files;
mod graph;
#[doc(hidden)]
pub mod internals;
#[cfg(feature = "forward")]
mod kernels;
mod media;
mod ops;
mod pictures;
mod pipeline;
mod planned;
mod render;
mod report;
mod schema;
mod spec;
mod stages;
mod tokens;
mod units;
mod yaml;

pub use cli::run;
pub use cost::{
    Answer, ByteFormula, Bytes, Costs, Figure, MEASURES, Measure, Memory, Pass, Report, Row,
    TokenFigures,
};
pub use diag::{Code, Diagnostic, Severity, Sources, render};
pub use dim::{Definition, Dim, EvalError, Sym, Symbol, Symbols};
pub use graph::{Component, Graph, Node, NodeId, Param, Role};
pub use planned::{Planned, plan};
pub use spec::{Dtype, Failure, Loaded, Overrides, Spec};
pub use stages::decoder::Logits;
