#![doc = include_str!("ARCHITECTURE.md")]
#![warn(clippy::print_stdout, clippy::unwrap_used)]

pub mod check;
pub mod cli;
pub mod compare;
pub mod cost;
pub mod diag;
pub mod dim;
pub mod drill;
#[cfg(feature = "forward")]
pub mod exec;
pub mod explain;
pub mod files;
pub mod graph;
#[cfg(feature = "forward")]
pub mod kernels;
pub mod ops;
pub mod pipeline;
pub mod planned;
pub mod render;
pub mod report;
pub mod schema;
pub mod spec;
pub mod stages;
pub mod units;
pub mod yaml;
