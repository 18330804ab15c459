//! Numbers that were accepted once, in a file beside the specs, and whether they still hold.

mod check;
mod drift;
mod figures;
mod file;
mod specs;
mod text;
mod write;

pub use check::check;
pub use file::DEFAULT_FILE;
pub use write::{Written, command, write};
