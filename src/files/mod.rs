//! Which files a command line means.

mod find;

pub use find::{Named, find};
