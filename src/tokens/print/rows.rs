//! Rows of tokens laid out: what a long list comes to first, then its rows.

use super::{NOTHING, cell, notes, one_line, sizes};
use crate::media::hosted::{Confidence, Hosted, Setting};
use crate::render::{Block, Column, Document, Row as Line, Table};
use crate::tokens::{Item, Media, Model, Row, Rows};
use crate::units::{counted, exact, percent};

/// The most reasons of refused rows that are told.
const MOST_TOLD: usize = 5;

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

/// `2 models, 3 images, sizes as height x width`.
fn subtitle(rows: &Rows) -> String {
    let models = counted(rows.models.len() as i128, "model");
    let items = counted(rows.items.len() as i128, noun(rows));
    let refused = rows.rows.iter().filter(|row| row.answer.is_err()).count();
    let refused = match refused {
        0 => String::new(),
        count => format!("; {} refused", counted(count as i128, "row")),
    };
    format!("{models}, {items}, sizes as height x width{refused}")
}

/// What an item is.
fn noun(rows: &Rows) -> &'static str {
    let is_image = |item: &Item| match &item.media {
        Media::Own => true,
        Media::Images(sizes) => sizes.len() == 1,
        Media::Clip(_) => false,
    };
    if rows.items.iter().all(is_image) { "image" } else { "prompt" }
}

fn of_sums(rows: &Rows) -> Table {
    let columns = vec![
        Column::words("model"),
        Column::numbers(format!("{}s", noun(rows))),
        Column::numbers("refused").droppable(1),
        Column::numbers("least"),
        Column::numbers("median"),
        Column::numbers("most"),
        Column::numbers("visual").droppable(2),
        Column::numbers("structural").droppable(3),
        Column::numbers("total"),
    ];
    let line = |(at, model): (usize, &Model)| {
        let sums = rows.sums(at);
        Line::Cells(vec![
            one_line(model.name()),
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

/// The rows; those of a list under the names of their models.
fn of_rows(rows: &Rows) -> Table {
    let has_names = rows.items.iter().any(|item| item.name.is_some());
    let columns = [
        (!rows.is_list).then(|| Column::words("model")),
        has_names.then(|| Column::words("file").wrapping()),
        Some(Column::words("image")),
    ];
    let numbers = rows.rows.iter().map(|row| (row, numbers(row))).collect::<Vec<_>>();
    // What no row knows is no column.
    let is_known = |at: usize| numbers.iter().any(|(_, cells)| cells[at].is_some());
    let known: Vec<usize> = (0..NUMBERS.len()).filter(|at| is_known(*at)).collect();
    let of_numbers = known.iter().map(|at| {
        let (name, droppable) = NUMBERS[*at];
        let column = if *at == 0 { Column::words(name) } else { Column::numbers(name) };
        Some(column.droppable(droppable))
    });
    let columns = columns.into_iter().chain(of_numbers).flatten().collect();
    let mut lines = Vec::new();
    let mut model = None;
    for (row, cells) in &numbers {
        let name = one_line(rows.models[row.model].name());
        if rows.is_list && model != Some(row.model) {
            model = Some(row.model);
            lines.push(Line::Line(name.clone()));
        }
        let item = &rows.items[row.item];
        let own = cells[0].clone();
        let image = item.media.in_words().or(own).unwrap_or_else(|| NOTHING.to_owned());
        let file = has_names.then(|| item.name.as_deref().map(one_line).unwrap_or_default());
        let words = [(!rows.is_list).then_some(name), file, Some(image)];
        let cells = known.iter().map(|at| match (&cells[*at], row.answer.as_ref()) {
            (Some(cell), _) => cell.clone(),
            (None, Err(_)) if NUMBERS[*at].0 == "visual" => "refused".to_owned(),
            (None, _) => NOTHING.to_owned(),
        });
        lines.push(Line::Cells(words.into_iter().flatten().chain(cells).collect()));
    }
    let heading = if rows.is_list { "Each" } else { "" };
    Table { heading: heading.into(), columns, rows: lines }
}

/// What a row says of an item: headings, and in which order the columns go where there is no room.
const NUMBERS: [(&str, u8); 7] = [
    ("resized", 1),
    ("tiles", 3),
    ("patches", 4),
    ("encoder", 2),
    ("visual", 0),
    ("structural", 0),
    ("of context", 0),
];

/// The cells of a row; nothing where a number is not known.
fn numbers(row: &Row) -> [Option<String>; 7] {
    let Ok(answer) = row.answer.as_ref() else { return Default::default() };
    [
        (!answer.resized.is_empty()).then(|| sizes(&answer.resized)),
        answer.tiles.map(exact),
        answer.patches.map(exact),
        answer.encoder.map(exact),
        answer.visual.map(exact),
        Some(exact(answer.structural)),
        answer.share().map(|(part, whole)| percent(part, whole)),
    ]
}

/// What the structural tokens are, for a few rows; in data every row says it.
fn of_kinds(rows: &Rows) -> Option<Block> {
    let said = rows.rows.iter().filter_map(|row| {
        let kinds = &row.answer.as_ref().as_ref().ok()?.kinds;
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
        _ if name.contains(':') => String::new(),
        setting => format!(" at `{setting}`"),
    };
    let note = if *confidence == Confidence::Published { "" } else { note };
    let note = if note.is_empty() { String::new() } else { format!("; {note}") };
    format!(
        "{name}{at} ({provider}, architecture undisclosed): {}; {}, {}, read {}{note}",
        setting.rule.in_words(),
        confidence.word(),
        source.url,
        source.read,
    )
}
