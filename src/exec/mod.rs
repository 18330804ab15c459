//! The real forward pass: the graphs that `plan` counts, executed on the CPU with real tensors.
//!
//! Every operation's real shape and the FLOPs of the products that it really calls are compared
//! with what was predicted. Weights are made where they are used and forgotten, so memory does not
//! grow with depth.

mod activations;
mod attending;
mod cpu;
mod entering;
mod experts;
mod grids;
mod held;
mod joint_tiles;
mod memory;
mod open;
mod options;
mod padded_windows;
mod pass;
mod report;
mod run;
mod sequences;
mod states;
mod weights;

pub use crate::kernels::Precision;
pub use memory::{available_bytes, predicted_bytes};
pub use open::open_sizes;
pub use options::{Options, Progress, Stage};
pub use pass::Outputs;
pub use report::{Measured, RunReport};
pub use run::{run, run_on};
pub use weights::{Given, Inputs};
