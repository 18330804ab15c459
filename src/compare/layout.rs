//! A comparison as a document.

use super::Comparison;
use super::measures::{self, Cell, MEASURES};
use super::pictures;
use crate::render::figure::{NOTHING, SYMBOLIC};
use crate::render::{Block, Column, Document, Row, Table, View, fits, subtitle as setting};

/// The mark after the best of a row; as wide as what stands after the others.
const BEST: &str = "\u{a0}*";
const OTHERS: &str = "\u{a0}\u{a0}";

/// A longer formula does not stand in its cell.
const LONGEST: usize = 13;

/// Lays a comparison out: one table with a column for each pipeline where that fits, otherwise
/// tables with a line for each. Formulas of what is symbolic stand
/// there only if they are asked for.
pub fn document(comparison: &Comparison, view: &View) -> Document {
    let wide = by_measure(comparison, view.exact);
    let tables =
        if fits(&wide, view.width) { vec![wide] } else { by_column(comparison, view.exact) };
    let mut blocks: Vec<Block> = tables.into_iter().map(Block::Table).collect();
    blocks.extend(pictures::table(comparison).map(Block::Table));
    let formulas = formulas(comparison);
    let is_asked_for = view.sections.has("formulas");
    let is_left_out = formulas.is_some() && !is_asked_for;
    blocks.extend(formulas.filter(|_| is_asked_for).map(Block::Table));
    let mut notes = |heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            blocks.push(Block::Notes { heading: heading.into(), lines });
        }
    };
    notes("What the choice trades", comparison.words.clone());
    notes("What does not fit", misfits(comparison));
    let hint = "`--formulas` shows the formulas of what is symbolic".to_owned();
    let hint = is_left_out.then_some(hint);
    notes("What is not given", not_given(comparison).into_iter().chain(hint).collect());
    notes("What is compared", about(comparison));
    Document { title: comparison.title.clone(), subtitle: subtitle(comparison), blocks }
}

/// The setting, if all have the same, and what the mark means.
fn subtitle(comparison: &Comparison) -> String {
    let mut settings = comparison.columns.iter().filter_map(|c| c.report()).map(setting);
    let first = settings.next().unwrap_or_default();
    let setting = if settings.all(|other| other == first) { first } else { String::new() };
    let marked = comparison.best.iter().flatten().any(|best| *best);
    let mark = if marked { "* the least, unless all are equal" } else { "" };
    [setting.as_str(), mark]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

/// Measures from top to bottom, pipelines from left to right.
fn by_measure(comparison: &Comparison, is_exact: bool) -> Table {
    let names =
        comparison.columns.iter().map(|column| Column::numbers(format!("{}{OTHERS}", column.name)));
    let mut rows = Vec::new();
    for (at, measure) in MEASURES.iter().enumerate() {
        if at > 0 && MEASURES[at - 1].group != measure.group {
            rows.push(Row::Line(String::new()));
        }
        let cells =
            (0..comparison.columns.len()).map(|column| cell(comparison, at, column, is_exact));
        rows.push(Row::Cells([measure.name.to_owned()].into_iter().chain(cells).collect()));
    }
    Table {
        heading: "Side by side".into(),
        columns: [Column::words("")].into_iter().chain(names).collect(),
        rows,
    }
}

/// Pipelines from top to bottom, a table for each group of measures.
fn by_column(comparison: &Comparison, is_exact: bool) -> Vec<Table> {
    let groups = MEASURES.chunk_by(|a, b| a.group == b.group);
    let mut first = 0;
    groups
        .map(|group| {
            let measures = first..first + group.len();
            first = measures.end;
            let line = |(at, column): (usize, &super::Column)| {
                let cells = measures.clone().map(|measure| cell(comparison, measure, at, is_exact));
                Row::Cells([column.name.clone()].into_iter().chain(cells).collect())
            };
            let names =
                group.iter().map(|measure| Column::numbers(format!("{}{OTHERS}", measure.name)));
            Table {
                heading: group[0].group.into(),
                columns: [Column::words("").wrapping()].into_iter().chain(names).collect(),
                rows: comparison.columns.iter().enumerate().map(line).collect(),
            }
        })
        .collect()
}

/// The number with a mark if it is the best; a short formula; a dash where nothing fits.
fn cell(comparison: &Comparison, measure: usize, column: usize, is_exact: bool) -> String {
    let text = match &comparison.rows[measure][column] {
        None => NOTHING.to_owned(),
        Some(Cell { number: Some(number), .. }) => number.shown(is_exact),
        Some(Cell { formula, .. }) if is_short(formula) => formula.replace(' ', "\u{a0}"),
        Some(_) => SYMBOLIC.to_owned(),
    };
    let mark = if comparison.best[measure][column] { BEST } else { OTHERS };
    format!("{text}{mark}")
}

fn is_short(formula: &str) -> bool {
    formula.chars().count() <= LONGEST
}

/// The formulas that are too long for their cells, those that all have in common in front.
fn formulas(comparison: &Comparison) -> Option<Table> {
    let long = |cell: &Cell| {
        let is_open = cell.number.is_none() && !is_short(&cell.formula);
        is_open.then(|| cell.symbolic.as_ref().unwrap_or(&cell.formula).clone())
    };
    let rows: Vec<(&str, Vec<Option<String>>)> = MEASURES
        .iter()
        .zip(&comparison.rows)
        .map(|(measure, row)| {
            (measure.name, row.iter().map(|cell| cell.as_ref().and_then(long)).collect())
        })
        .collect();
    let fits = |at: &usize| comparison.columns[*at].report().is_some();
    let fitting: Vec<usize> = (0..comparison.columns.len()).filter(fits).collect();
    let common = |formulas: &[Option<String>]| {
        let first = formulas.get(*fitting.first()?)?.clone()?;
        let same = |at: &usize| formulas[*at].as_ref() == Some(&first);
        (fitting.len() > 1 && fitting.iter().all(same)).then_some(first)
    };
    let mut lines = Vec::new();
    let mut push = |name: &str, formulas: Vec<(&str, String)>| {
        for (at, (what, formula)) in formulas.into_iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            lines.push(Row::Cells(vec![name.to_owned(), what.to_owned(), formula]));
        }
    };
    let in_common = rows.iter().filter_map(|(name, row)| Some((*name, common(row)?)));
    push("all", in_common.collect());
    for (at, column) in comparison.columns.iter().enumerate() {
        let own = rows.iter().filter(|(_, row)| common(row).is_none());
        push(&column.name, own.filter_map(|(name, row)| Some((*name, row[at].clone()?))).collect());
    }
    let columns =
        vec![Column::words(""), Column::words("what"), Column::words("formula").wrapping()];
    (!lines.is_empty()).then(|| Table { heading: "Formulas".into(), columns, rows: lines })
}

fn misfits(comparison: &Comparison) -> Vec<String> {
    let reason = |column: &super::Column| {
        column.misfit_reason().map(|reason| format!("{}: {reason}", column.name))
    };
    comparison.columns.iter().filter_map(reason).collect()
}

/// The symbols of the formulas, each with those that have it open.
fn not_given(comparison: &Comparison) -> Vec<String> {
    let mut symbols: Vec<((String, String), Vec<&str>)> = Vec::new();
    for column in &comparison.columns {
        for symbol in column.report().map(measures::not_given).unwrap_or_default() {
            match symbols.iter_mut().find(|(known, _)| *known == symbol) {
                Some((_, names)) => names.push(&column.name),
                None => symbols.push((symbol, vec![&column.name])),
            }
        }
    }
    let fitting = comparison.columns.iter().filter(|column| column.report().is_some()).count();
    let line = |((name, meaning), names): ((String, String), Vec<&str>)| {
        let of = if names.len() == fitting {
            String::new()
        } else {
            format!(", with {}", names.join(", "))
        };
        format!("{name}: {meaning}{of}")
    };
    symbols.into_iter().map(line).collect()
}

/// What the names stand for, and which prompts exceed their context.
fn about(comparison: &Comparison) -> Vec<String> {
    let named = comparison.columns.iter().filter(|column| !column.about.is_empty());
    let said = |column: &super::Column| match column.about.strip_prefix(&column.name) {
        Some(_) => column.about.clone(),
        None => format!("{}: {}", column.name, column.about),
    };
    let mut lines: Vec<String> = named.map(said).collect();
    for column in &comparison.columns {
        let excess = column.report().and_then(crate::cost::Report::excess);
        lines.extend(excess.map(|e| format!("{}: {}: {}", column.name, e.clause, e.by())));
    }
    lines
}
