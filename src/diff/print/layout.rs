//! A comparison laid out as documents.

use super::super::compare::Comparison;
use super::super::delta::Delta;
use super::super::outcome::{Compared, OneSided};
use super::super::stages::{StageDelta, StageState};
use super::{View, words};
use crate::render::figure::{Stated, Style};
use crate::render::{Block, Column, Document, Row, Table};

/// What became of a pair; nothing if it is the same.
pub fn document(compared: &Compared, view: &View) -> Option<Document> {
    let one = |word: &str, side: &OneSided| Document {
        title: format!("{word}: {}", side.label),
        subtitle: words::headline(side),
        blocks: Vec::new(),
    };
    match compared {
        Compared::Same => None,
        Compared::Changed(comparison) => Some(changed(comparison, view)),
        Compared::Added(side) => Some(one("added", side)),
        Compared::Removed(side) => Some(one("removed", side)),
    }
}

/// The numbers that are looked at first, and what changed in the design; on request all numbers.
fn changed(comparison: &Comparison, view: &View) -> Document {
    let style = view.style();
    let [base, head] = &comparison.labels;
    let first = headlines(comparison, style);
    let subtitle = if first.is_some() { "" } else { words::no_headline(comparison) };
    let is_deep = view.depth > 0;
    let more = || [numbers(comparison, style), stages(comparison, style)].into_iter().flatten();
    let more: Vec<Table> = if is_deep { more().collect() } else { Vec::new() };
    let blocks = first.map(Block::Table).into_iter().chain(design(comparison));
    let blocks = blocks.chain(more.into_iter().map(Block::Table));
    let open = if is_deep { formulas(comparison) } else { open_headlines(comparison) };
    Document {
        title: format!("{base} → {head}"),
        subtitle: subtitle.to_owned(),
        blocks: blocks.chain(open).collect(),
    }
}

/// What became of the headlines that the head does not know, those with the same words together.
fn open_headlines(comparison: &Comparison) -> Option<Block> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, delta) in words::all_headlines(comparison) {
        if !matches!(delta.new, Some(Stated::Symbolic { .. })) {
            continue;
        }
        let moved = words::moved_sizes(delta).unwrap_or_else(|| "another formula".to_owned());
        match groups.iter_mut().find(|(known, _)| *known == moved) {
            Some((_, names)) => names.push(name),
            None => groups.push((moved, vec![name])),
        }
    }
    let line = |(moved, names): &(String, Vec<&str>)| format!("{}: {moved}", names.join(", "));
    let lines: Vec<String> = groups.iter().map(line).collect();
    (!lines.is_empty())
        .then(|| Block::Notes { heading: "Symbolic numbers that changed".into(), lines })
}

/// The fields that changed.
pub fn design(comparison: &Comparison) -> Option<Block> {
    let Some(changes) = &comparison.design else {
        let line = "a saved plan does not say its design; its numbers are compared".to_owned();
        return Some(Block::Notes { heading: "Design".into(), lines: vec![line] });
    };
    let row = |change: &super::super::Change| {
        let [old, new] = change.words.clone();
        Row::Cells(vec![change.path.clone(), old, new])
    };
    (!changes.is_empty()).then(|| {
        Block::Table(Table {
            heading: "Design".into(),
            columns: vec![
                Column::words("field"),
                Column::words("base").wrapping(),
                Column::words("head").wrapping(),
            ],
            rows: changes.iter().map(row).collect(),
        })
    })
}

/// The numbers that are looked at first, as far as they changed.
pub fn headlines(comparison: &Comparison, style: Style) -> Option<Table> {
    let rows = words::headlines(comparison)
        .map(|(name, delta)| Row::Cells(cells(name.to_owned(), delta, style)));
    table("", "number", rows.collect())
}

/// The numbers that changed, under the headings of their parts.
pub fn numbers(comparison: &Comparison, style: Style) -> Option<Table> {
    let all = &comparison.numbers;
    let mut groups: Vec<(&str, Vec<Row>)> = Vec::new();
    for delta in all.iter().filter(|delta| !words::is_repeated(delta, all)) {
        let (heading, label) = words::place(&delta.path);
        let row = Row::Cells(cells(label, delta, style));
        match groups.iter_mut().find(|(known, _)| *known == heading) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((heading, vec![row])),
        }
    }
    let rows = groups
        .into_iter()
        .flat_map(|(heading, rows)| [Row::Line(heading.to_owned())].into_iter().chain(rows));
    table("Numbers", "number", rows.collect())
}

/// The stages that changed, component by component, a row for each number.
pub fn stages(comparison: &Comparison, style: Style) -> Option<Table> {
    let mut rows = Vec::new();
    let mut component = "";
    for stage in comparison.stages.iter().filter(|stage| stage.depth > 0) {
        let of_stage = stage_rows(stage, style);
        let own = stage.path.split('.').next().unwrap_or_default();
        if own != component && !of_stage.is_empty() {
            component = own;
            rows.push(Row::Line(own.to_owned()));
        }
        rows.extend(of_stage);
    }
    table("Stages", "stage", rows)
}

fn stage_rows(stage: &StageDelta, style: Style) -> Vec<Row> {
    let indent = "  ".repeat(stage.depth - 1);
    let name = stage.path.rsplit('.').next().unwrap_or_default();
    let name = match stage.state {
        StageState::Changed => format!("{indent}{name}"),
        StageState::Added => format!("{indent}{name} (added)"),
        StageState::Removed => format!("{indent}{name} (removed)"),
    };
    // Of a stage that only one side has, what it does not have says nothing.
    let nothing = |number: &Option<Stated>| matches!(number, None | Some(Stated::Known(0)));
    let says = |delta: &&Delta| !(nothing(&delta.old) && nothing(&delta.new));
    let mut rows: Vec<Row> = stage
        .numbers
        .iter()
        .filter(says)
        .map(|delta| {
            let label = format!("{indent}  {}", words::measure(&delta.path));
            Row::Cells(cells(label, delta, style))
        })
        .collect();
    if !rows.is_empty() || stage.state != StageState::Changed {
        rows.insert(0, Row::Cells([vec![name], vec![String::new(); 4]].concat()));
    }
    rows
}

/// What became of the numbers that the head does not know.
pub fn formulas(comparison: &Comparison) -> Option<Block> {
    let all = &comparison.numbers;
    let is_open = |delta: &&Delta| matches!(delta.new, Some(Stated::Symbolic { .. }));
    let symbolic = all.iter().filter(is_open).filter(|delta| !words::is_repeated(delta, all));
    let lines: Vec<String> =
        symbolic.map(|delta| format!("{}: {}", delta.path, words::formulas(delta))).collect();
    (!lines.is_empty())
        .then(|| Block::Notes { heading: "Formulas of what is not known".into(), lines })
}

fn cells(label: String, delta: &Delta, style: Style) -> Vec<String> {
    let [old, new] = words::cells(delta, style);
    let percent = delta.percent().unwrap_or_default();
    vec![label, old, new, words::change(delta, style), percent]
}

fn table(heading: &str, name: &'static str, rows: Vec<Row>) -> Option<Table> {
    (!rows.is_empty()).then(|| Table {
        heading: heading.to_owned(),
        columns: vec![
            Column::words(name),
            Column::numbers("base"),
            Column::numbers("head"),
            Column::numbers("change").signed(),
            Column::numbers("percent").signed(),
        ],
        rows,
    })
}
