//! `--ask`: a design in one line, such as `336/14 +cls width 1024 pixel-shuffle 2 -> llm 4096`.
//!
//! In any order: the image's side or sides `/` the patch; `cls`, `registers N`; `width N` of the
//! encoder; a bridge (`linear`, `mlp`, `pixel-shuffle N`, `avg-pool N`, `resampler N`, `qformer N`);
//! `tiles N`; `text N`; `drop` for pixels that fill no patch; and `-> llm N`, the LLM's width.
//! What is asked of it is in `parts.rs`.

mod build;
mod cursor;
mod field;
mod parse;
mod parts;
mod vocabulary;
mod words;

pub use parse::parse;
pub use parts::{Part, parts, split};
