//! Into how many tiles a picture is cut.

use super::needs::{ASPECT_GRID, IMAGE, ONE_PICTURE, SEEN};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::on_disk;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::media::Processor;
use crate::media::rules::AspectGrid;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "tile-grid",
    about: "the grid of tiles that is chosen for a picture",
    levels: (3, 3),
    bridges: &[],
    needs: &[SEEN, ASPECT_GRID, ONE_PICTURE, IMAGE],
    ask: Ask::MadeUp(on_disk::tiled, |subject, _| ask(subject)),
};

/// The grid by aspect ratio of a pipeline.
pub fn rule(subject: &Subject) -> Option<&AspectGrid> {
    match &subject.made().processor {
        Some(Processor::AspectGrid(rule)) => Some(rule),
        _ => None,
    }
}

fn ask(subject: &Subject) -> Option<Question> {
    let (rule, cut) = (rule(subject)?, subject.report.tokens.pictures.first()?.layout?);
    let (height, width) = subject.on_disk()?;
    let (tile, most, least) = (rule.tile.get(), rule.max_tiles.get(), rule.min_tiles.get());
    let at_least =
        if least > 1 { format!("from {least} to {most}") } else { format!("up to {most}") };
    let facts = [
        Some(subject.picture()?),
        Some(format!(
            "cut in the grid of {at_least} tiles of {tile}×{tile} whose ratio of sides is closest to \
             the picture's; of equally close grids in the larger one, if the picture has more than \
             half of that grid's pixels"
        )),
    ];
    let asked = "Into how many tiles is it cut, without a thumbnail?";
    let (rows, columns, tiles) = (cut.rows, cut.columns, i128::from(cut.tiles()));
    let covering = height.div_ceil(tile).checked_mul(width.div_ceil(tile));
    let ratio = |height: u64, width: u64| format!("{:.2}", width as f64 / height as f64);
    let expected = Expected::number(tiles, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 3, subject.asks(facts, asked), expected)
        .hint("the ratio decides, not the size: the picture is stretched to fill the grid")
        .steps([
            format!("width over height: {width} / {height} = {}", ratio(height, width)),
            format!(
                "of the grids {rows} × {columns} (rows × columns) is the one that is taken: {}",
                ratio(rows, columns)
            ),
            format!("{rows} × {columns} = {tiles}"),
        ])
        .mistake(
            covering.map(i128::from),
            "that many tiles would hold the picture as it is, but it is stretched to the grid",
        )
        .mistake(
            Some(tiles + 1).filter(|_| tiles > 1),
            "that counts the thumbnail, which is no tile of the grid",
        )
        .mistake(
            Some(most.into()),
            "that is the most: a grid of fewer tiles is closer in its ratio",
        )
        .mistake(
            i128::from(rows).checked_add(columns.into()),
            "rows and columns are multiplied, not added",
        );
    Some(question)
}
