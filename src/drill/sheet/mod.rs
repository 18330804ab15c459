//! A drill as text. To add a format, write its file with its `FORMAT`, and its line in [`FORMATS`].

mod anki;
mod json;
mod markdown;
mod parts;
mod progress;
mod tables;
mod terminal;

pub use anki::print as anki;
pub use parts::print as parts;
pub use progress::Learnt;
pub use tables::{Topics, score};
pub use terminal::{asked, solution};

use super::answered::Answered;
use super::question::Question;
use crate::render::{Format, View};

/// The formats of a drill.
pub const FORMATS: [Format<SheetPrinter>; 3] = [terminal::FORMAT, markdown::FORMAT, json::FORMAT];

/// What prints a drill.
#[derive(Clone, Copy, Debug)]
pub struct SheetPrinter {
    /// The drill: its questions with the answers, or with what was answered and the score.
    pub print: fn(&Sheet, &View) -> String,
    /// Whether it is read on a terminal, where questions are asked one by one.
    pub is_asked: bool,
}

/// A drill to print.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// The seed, if the questions were drawn.
    pub seed: Option<u64>,
    /// The questions.
    pub questions: &'a [Question],
    /// What was answered, if anything was asked.
    pub answered: Option<&'a [Answered]>,
    /// Options of the command that asks more of the same kind: ` --level 4`.
    pub options: &'a str,
}

#[cfg(test)]
mod tests;
