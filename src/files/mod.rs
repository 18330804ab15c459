//! Which files a command line means, what git knows of them, and how others name them.

mod atomic;
mod below;
mod find;
pub mod git;
mod names;
mod pattern;
mod place;
mod root;
mod select;
mod shell;

pub use atomic::replace;
pub use below::below;
pub use find::{Named, find};
pub use place::{absolute, from_folder, resolved};
pub use root::Root;
pub use select::Selection;
pub use shell::shell_word;
