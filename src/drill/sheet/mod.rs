//! A drill as text. To add a format, write its file and its line in [`Format`] and in [`print()`].

mod anki;
mod json;
mod markdown;
mod parts;
mod tables;
mod terminal;

pub use anki::print as anki;
pub use json::{SCHEMA_VERSION, topics as topics_as_json};
pub use parts::print as parts;
pub use tables::{score, topics};
pub use terminal::{asked, results, solution};

use super::answered::Answered;
use super::question::Question;
use crate::render::View;

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text for a terminal.
    #[default]
    Table,
    /// Markdown; the answers stand in sections that open.
    Markdown,
    /// JSON with stable keys and exact integers.
    Json,
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
}

/// Prints a drill: its questions with the answers, or with what was answered and the score.
pub fn print(sheet: &Sheet, format: Format, view: &View) -> String {
    match format {
        Format::Table => terminal::results(sheet, view),
        Format::Markdown => markdown::print(sheet),
        Format::Json => json::print(sheet),
    }
}

#[cfg(test)]
mod tests;
