//! Whether a plan keeps what its spec expects.

mod expect;
mod verdict;

pub use verdict::{Verdict, verdict};
