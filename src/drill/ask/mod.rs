//! `--ask`: a design in one line, such as `336/14 +cls width 1024 pixel-shuffle 2 -> llm 4096`.
//!
//! [`how`](fn@how) says what may be written. What is asked of it is in `parts.rs`.

mod build;
mod how;
mod parts;

pub use build::parse;
pub use how::how;
pub use parts::{Part, parts, split};
