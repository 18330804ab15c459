//! Tables of a terminal, fitted into its width.
//!
//! First it is decided what gives way ([`Fitted`]), then the rows are made of what is left
//! ([`Part`]), then those of cells are drawn, and last all are put one below another.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, presets};

use super::super::document::{Align, Column, Row, Table};
use super::{Paint, push_line, wrapped};
use crate::diag::sanitize;

/// Columns between two cells: padding on both sides, and comfy-table's own separator, which a table
/// without a heading has not.
fn gap(table: &Table) -> usize {
    if table.heading.is_empty() { 2 } else { 3 }
}

/// The least width of a column whose cells may be wrapped.
const LEAST_WRAPPED: usize = 20;

/// Stands before the first cell of every row, so that the drawing can be cut into its rows. It has
/// no width, and is in no text that was made safe.
const MARK: char = '\u{2060}';

/// Stand before what grew, before what shrank, and after both; like [`MARK`].
const SIGNS: [(char, &str); 3] =
    [('\u{2061}', "\u{1b}[31m"), ('\u{2062}', "\u{1b}[32m"), ('\u{2063}', "\u{1b}[0m")];

/// Whether the whole table fits so many columns of the terminal, with nothing wrapped, dropped or
/// moved.
pub fn fits(table: &Table, width: Option<usize>) -> bool {
    let columns = 0..table.columns.len();
    let needed: usize = columns.map(|at| gap(table) + natural_width(table, at, false)).sum();
    width.is_none_or(|width| needed <= width)
}

/// The table in lines of at most `width` characters, changes in the colours of their signs.
pub fn print(table: &Table, width: Option<usize>, paint: &Paint) -> String {
    let fitted = Fitted::new(table, width);
    let parts = parts(table, &fitted);
    let mut drawing = draw(table, &fitted, &parts, width).into_iter();
    let mut lines = drawing.next().unwrap_or_default();
    for part in &parts {
        match part {
            Part::Cells(_) => lines.extend(drawing.next().unwrap_or_default()),
            Part::Divider(words) if words.is_empty() => lines.push("─".to_owned()),
            Part::Divider(words) => lines.push(format!("── {words} ─")),
            Part::Name(name) => lines.extend(name_lines(name, width)),
            Part::Below(texts) => lines.extend(arrows(texts, fitted.below, width)),
        }
    }
    let is_sign = |c: char| SIGNS.iter().any(|(sign, _)| *sign == c);
    let length = |line: &str| line.chars().filter(|c| !is_sign(*c)).count();
    let widest = lines.iter().map(|line| length(line)).max().unwrap_or(0);
    let mut out = String::new();
    for line in lines {
        if line.starts_with('─') {
            let whole = format!("{line}{}", "─".repeat(widest - length(&line)));
            let is_bare = whole.chars().all(|c| c == '─');
            let painted = if is_bare { paint.dim(&whole) } else { paint.divider(&whole) };
            push_line(&mut out, &painted);
        } else {
            let colored = |line: String, (sign, code): &(char, &str)| {
                line.replace(*sign, if paint.color { code } else { "" })
            };
            push_line(&mut out, &SIGNS.iter().fold(line, colored));
        }
    }
    out
}

/// A name above its row, broken after a dot where it does not fit one line.
fn name_lines(name: &str, width: Option<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = " ".to_owned();
    for part in name.split_inclusive('.') {
        let length = line.chars().count() + part.chars().count();
        if !line.trim().is_empty() && width.is_some_and(|width| length > width) {
            lines.push(std::mem::replace(&mut line, "   ".to_owned()));
        }
        line.push_str(part);
    }
    lines.push(line);
    lines
}

/// A change between the marks of its sign.
fn signed(text: String) -> String {
    let [(grew, _), (shrank, _), (end, _)] = SIGNS;
    match text.chars().next() {
        Some('+') => format!("{grew}{text}{end}"),
        Some('−') => format!("{shrank}{text}{end}"),
        _ => text,
    }
}

/// What is shown of a table, and where.
///
/// What does not fit gives way in this order: second lines of cells go below their row, the least
/// important columns go, the names of rows go above them, and all cells are wrapped.
struct Fitted {
    /// The columns, without one whose cells stand above their rows.
    columns: Vec<usize>,
    /// The column whose cells stand above their rows.
    above: Option<usize>,
    /// Whether second lines of cells go below their row.
    stacked: bool,
    /// Where they begin, so that they stand below the second column.
    below: usize,
    /// Whether every cell may be wrapped.
    wraps: bool,
    /// Columns of the terminal for the cells that may be wrapped, if one column has such.
    room: Option<(usize, usize)>,
}

impl Fitted {
    fn new(table: &Table, width: Option<usize>) -> Fitted {
        let mut columns: Vec<usize> = (0..table.columns.len()).collect();
        let fits = |columns: &[usize], stacked: bool| {
            width.is_none_or(|width| needed(table, columns, stacked) <= width)
        };
        let stacked = !fits(&columns, false) && table.columns.iter().any(|column| column.stacks);
        while !fits(&columns, stacked) {
            let least = columns.iter().copied().max_by_key(|at| table.columns[*at].droppable);
            match least {
                Some(at) if table.columns[at].droppable > 0 => columns.retain(|kept| *kept != at),
                _ => break,
            }
        }
        let is_named_above = !fits(&columns, stacked) && columns.len() > 1;
        let above = is_named_above.then(|| columns.remove(0));
        let below =
            if is_named_above { 2 } else { 1 + gap(table) + natural_width(table, 0, stacked) };
        let room = width.and_then(|width| room(table, &columns, stacked, width));
        Fitted { wraps: !fits(&columns, stacked), columns, above, stacked, below, room }
    }

    /// A cell whose equations begin a line each, where they do not fit one.
    fn broken(&self, at: usize, text: String) -> String {
        match self.room {
            Some((column, room)) if column == at && text.chars().count() > room => {
                text.replace(" = ", "\n= ")
            }
            _ => text,
        }
    }
}

/// A part of a table, from one side to the other.
enum Part {
    /// One cell for each shown column.
    Cells(Vec<String>),
    /// A dividing line with these words.
    Divider(String),
    /// A line of its own, from the left.
    Name(String),
    /// Lines of their own, below the second column: in one line with arrows if they fit.
    Below(Vec<String>),
}

/// The parts of a table, from above.
fn parts(table: &Table, fitted: &Fitted) -> Vec<Part> {
    let mut parts = Vec::new();
    for row in &table.rows {
        let cells = match row {
            Row::Line(words) => {
                parts.push(Part::Divider(words.clone()));
                continue;
            }
            Row::Cells(cells) => cells,
        };
        let text = |at: usize| {
            let lines = cell(cells, at, fitted.stacked).map(sanitize);
            let text = fitted.broken(
                at,
                lines.collect::<Vec<_>>().join(
                    "
",
                ),
            );
            if table.columns[at].signed { signed(text) } else { text }
        };
        let name = fitted.above.map(text).filter(|name| !name.is_empty());
        parts.extend(name.map(Part::Name));
        parts.push(Part::Cells(fitted.columns.iter().map(|at| text(*at)).collect()));
        if fitted.stacked {
            let all = fitted.above.iter().chain(&fitted.columns);
            let second = all.filter_map(|at| cells[*at].split_once('\n'));
            parts.push(Part::Below(second.map(|(_, line)| sanitize(line).into_owned()).collect()));
        }
    }
    parts
}

/// The lines of the heading, then the lines of each row of cells.
fn draw(table: &Table, fitted: &Fitted, parts: &[Part], width: Option<usize>) -> Vec<Vec<String>> {
    let columns: Vec<&Column> = fitted.columns.iter().map(|at| &table.columns[*at]).collect();
    let mut out = comfy_table::Table::new();
    out.load_style(presets::NOTHING);
    if !table.heading.is_empty() {
        out.style_mut().header_separator = LineStyle::new('─', '─', '─', '─');
    }
    if columns.iter().any(|column| !column.name.is_empty()) {
        out.set_header(columns.iter().map(|column| sanitize(&column.name)));
    }
    for part in parts {
        if let Part::Cells(cells) = part {
            let mark = |(at, text): (usize, &String)| match at {
                0 => format!("{MARK}{text}"),
                _ => text.clone(),
            };
            out.add_row(cells.iter().enumerate().map(mark));
        }
    }
    for (at, column) in columns.iter().enumerate() {
        let Some(drawn) = out.column_mut(at) else { continue };
        drawn.set_padding((u16::from(at > 0), 1));
        if column.align == Align::Right {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
        if !column.wrap && !fitted.wraps {
            drawn.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    if let Some(width) = width.and_then(|width| u16::try_from(width).ok()) {
        out.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    let mut rows = vec![Vec::new()];
    for line in out.to_string().lines() {
        if line.contains(MARK) {
            rows.push(Vec::new());
        }
        if let Some(row) = rows.last_mut() {
            row.push(line.replace(MARK, "").trim_end().to_owned());
        }
    }
    rows
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
        gap(table) + if table.columns[*at].wrap { natural.min(LEAST_WRAPPED) } else { natural }
    };
    shown.iter().map(width).sum()
}

/// The one column whose cells may be wrapped, and what the others leave it.
fn room(table: &Table, shown: &[usize], stacked: bool, width: usize) -> Option<(usize, usize)> {
    let mut wrapping = shown.iter().copied().filter(|at| table.columns[*at].wrap);
    let (one, None) = (wrapping.next()?, wrapping.next()) else { return None };
    let others = shown.iter().filter(|at| **at != one);
    let taken: usize = others.map(|at| gap(table) + natural_width(table, *at, stacked)).sum();
    // The padding after the last cell is never seen.
    Some((one, width.saturating_sub(taken + 1)))
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

/// The lines of a cell; of a stacked one the first.
fn cell(cells: &[String], at: usize, stacked: bool) -> impl Iterator<Item = &str> {
    let lines = cells.get(at).map_or("", String::as_str).split('\n');
    lines.take(if stacked { 1 } else { usize::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_broken_after_a_dot() {
        assert_eq!(name_lines("one.two.three", None), [" one.two.three"]);
        assert_eq!(name_lines("one.two.three", Some(9)), [" one.two.", "   three"]);
        assert_eq!(name_lines("unbreakable.x", Some(4)), [" unbreakable.", "   x"]);
    }
}
