//! Rows of tokens laid out: what a long list comes to first, then its rows.

use super::{NOTHING, cell, notes, sizes};
use crate::media::hosted::{Hosted, Setting};
use crate::render::{Block, Column, Document, Row as Line, Table};
use crate::tokens::{Item, Model, Row, Rows};
use crate::units::{counted, exact, percent};

/// The most reasons of refused rows that are told.
const MOST_TOLD: usize = 10;

pub(super) fn document(rows: &Rows) -> Document {
    let sums = rows.is_list.then(|| Block::Table(of_sums(rows)));
    let each = rows.are_shown().then(|| Block::Table(of_rows(rows)));
    let hint = (!rows.are_shown()).then(|| {
        Block::Hint("--each shows every row; --format csv and json have them all".to_owned())
    });
    let blocks = [sums, each, hint, of_kinds(rows), of_refusals(rows), of_sources(rows)];
    Document {
        title: "Tokens".to_owned(),
        subtitle: subtitle(rows),
        blocks: blocks.into_iter().flatten().collect(),
    }
}

/// `2 models, 3 pictures, height x width`.
fn subtitle(rows: &Rows) -> String {
    let models = counted(rows.models.len() as i128, "model");
    let items = counted(rows.items.len() as i128, "prompt");
    let refused = rows.rows.iter().filter(|row| row.answer.is_err()).count();
    let refused = match refused {
        0 => String::new(),
        count => format!("; {} refused", counted(count as i128, "row")),
    };
    format!("{models}, {items}, sizes as height x width{refused}")
}

fn of_sums(rows: &Rows) -> Table {
    let columns = vec![
        Column::words("model"),
        Column::numbers("prompts"),
        Column::numbers("refused").droppable(1),
        Column::numbers("least"),
        Column::numbers("median"),
        Column::numbers("most"),
        Column::numbers("visual"),
        Column::numbers("structural"),
        Column::numbers("total"),
    ];
    let line = |(at, model): (usize, &Model)| {
        let sums = rows.sums(at);
        Line::Cells(vec![
            model.name().to_owned(),
            exact(sums.answered as i128),
            exact(sums.refused as i128),
            cell(sums.least),
            cell(sums.median),
            cell(sums.most),
            cell(sums.visual),
            exact(sums.structural),
            cell(sums.visual.map(|visual| visual + sums.structural)),
        ])
    };
    let lines = rows.models.iter().enumerate().map(line).collect();
    Table { heading: "All together, visual and structural tokens".into(), columns, rows: lines }
}

fn of_rows(rows: &Rows) -> Table {
    let has_names = rows.items.iter().any(|item| item.name.is_some());
    let mut columns = vec![Column::words("model")];
    if has_names {
        columns.push(Column::words("file").wrapping());
    }
    columns.extend([
        Column::words("image"),
        Column::words("resized").droppable(1),
        Column::numbers("tiles").droppable(3),
        Column::numbers("patches").droppable(4),
        Column::numbers("encoder").droppable(2),
        Column::numbers("visual"),
        Column::numbers("structural"),
        Column::numbers("of context"),
    ]);
    let lines = rows.rows.iter().map(|row| {
        let name = [rows.models[row.model].name().to_owned()];
        let item = &rows.items[row.item];
        let file = has_names.then(|| item.name.clone().unwrap_or_default());
        Line::Cells(name.into_iter().chain(file).chain(cells(item, row)).collect())
    });
    let heading = if rows.is_list { "Each" } else { "" };
    Table { heading: heading.into(), columns, rows: lines.collect() }
}

fn cells(item: &Item, row: &Row) -> [String; 8] {
    let image = item.media.in_words();
    let Ok(answer) = &row.answer else {
        let [resized, tiles, patches, encoder, structural, share] = [NOTHING; 6].map(str::to_owned);
        let image = image.unwrap_or_else(|| NOTHING.to_owned());
        return [image, resized, tiles, patches, encoder, "refused".into(), structural, share];
    };
    let share = answer.share().map(|(part, whole)| percent(part, whole));
    [
        // What the spec says itself.
        image.unwrap_or_else(|| sizes(&answer.resized)),
        sizes(&answer.resized),
        cell(answer.tiles),
        cell(answer.patches),
        cell(answer.encoder),
        cell(answer.visual),
        exact(answer.structural),
        share.unwrap_or_else(|| NOTHING.to_owned()),
    ]
}

/// What the structural tokens are, for a few rows; in data every row says it.
fn of_kinds(rows: &Rows) -> Option<Block> {
    let said = rows.rows.iter().filter_map(|row| {
        let kinds = &row.answer.as_ref().ok()?.kinds;
        let words: Vec<String> = kinds
            .iter()
            .map(|(kind, count)| format!("{} {}", exact(*count), kind.word()))
            .collect();
        let item = rows.items[row.item].media.in_words().unwrap_or_default();
        let name = rows.models[row.model].name();
        (!kinds.is_empty()).then(|| format!("{name}, {item}: {}", words.join(", ")))
    });
    let lines = if rows.are_shown() && !rows.is_list { said.collect() } else { Vec::new() };
    notes("Structural tokens", lines)
}

fn of_refusals(rows: &Rows) -> Option<Block> {
    let refusals = rows.refusals();
    let told = refusals.iter().take(MOST_TOLD).map(|(model, why, item, more)| {
        let words = item.name.clone().or_else(|| item.media.in_words());
        let words = words.unwrap_or_else(|| "as the spec says".to_owned());
        let more =
            if *more > 0 { format!(" and {} more", exact(*more as i128)) } else { String::new() };
        format!("{model}, {words}{more}: {why}")
    });
    let mut lines: Vec<String> = told.collect();
    if refusals.len() > MOST_TOLD {
        let more = exact((refusals.len() - MOST_TOLD) as i128);
        lines.push(format!("and {more} more reasons: --format csv has them all"));
    }
    notes("Refused", lines)
}

fn of_sources(rows: &Rows) -> Option<Block> {
    let lines = rows.models.iter().filter_map(|model| match model {
        Model::Spec(_) => None,
        Model::Hosted(of) => Some(source(&of.name, of.hosted, of.setting)),
    });
    notes("Hosted models", lines.collect())
}

/// The rule of a hosted model, in a sentence with all that is known of it.
fn source(name: &str, hosted: &Hosted, setting: &Setting) -> String {
    let Hosted { provider, source, confidence, note, .. } = hosted;
    let at = match setting.name {
        "" => String::new(),
        setting => format!(" at `{setting}`"),
    };
    let note = if note.is_empty() { String::new() } else { format!("; {note}") };
    format!(
        "{name} ({provider}; architecture undisclosed){at}: {}. {}: {}, {}, read {}{note}",
        setting.rule.in_words(),
        confidence.word(),
        source.title,
        source.url,
        source.read,
    )
}
