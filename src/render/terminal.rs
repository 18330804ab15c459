//! A document for a terminal: comfy-table at the terminal's width.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, presets};

use super::View;
use super::document::{Align, Block, Column, Document, Row, Table};
use crate::diag::sanitize;

/// Below this a table cannot be read; narrower terminals get this and wrap by themselves.
const LEAST_WIDTH: usize = 60;

/// The document as text, every line ended.
pub fn print(document: &Document, view: &View) -> String {
    let paint = Paint { color: view.color };
    let width = view.width.map(|width| width.max(LEAST_WIDTH));
    let mut out = String::new();
    push_line(&mut out, &paint.heading(&sanitize(&document.title)));
    push_line(&mut out, &sanitize(&document.subtitle));
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Table(table) => {
                push_line(&mut out, &paint.heading(&table.heading));
                out.push_str(&print_table(table, width));
            }
            Block::Notes { heading, lines } => {
                push_line(&mut out, &paint.heading(heading));
                for line in lines {
                    out.push_str(&wrapped(&sanitize(line), width));
                }
            }
            Block::Warning(text) => push_line(&mut out, &paint.warning(&sanitize(text))),
        }
    }
    out
}

/// Bold and red, or nothing.
struct Paint {
    color: bool,
}

impl Paint {
    fn heading(&self, text: &str) -> String {
        self.wrap(text, "\u{1b}[1m")
    }

    fn warning(&self, text: &str) -> String {
        self.wrap(text, "\u{1b}[1;31m")
    }

    fn wrap(&self, text: &str, start: &str) -> String {
        if self.color { format!("{start}{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

/// The table, its least important columns left out until it fits.
fn print_table(table: &Table, width: Option<usize>) -> String {
    let shown = shown_columns(table, width);
    let columns: Vec<&Column> = shown.iter().map(|at| &table.columns[*at]).collect();
    let mut out = comfy_table::Table::new();
    out.load_style(presets::NOTHING);
    out.style_mut().header_separator = LineStyle::new('─', '─', '─', '─');
    if columns.iter().any(|column| !column.name.is_empty()) {
        out.set_header(columns.iter().map(|column| column.name));
    }
    for row in &table.rows {
        match row {
            Row::Cells(cells) => {
                out.add_row(shown.iter().map(|at| sanitized(&cells[*at])));
            }
            // Its words are put in afterwards: a cell cannot span columns.
            Row::Line(_) => {
                out.add_row(shown.iter().map(|_| LINE_MARK.to_string()));
            }
        }
    }
    for (at, column) in columns.iter().enumerate() {
        let Some(drawn) = out.column_mut(at) else { continue };
        drawn.set_padding((u16::from(at > 0), 1));
        if column.align == Align::Right {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
        if !column.wrap {
            drawn.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
        out.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    with_lines(&out.to_string(), table)
}

/// Columns between two cells: padding on both sides, and comfy-table's own separator.
const GAP: usize = 3;

/// Stands in the rows that become dividing lines.
const LINE_MARK: char = '\u{2}';

/// Puts dividing lines in, and trims every line.
fn with_lines(drawn: &str, table: &Table) -> String {
    let mut words = table.rows.iter().filter_map(|row| match row {
        Row::Line(words) => Some(words),
        Row::Cells(_) => None,
    });
    let width = drawn.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for line in drawn.lines() {
        match words_for(line, &mut words) {
            Some(words) => {
                let start =
                    if words.is_empty() { String::new() } else { format!("── {words} ") };
                let rest = width.saturating_sub(start.chars().count() + 1);
                push_line(&mut out, &format!("{start}{}", "─".repeat(rest)));
            }
            None => push_line(&mut out, line),
        }
    }
    out
}

fn words_for<'a>(line: &str, words: &mut impl Iterator<Item = &'a String>) -> Option<&'a String> {
    if line.contains(LINE_MARK) { words.next() } else { None }
}

/// Indices of the columns that fit.
fn shown_columns(table: &Table, width: Option<usize>) -> Vec<usize> {
    let widths: Vec<usize> = (0..table.columns.len()).map(|at| natural_width(table, at)).collect();
    let mut shown: Vec<usize> = (0..table.columns.len()).collect();
    let Some(width) = width else { return shown };
    loop {
        let needed: usize = shown
            .iter()
            .map(|at| if table.columns[*at].wrap { widths[*at].min(20) } else { widths[*at] } + GAP)
            .sum();
        let least = shown.iter().copied().max_by_key(|at| table.columns[*at].droppable);
        match least {
            Some(at) if needed > width && table.columns[at].droppable > 0 => {
                shown.retain(|kept| *kept != at);
            }
            _ => return shown,
        }
    }
}

/// The widest line of a column.
fn natural_width(table: &Table, at: usize) -> usize {
    let cells = table.rows.iter().filter_map(|row| match row {
        Row::Cells(cells) => cells.get(at),
        Row::Line(_) => None,
    });
    let lines = cells.flat_map(|cell| cell.lines()).map(|line| line.chars().count());
    lines.max().unwrap_or(0).max(table.columns[at].name.chars().count())
}

/// A cell made safe, its own line breaks kept.
fn sanitized(cell: &str) -> String {
    cell.split('\n').map(sanitize).collect::<Vec<_>>().join("\n")
}

/// A sentence in lines of at most `width` characters, indented from the second on.
fn wrapped(text: &str, width: Option<usize>) -> String {
    let width = width.unwrap_or(usize::MAX);
    let mut out = String::new();
    let mut line = String::from("- ");
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > width {
            push_line(&mut out, &line);
            line = String::from("  ");
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    push_line(&mut out, &line);
    out
}
