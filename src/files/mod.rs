//! Which files a command line means, and what git knows of them.

mod find;
pub mod git;

pub use find::{Named, find};
