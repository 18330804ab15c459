//! Which files a command line means, and what git knows of them.

mod find;
pub mod git;
mod place;
mod select;

pub use find::{Named, find};
pub use place::{absolute, from_folder, resolved};
pub use select::Selection;
