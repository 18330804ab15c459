//! Which files a command line means, what git knows of them, and how others name them.

mod find;
pub mod git;
mod root;

pub use find::{Named, find};
pub use root::Root;
