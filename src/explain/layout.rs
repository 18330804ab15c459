//! An explanation as a document.

use super::{Explanation, Step};
use crate::render::{Block, Column, Document, Row, Table};

/// Lays an explanation out: each step's sentences under its heading, then its calculations.
pub fn document(explanation: &Explanation) -> Document {
    let mut blocks = Vec::new();
    for (at, step) in explanation.steps.iter().enumerate() {
        let heading = format!("{}. {}", at + 1, step.title);
        blocks.push(Block::Prose { heading, paragraphs: paragraphs(step) });
        if !step.lines.is_empty() {
            blocks.push(Block::Table(table(step)));
        }
    }
    if !explanation.symbols.is_empty() {
        blocks.push(Block::Table(Table {
            heading: "Symbols".into(),
            columns: vec![
                Column::words("symbol"),
                Column::words("value"),
                Column::words("meaning").wrapping(),
            ],
            rows: explanation.symbols.iter().map(|line| Row::Cells(line.to_vec())).collect(),
        }));
    }
    if !explanation.notes.is_empty() {
        let lines = explanation.notes.clone();
        blocks.push(Block::Notes { heading: "Notes".into(), lines });
    }
    let Explanation { title, subtitle, .. } = explanation.clone();
    Document { title, subtitle, blocks }
}

fn paragraphs(step: &Step) -> Vec<String> {
    let mut paragraphs = vec![step.text.join(" ")];
    if !step.not_given.is_empty() {
        let symbol = |(name, meaning): &(String, String)| match meaning.as_str() {
            "" => name.clone(),
            meaning => format!("{name} ({meaning})"),
        };
        let symbols: Vec<String> = step.not_given.iter().map(symbol).collect();
        paragraphs.push(format!("Not given: {}.", symbols.join(", ")));
    }
    paragraphs
}

fn table(step: &Step) -> Table {
    let cells =
        |line: &super::Line| Row::Cells(vec![line.what.clone(), line.value.shown(), line.how()]);
    Table {
        heading: String::new(),
        columns: vec![Column::words(""), Column::numbers(""), Column::words("").wrapping()],
        rows: step.lines.iter().map(cells).collect(),
    }
}
