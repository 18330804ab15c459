//! The hosted models laid out.

use super::notes;
use crate::media::hosted::{HOSTED, Source};
use crate::render::{Block, Column, Document, Row, Table};

pub(super) fn document() -> Document {
    let columns = vec![
        Column::words("model").wrapping(),
        Column::words("rule of an image").wrapping(),
        Column::words("").droppable(1),
    ];
    let mut rows = Vec::new();
    let mut provider = "";
    for hosted in HOSTED {
        if hosted.provider != provider {
            provider = hosted.provider;
            rows.push(Row::Line(provider.to_owned()));
        }
        for (at, setting) in hosted.settings.iter().enumerate() {
            let names = match (at, setting.name) {
                (0, _) => hosted.names.join(", "),
                (_, setting) => format!("{}:{setting}", hosted.names[0]),
            };
            let confidence = hosted.confidence.word().to_owned();
            rows.push(Row::Cells(vec![names, setting.rule.in_words(), confidence]));
        }
    }
    let table = Table { heading: String::new(), columns, rows };
    let mut sources: Vec<&Source> = Vec::new();
    for hosted in HOSTED {
        if !sources.contains(&&hosted.source) {
            sources.push(&hosted.source);
        }
    }
    let line = |source: &&Source| format!("{}: {}, read {}", source.title, source.url, source.read);
    let told = HOSTED.iter().filter(|hosted| !hosted.note.is_empty());
    let told = told.map(|hosted| format!("{}: {}", hosted.names[0], hosted.note));
    let blocks = [
        Some(Block::Table(table)),
        notes("Sources", sources.iter().map(line).collect()),
        notes("Notes", told.collect()),
    ];
    Document {
        title: "Hosted models".to_owned(),
        subtitle: "architectures undisclosed: prices of images as published, which change"
            .to_owned(),
        blocks: blocks.into_iter().flatten().collect(),
    }
}
