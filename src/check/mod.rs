//! Whether a plan keeps what its spec expects.

mod expect;

pub use expect::{Problem, Verdict, check};
