//! Tables of a terminal, fitted into its width.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, presets};

use super::super::document::{Align, Column, Row, Table};
use super::{push_line, wrapped};
use crate::diag::sanitize;

/// Columns between two cells: padding on both sides, and comfy-table's own separator.
const GAP: usize = 3;

/// The least width of a column whose cells may be wrapped.
const LEAST_WRAPPED: usize = 20;

/// Stands in the rows that become lines across the table, whose words are put in afterwards: a
/// cell cannot span columns.
const MARK: char = '\u{2}';

/// What a table is drawn from.
enum Drawn {
    /// One cell for each shown column.
    Cells(Vec<String>),
    /// A dividing line with these words.
    Divider(String),
    /// A line of its own, from the left.
    Name(String),
    /// Lines of their own, below the second column: in one line with arrows if they fit.
    Below(Vec<String>),
}

/// Whether the whole table fits so many columns of the terminal, with nothing wrapped, dropped or
/// moved.
pub fn fits(table: &Table, width: Option<usize>) -> bool {
    let columns = 0..table.columns.len();
    let needed: usize = columns.map(|at| GAP + natural_width(table, at, false)).sum();
    width.is_none_or(|width| needed <= width)
}

/// The table in lines of at most `width` characters.
///
/// What does not fit gives way in this order: second lines of cells go below their row, the least
/// important columns go, the names of rows go above them.
pub fn print(table: &Table, width: Option<usize>) -> String {
    let all: Vec<usize> = (0..table.columns.len()).collect();
    let fits = |shown: &[usize], stacked: bool| {
        width.is_none_or(|width| needed(table, shown, stacked) <= width)
    };
    let stacked = !fits(&all, false) && table.columns.iter().any(|column| column.stacks);
    let mut shown = all;
    while !fits(&shown, stacked) {
        let least = shown.iter().copied().max_by_key(|at| table.columns[*at].droppable);
        match least {
            Some(at) if table.columns[at].droppable > 0 => shown.retain(|kept| *kept != at),
            _ => break,
        }
    }
    let named_above = !fits(&shown, stacked) && shown.len() > 1;
    let rows = rows(table, &shown, stacked, named_above);
    let shown = if named_above { &shown[1..] } else { &shown[..] };
    let columns: Vec<&Column> = shown.iter().map(|at| &table.columns[*at]).collect();
    let must_wrap = !fits(shown, stacked);
    let drawn = draw(&columns, &rows, width, must_wrap);
    let below = if named_above { 2 } else { 1 + GAP + natural_width(table, 0, stacked) };
    with_lines(&drawn, &rows, below, width)
}

/// The rows as they are drawn.
fn rows(table: &Table, shown: &[usize], stacked: bool, named_above: bool) -> Vec<Drawn> {
    let mut rows = Vec::new();
    for row in &table.rows {
        let cells = match row {
            Row::Line(words) => {
                rows.push(Drawn::Divider(words.clone()));
                continue;
            }
            Row::Cells(cells) => cells,
        };
        let text = |at: &usize| cell(cells, *at, stacked).map(sanitize).collect::<Vec<_>>();
        let mut texts = shown.iter().map(|at| text(at).join("\n"));
        if named_above && let Some(name) = texts.next().filter(|name| !name.is_empty()) {
            rows.push(Drawn::Name(name));
        }
        rows.push(Drawn::Cells(texts.collect()));
        if stacked {
            let second = shown.iter().filter_map(|at| cells[*at].split_once('\n'));
            rows.push(Drawn::Below(second.map(|(_, line)| sanitize(line).into_owned()).collect()));
        }
    }
    rows
}

/// The lines of a cell; of a stacked one the first.
fn cell(cells: &[String], at: usize, stacked: bool) -> impl Iterator<Item = &str> {
    let lines = cells.get(at).map_or("", String::as_str).split('\n');
    lines.take(if stacked { 1 } else { usize::MAX })
}

fn draw(columns: &[&Column], rows: &[Drawn], width: Option<usize>, must_wrap: bool) -> String {
    let mut out = comfy_table::Table::new();
    out.load_style(presets::NOTHING);
    out.style_mut().header_separator = LineStyle::new('─', '─', '─', '─');
    if columns.iter().any(|column| !column.name.is_empty()) {
        out.set_header(columns.iter().map(|column| sanitize(&column.name)));
    }
    for row in rows {
        match row {
            Drawn::Cells(cells) => out.add_row(cells),
            _ => out.add_row(columns.iter().map(|_| MARK)),
        };
    }
    for (at, column) in columns.iter().enumerate() {
        let Some(drawn) = out.column_mut(at) else { continue };
        drawn.set_padding((u16::from(at > 0), 1));
        if column.align == Align::Right {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
        if !column.wrap && !must_wrap {
            drawn.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
        out.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    out.to_string()
}

/// Puts the lines across the table in, and trims every line.
fn with_lines(drawn: &str, rows: &[Drawn], below: usize, width: Option<usize>) -> String {
    let mut across = rows.iter().filter(|row| !matches!(row, Drawn::Cells(_)));
    let mut lines = Vec::new();
    for line in drawn.lines() {
        match if line.contains(MARK) { across.next() } else { None } {
            None | Some(Drawn::Cells(_)) => lines.push(line.trim_end().to_owned()),
            Some(Drawn::Divider(words)) if words.is_empty() => lines.push("─".to_owned()),
            Some(Drawn::Divider(words)) => lines.push(format!("── {words} ─")),
            Some(Drawn::Name(name)) => lines.push(format!(" {name}")),
            Some(Drawn::Below(texts)) => lines.extend(arrows(texts, below, width)),
        }
    }
    let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for line in lines {
        let rest = if line.starts_with('─') { widest - line.chars().count() } else { 0 };
        push_line(&mut out, &format!("{line}{}", "─".repeat(rest)));
    }
    out
}

/// `[B, T] → [B, T, D]`, or a line for each where that is too wide.
fn arrows(texts: &[String], indent: usize, width: Option<usize>) -> Vec<String> {
    let blanks = " ".repeat(indent);
    let whole = format!("{blanks}{}", texts.join(" → "));
    if width.is_none_or(|width| whole.chars().count() <= width) {
        return vec![whole];
    }
    let lines = texts.iter().enumerate().flat_map(|(at, text)| {
        let arrow = if at == 0 { "" } else { "→ " };
        wrapped(&format!("{arrow}{text}"), "  ", width.map(|width| width.saturating_sub(indent)))
    });
    lines.map(|line| format!("{blanks}{line}")).collect()
}

/// Columns of the terminal that the table takes when what may be wrapped is.
fn needed(table: &Table, shown: &[usize], stacked: bool) -> usize {
    let width = |at: &usize| {
        let natural = natural_width(table, *at, stacked);
        GAP + if table.columns[*at].wrap { natural.min(LEAST_WRAPPED) } else { natural }
    };
    shown.iter().map(width).sum()
}

/// The widest line of a column.
fn natural_width(table: &Table, at: usize, stacked: bool) -> usize {
    let cells = table.rows.iter().filter_map(|row| match row {
        Row::Cells(cells) => Some(cells),
        Row::Line(_) => None,
    });
    let lines = cells.flat_map(|cells| cell(cells, at, stacked)).map(|line| line.chars().count());
    lines.max().unwrap_or(0).max(table.columns[at].name.chars().count())
}
