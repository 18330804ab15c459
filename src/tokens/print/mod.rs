//! Tokens as tables and as data.

mod data;
mod extremes;
mod hosted;
mod rows;

use super::Tokens;
use crate::diag::sanitize;
use crate::media::Pixels;
use crate::render::{Block, Data, Document, Format, Output, View};
use crate::units::exact;

/// What stands for a number that is not known.
const NOTHING: &str = "–";

impl Output for Tokens {
    const DATA: &'static [Format<Data<Tokens>>] = &[data::JSON, data::JSONL, data::CSV];

    fn layout(&self, _: &View) -> Document {
        match self {
            Tokens::Rows(rows) => rows::document(rows),
            Tokens::Extremes(found) => extremes::of_extremes(found),
            Tokens::Largest(found) => extremes::of_largest(found),
            Tokens::Hosted => hosted::document(),
        }
    }
}

/// A number in a cell.
fn cell(number: Option<i128>) -> String {
    number.map_or_else(|| NOTHING.to_owned(), exact)
}

/// A name in a cell, which a line break in it would divide.
fn one_line(name: &str) -> String {
    sanitize(name).into_owned()
}

/// Sizes in a cell.
fn sizes(sizes: &[Pixels]) -> String {
    match sizes {
        [] => NOTHING.to_owned(),
        sizes => sizes.iter().map(Pixels::to_string).collect::<Vec<_>>().join(","),
    }
}

/// Sentences under a heading, if there are any.
fn notes(heading: &str, lines: Vec<String>) -> Option<Block> {
    (!lines.is_empty()).then(|| Block::Notes { heading: heading.to_owned(), lines })
}
