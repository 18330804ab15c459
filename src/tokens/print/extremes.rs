//! The most, the least and the largest laid out.

use super::{NOTHING, notes, one_line};
use crate::media::Costed;
use crate::render::{Block, Column, Document, Row, Table};
use crate::tokens::{Extremes, Largest};
use crate::units::exact;

pub(super) fn of_extremes(found: &[Extremes]) -> Document {
    let columns = vec![
        Column::words("model"),
        Column::words(""),
        Column::numbers("visual"),
        Column::numbers("structural"),
        Column::words("with an image of"),
    ];
    let rows = found.iter().flat_map(|one| match &one.found {
        Ok(found) => {
            let row = |name: String, word: &str, costed| {
                Row::Cells([vec![name, word.to_owned()], cells(costed)].concat())
            };
            let most = row(one_line(&one.name), "most", &found.most);
            vec![most, row(String::new(), "least", &found.least)]
        }
        Err(_) => vec![refused(&one.name, 4)],
    });
    let table = Table { heading: String::new(), columns, rows: rows.collect() };
    let title = "The most and the least tokens of one image";
    document(title, table, found.iter().map(|one| (&*one.name, one.found.as_ref().err())))
}

pub(super) fn of_largest(found: &[Largest]) -> Document {
    let columns = vec![
        Column::words("model"),
        Column::numbers("within"),
        Column::numbers("visual"),
        Column::numbers("structural"),
        Column::words("largest image"),
    ];
    let rows = found.iter().map(|one| match &one.found {
        Ok(costed) => {
            let mut cells =
                [vec![one_line(&one.name), exact(one.within.into())], cells(costed)].concat();
            if let Some(image) = cells.last_mut().filter(|_| one.is_limit) {
                image.push_str(", or larger");
            }
            Row::Cells(cells)
        }
        Err(_) => refused(&one.name, 4),
    });
    let table = Table { heading: String::new(), columns, rows: rows.collect() };
    let title = "The largest image within a number of visual tokens";
    document(title, table, found.iter().map(|one| (&*one.name, one.found.as_ref().err())))
}

fn cells(costed: &Costed) -> Vec<String> {
    let Costed { count, picture } = costed;
    vec![exact(count.visual.into()), exact(count.structural.into()), picture.to_string()]
}

fn refused(name: &str, others: usize) -> Row {
    let others = vec![NOTHING.to_owned(); others];
    Row::Cells([vec![one_line(name)], others].concat())
}

fn document<'a>(
    title: &str,
    table: Table,
    reasons: impl Iterator<Item = (&'a str, Option<&'a String>)>,
) -> Document {
    let told = reasons.filter_map(|(name, why)| Some(format!("{name}: {}", why?)));
    let refusals = notes("Refused", told.collect());
    let blocks = [Some(Block::Table(table)), refusals].into_iter().flatten().collect();
    let subtitle = "sizes as height x width".to_owned();
    Document { title: title.to_owned(), subtitle, blocks }
}
