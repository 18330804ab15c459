//! What each picture of a prompt costs, where a prompt has several.

use super::Comparison;
use crate::cost::{Figure, PictureFigures, Report};
use crate::render::figure::{NOTHING, SYMBOLIC};
use crate::render::{Column, Row, Table, plain};
use crate::units::exact;

/// Tokens of one picture of each kind, a line for each pipeline; nothing where no prompt has
/// several kinds of pictures.
pub fn table(comparison: &Comparison) -> Option<Table> {
    let told = |column: &super::Column| column.report().map(of_pictures).unwrap_or_default();
    let columns: Vec<(&str, Vec<(String, String)>)> =
        comparison.columns.iter().map(|column| (column.name.as_str(), told(column))).collect();
    if columns.iter().all(|(_, pictures)| pictures.len() < 2) {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in columns.iter().flat_map(|(_, pictures)| pictures) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let line = |(pipeline, pictures): &(&str, Vec<(String, String)>)| {
        let cell = |name: &&str| {
            let known = pictures.iter().find(|(known, _)| known == name);
            known.map_or_else(|| NOTHING.to_owned(), |(_, tokens)| tokens.clone())
        };
        Row::Cells([(*pipeline).to_owned()].into_iter().chain(names.iter().map(cell)).collect())
    };
    let pictures = names.iter().map(|name| Column::numbers((*name).to_owned()));
    Some(Table {
        heading: "Tokens of each picture, structural ones among them".into(),
        columns: [Column::words("").wrapping()].into_iter().chain(pictures).collect(),
        rows: columns.iter().map(line).collect(),
    })
}

/// The pictures of a prompt by their size, and the tokens of one.
fn of_pictures(report: &Report) -> Vec<(String, String)> {
    let pictures = report.tokens.pictures.iter().enumerate();
    pictures.map(|(at, picture)| (name(report, at, picture), tokens(picture))).collect()
}

/// `480×640`, `480×640, 16 frames`.
fn name(report: &Report, at: usize, picture: &PictureFigures) -> String {
    let seen = || report.tokens.views.get(at).map(|view| &view.image);
    let size = |(height, width): &(Figure, Figure)| {
        format!("{}×{}", plain(report, height), plain(report, width))
    };
    let size = picture.disk.as_ref().or_else(seen).map(size).unwrap_or_default();
    match &picture.frames {
        Some(frames) => format!("{size}, {} frames", exact(frames.source.into())),
        None => size,
    }
}

/// Visual and structural tokens of a picture.
fn tokens(picture: &PictureFigures) -> String {
    let structural = picture.structural.iter().map(|(_, count)| count.value);
    let all: Option<i128> = structural.chain([picture.visual.value]).sum();
    all.map_or_else(|| SYMBOLIC.to_owned(), exact)
}
